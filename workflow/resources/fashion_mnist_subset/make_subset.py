"""Make the embedded subset from the four official files of Fashion-MNIST.

python workflow/resources/fashion_mnist_subset/make_subset.py FOLDER

Takes 300 images of each class from the joined train and test sets, drawn with a fixed seed and kept in their
official order, and writes them beside this script in the official format. The gzip header holds no time, so
the same files give the same bytes; the hashes to put into config/sources.yaml are printed.
"""

import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

from crossover.datasets import idx

PER_CLASS = 300
SEED = 20170825  # the day Fashion-MNIST was put on arXiv
FILES = [f"{part}-{what}-idx{rank}-ubyte.gz" for part in ("train", "t10k") for what, rank in (("images", 3), ("labels", 1))]


def main(folder: Path) -> None:
    """Write images and labels, print their md5."""
    images, labels = idx.read([folder / name for name in FILES])
    generator = np.random.default_rng(SEED)
    chosen = np.sort(np.concatenate([generator.permutation(np.flatnonzero(labels == c))[:PER_CLASS] for c in np.unique(labels)]))
    for name, values in (
        ("images-idx3-ubyte.gz", images[chosen]),
        ("labels-idx1-ubyte.gz", labels[chosen].astype(np.uint8)),
    ):
        content = idx.encode(values)
        packed = gzip.compress(content, compresslevel=9, mtime=0)
        (Path(__file__).parent / name).write_bytes(packed)
        md5s = [hashlib.md5(data, usedforsecurity=False).hexdigest() for data in (packed, content)]
        print(f"{name}: md5 {md5s[0]}, content_md5 {md5s[1]}, {len(packed)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
