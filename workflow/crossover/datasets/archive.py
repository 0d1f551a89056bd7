"""Members of a zip or tar.gz archive, read into memory by their names: nothing is extracted to disk."""

import gzip
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath


def _zip_members(path: Path, names: set[str]) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        wanted = [info for info in archive.infolist() if PurePosixPath(info.filename).name in names]
        return [(PurePosixPath(info.filename).name, archive.read(info)) for info in wanted]


def _tar_members(path: Path, names: set[str]) -> list[tuple[str, bytes]]:
    # one pass: going back would unpack from the start again
    with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
        wanted = ((PurePosixPath(info.name).name, info) for info in archive if info.isreg())
        found = [(name, archive.extractfile(info).read()) for name, info in wanted if name in names]
        packed.read()  # to the end, where the checksum of the gzip is
    return found


def read_members(path: Path, names: Iterable[str]) -> dict[str, bytes]:
    """What is in the members of a zip or tar.gz archive that are called ``names``, in whatever folder of the archive.

    Raises
    ------
    ValueError
        When the archive is damaged, or a name is not there exactly once.
    """
    wanted = list(names)
    try:
        read = _zip_members if zipfile.is_zipfile(path) else _tar_members
        found = read(path, set(wanted))
    except (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: cannot be unpacked ({error}); fetch it again") from error
    counts = Counter(name for name, _ in found)
    for name in wanted:
        if counts[name] != 1:
            raise ValueError(f"{path}: holds {name} {counts[name]} times, wanted once; fetch it again")
    return {name: dict(found)[name] for name in wanted}
