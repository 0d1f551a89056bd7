"""Official files: looked for in local folders, then downloaded from mirrors; accepted by their hash alone."""

import gzip
import hashlib
import shutil
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pooch


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def mismatch(path: Path, hashes: Mapping[str, str]) -> str:
    """Why a file is not the official one, or '' when it is: as published, or with a rewritten gzip header.

    ``hashes`` has ``md5`` of the file and ``content_md5`` of what is inside the gzip.
    """
    data = path.read_bytes()
    if _md5(data) == hashes["md5"]:
        return ""
    try:
        content = _md5(gzip.decompress(data))
    except (OSError, EOFError, zlib.error) as error:
        return f"{path}: md5 {_md5(data)}, wanted {hashes['md5']}; damaged: {error}"
    if content == hashes["content_md5"]:
        return ""
    return f"{path}: content has md5 {content}, wanted {hashes['content_md5']}"


def fetch(name: str, *, hashes: Mapping[str, str], local: Sequence[Path], mirrors: Sequence[str], target: Path) -> str:
    """Put the official file ``name`` at ``target``; says where it came from.

    A file is looked for in each folder of ``local``, then downloaded over https from the ``mirrors`` in turn. The
    copy is renamed into place when it is complete and its hash is right.

    Raises
    ------
    ValueError
        When no place has the right file: every place is named with what was wrong.
    """
    failures = []
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        for folder in local:
            found = folder / name
            problem = mismatch(found, hashes) if found.is_file() else f"{found}: not there"
            if not problem:
                shutil.copyfile(found, Path(scratch) / name)
                (Path(scratch) / name).replace(target)
                return str(found)
            failures.append(problem)
        for mirror in mirrors:
            url = mirror + name
            if not url.startswith("https://"):
                failures.append(f"{url}: not https")
                continue
            try:
                got = pooch.retrieve(url, known_hash=f"md5:{hashes['md5']}", fname=name, path=scratch, progressbar=True)
            except Exception as error:  # whatever a mirror answers, the next one is asked, and all are named below
                failures.append(f"{url}: {error}")
                continue
            Path(got).replace(target)
            return url
    raise ValueError(
        f"{name} could not be had: {'; '.join(failures)}. "
        "Put the official file into a folder and name the folder under data.local in the configuration"
    )
