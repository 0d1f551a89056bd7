"""Official files: looked for in local folders, then downloaded from mirrors; accepted by their hash alone."""

import gzip
import hashlib
import io
import lzma
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pooch

from crossover.datasets import local as places
from crossover.datasets.archive import read_members


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _file_md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _wrong_part(parts: Mapping[str, bytes], hashes: Mapping[str, str]) -> str:
    """The first part of a file with another md5 than wanted, or ''."""
    found = {name: _md5(parts[name]) for name in hashes}
    return next((f"{name} has md5 {found[name]}, wanted {md5}" for name, md5 in hashes.items() if found[name] != md5), "")


def _problem(path: Path, hashes: Mapping) -> str:
    md5 = _file_md5(path)
    if md5 == hashes["md5"]:
        return ""
    problem = f"md5 {md5}, wanted {hashes['md5']}"
    try:
        if "content_md5" in hashes:
            return _wrong_part({"content": gzip.decompress(path.read_bytes())}, {"content": hashes["content_md5"]})
        if "members" in hashes:
            return _wrong_part(read_members(path, hashes["members"]), hashes["members"])
    except (OSError, EOFError, zlib.error, ValueError) as error:
        return f"{problem}; damaged: {error}"
    return problem


def mismatch(path: Path, hashes: Mapping) -> str:
    """Why a file is not the official one, or '' when it is: as published, or repacked with the same content.

    ``hashes`` has the ``md5`` of the file and may have ``content_md5`` of what is inside a gzip, or ``members``, the md5 of
    each member of an archive that is wanted.
    """
    problem = _problem(path, hashes)
    return f"{path}: {problem}" if problem else ""


def _pack(folder: Path, found: Mapping[str, Path], hashes: Mapping[str, str], target: Path) -> str:
    """Make the archive from members that lie bare in a folder; why not, or ''."""
    missing = [name for name in hashes if name not in found]
    if missing:
        return f"{folder}: has {', '.join(path.name for path in found.values())}, lacks {', '.join(missing)}"
    try:
        contents = {name: _unpacked(path) for name, path in found.items()}
    except (OSError, EOFError, lzma.LZMAError) as error:
        return f"{folder}: cannot be unpacked ({error})"
    if problem := _wrong_part(contents, hashes):
        return f"{folder}: {problem}"
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return ""


def _unpacked(path: Path) -> bytes:
    return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()


def _take(folder: Path, name: str, hashes: Mapping, target: Path) -> tuple[str, str]:
    """Put the file ``name`` of a folder, or what its members make, at ``target``; where it was, or why not."""
    found = places.find(folder, name)
    members = places.find_members(folder, hashes.get("members", ()))
    if found is None and members:
        return str(folder), _pack(folder, members, hashes["members"], target)
    if found is None:
        return "", f"{folder / name}: not there"
    if found.suffix != ".xz":
        problem = mismatch(found, hashes)
        if not problem:
            shutil.copyfile(found, target)
        return str(found), problem
    try:
        target.write_bytes(_unpacked(found))
    except (OSError, EOFError, lzma.LZMAError) as error:
        return "", f"{found}: cannot be read ({error})"
    problem = _problem(target, hashes)
    return str(found), problem and f"{found}: {problem}"


def fetch(name: str, *, hashes: Mapping, local: Sequence[Path], mirrors: Sequence[str], target: Path, http: bool = False) -> str:
    """Put the official file ``name`` at ``target``; says where it came from.

    A file is looked for in each folder of ``local``, as it is, packed with xz, or (an archive) as its bare members, then
    downloaded from the ``mirrors`` in turn, over https, and with ``http`` over http too. The copy is renamed into place when
    it is complete and its hash is right (`mismatch` says what ``hashes`` has).

    Raises
    ------
    ValueError
        When no place has the right file: every place is named with what was wrong.
    """
    failures = []
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        taken = Path(scratch) / name
        for folder in local:
            found, problem = _take(folder, name, hashes, taken)
            if not problem:
                taken.replace(target)
                return found
            failures.append(problem)
            taken.unlink(missing_ok=True)
        for mirror in mirrors:
            url = mirror + name
            if not url.startswith(("https://", "http://") if http else "https://"):
                failures.append(f"{url}: not https; data.http: true would allow it")
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
        f"Download {name} where there is internet, put it into a folder and name the folder under data.local in the configuration"
    )
