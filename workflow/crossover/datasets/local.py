"""Where the official files of a source may lie on this machine. Standard library only: the graph is built with it."""

from collections.abc import Iterable, Sequence
from pathlib import Path


def folders(roots: Iterable[Path], source: str) -> list[Path]:
    """The folders to look in for a source: each root and its subfolders named like the source."""
    parts = dict.fromkeys(("", source, source.replace("_", "-")))  # each once
    return [Path(root) / part for root in roots for part in parts]


def find(folder: Path, name: str) -> Path | None:
    """The file ``name`` in a folder, as it is or packed with xz; None where it is not."""
    candidates = (folder / name, folder / f"{name}.xz")
    return next((path for path in candidates if path.is_file()), None)


def find_members(folder: Path, members: Iterable[str]) -> dict[str, Path]:
    """The members of an archive that lie bare in a folder, as they are or packed with xz."""
    found = {name: find(folder, name) for name in members}
    return {name: path for name, path in found.items() if path}


def there(name: str, members: Sequence[str], places: Iterable[Path]) -> bool:
    """Whether a folder has the file ``name`` or all of its ``members``; what is in them is not looked at."""
    return any(find(folder, name) or (members and len(find_members(folder, members)) == len(members)) for folder in places)
