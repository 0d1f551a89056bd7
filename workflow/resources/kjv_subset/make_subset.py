"""Make the embedded text from the King James Bible, one verse a line, as Debian's bible-kjv-text prints it.

python workflow/resources/kjv_subset/make_subset.py FILE

Takes the first 7000 verses without their places and writes them beside this script. The gzip header holds no time, so the same
text gives the same bytes; the hashes to put into config/sources.yaml are printed.
"""

import gzip
import hashlib
import sys
from pathlib import Path

VERSES = 7000


def main(path: Path) -> None:
    """Write the verses, print their md5."""
    read = gzip.open if path.suffix == ".gz" else open
    with read(path, "rt", encoding="utf-8") as file:
        verses = [line.split(" ", 1)[1] for line in file if " " in line][:VERSES]
    content = "".join(verses).encode()
    packed = gzip.compress(content, compresslevel=9, mtime=0)
    (Path(__file__).parent / "verses.txt.gz").write_bytes(packed)
    md5s = [hashlib.md5(data, usedforsecurity=False).hexdigest() for data in (packed, content)]
    print(f"verses.txt.gz: md5 {md5s[0]}, content_md5 {md5s[1]}, {len(packed)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
