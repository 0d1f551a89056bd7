"""What runs in a results folder: the training jobs that have a scratch folder, and the SLURM jobs of the project."""

import time
from pathlib import Path
from typing import NamedTuple

from crossover import owner

COMMENTS = ("rule_", "group_")  # begin the comments of jobs of Snakemake's executor for SLURM
FIELDS = "%i|%T|%M|%Z|%k"  # id, state, time used, working directory, comment


class Scratch(NamedTuple):
    """A training job that has begun and not ended."""

    folder: Path
    owner: owner.Owner | None
    state: str  # alive, dead, unknown, or ended: by an error, or by a signal that let it say so
    saved: float | None  # seconds since its last checkpoint
    progress: str  # the last line of its log


class Queued(NamedTuple):
    """A SLURM job of the project."""

    id: str
    state: str
    used: str
    rule: str


def scratch(results: Path) -> list[Scratch]:
    """The scratch folders of a run, sorted by job."""
    found = [_scratch(results, folder) for folder in (results / "scratch").glob("*") if folder.is_dir()]
    return sorted(found, key=lambda each: (each.owner.job if each.owner else "", each.folder))


def _scratch(results: Path, folder: Path) -> Scratch:
    who = owner.read(folder)
    saved = [path.stat().st_mtime for path in folder.glob("*.safetensors")]
    progress = _last_line(results / "logs" / "train" / f"{who.job}.log") if who else ""
    return Scratch(folder, who, _state(who), time.time() - max(saved) if saved else None, progress)


def _state(who: owner.Owner | None) -> str:
    """Alive and dead as far as can be said at once: of another machine a touch is believed, silence is not."""
    if who is None or who.ended:
        return "ended"
    known = owner.alive(who)
    if known is None:
        silent = time.time() - (owner.touched(who) or 0) / 1e9
        return "alive" if silent < owner.PATIENCE else "unknown"
    return "alive" if known else "dead"


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    return lines[-1].rpartition("members ended, ")[2] if lines else ""


def queued(project: Path) -> list[Queued] | None:
    """The SLURM jobs that Snakemake submitted from a folder and that have not ended; None where SLURM cannot be asked."""
    printed = owner.squeue("--me", "-o", FIELDS)
    if printed is None:
        return None
    rows = [line.split("|", 4) for line in printed.splitlines()]
    return [
        Queued(id, state, used, comment.partition("_")[2].partition("_wildcards_")[0])
        for id, state, used, folder, comment in rows
        if comment.startswith(COMMENTS) and Path(folder).resolve() == project.resolve()
    ]


def locked(project: Path) -> bool:
    """Whether a Snakemake has locked the folder: one that runs, or one that was killed."""
    return any((project / ".snakemake" / "locks").glob("*"))
