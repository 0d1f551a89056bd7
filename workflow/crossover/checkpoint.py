"""The state of an integration on disk (`crossover.flows.state.Checkpoint`)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from torch import Tensor

from crossover import owner
from crossover.files import read_tensors, write_tensors

SHARE = 0.01  # of the time that writing may take: a slow disk gets fewer checkpoints


class FileCheckpoint:
    """A file that holds the last state of an integration.

    It is written anew every ``every`` seconds, less often when writing takes more than `SHARE` of the time; with ``at_end``
    also when all members have ended, so that a part of a job that is done is not done again. ``check`` is called before, and
    raises when this process may not write any more.
    """

    def __init__(self, path: Path, *, every: float, at_end: bool, check: Callable[[], None] = lambda: None):
        self.path, self.every, self.at_end, self.check = path, every, at_end, check
        self.last, self.took = time.monotonic(), 0.0

    def load(self) -> dict[str, Tensor] | None:
        """What was saved last, or nothing."""
        return read_tensors(self.path) if self.path.exists() else None

    def due(self, *, ended: bool) -> bool:
        """Whether it is time to save."""
        if ended:
            return self.at_end
        return time.monotonic() - self.last > max(self.every, self.took / SHARE)

    def save(self, packed: dict[str, Tensor]) -> None:
        """Replace what is there."""
        self.check()
        begun = time.monotonic()
        write_tensors(packed, self.path)
        self.last = time.monotonic()
        self.took = self.last - begun


class Folder:
    """The checkpoints of a job: a folder named by its spec, so that another job never goes on from them."""

    def __init__(self, scratch: Path, spec: str, *, every: float):
        self.path, self.every, self.check = scratch / sha256(spec.encode()).hexdigest()[:24], every, lambda: None

    @contextmanager
    def owned(self, job: str) -> Iterator[None]:
        """Let this process alone write the checkpoints and the outputs of the job; `check` raises when it may not any more."""
        with owner.owned(self.path, job) as self.check:
            yield

    @property
    def checkpoints(self) -> list[Path]:
        """What was saved."""
        return sorted(self.path.glob("*.safetensors"))

    def part(self, first: int, last: int, more: bool) -> FileCheckpoint:
        """The checkpoint of members number ``first`` to ``last`` of the job, and whether ``more`` follow them."""
        path = self.path / f"{first:04}-{last:04}.safetensors"
        return FileCheckpoint(path, every=self.every, at_end=more, check=lambda: self.check())

    def remove(self) -> None:
        """Throw the checkpoints away, and what a killed process left of one: the results are written."""
        for path in [*self.checkpoints, *self.path.glob(".*.safetensors.*")]:
            path.unlink(missing_ok=True)
