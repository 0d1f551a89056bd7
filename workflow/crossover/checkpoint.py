"""The state of an integration on disk (`crossover.flows.state.Checkpoint`)."""

import shutil
import time
from hashlib import sha256
from pathlib import Path

from torch import Tensor

from crossover.files import read_tensors, write_tensors

SHARE = 0.01  # of the time that writing may take: a slow disk gets fewer checkpoints


class FileCheckpoint:
    """A file that holds the last state of an integration.

    It is written anew every ``every`` seconds, less often when writing takes more than `SHARE` of the time; with ``at_end``
    also when all members have ended, so that a part of a job that is done is not done again.
    """

    def __init__(self, path: Path, *, every: float, at_end: bool):
        self.path, self.every, self.at_end = path, every, at_end
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
        begun = time.monotonic()
        write_tensors(packed, self.path)
        self.last = time.monotonic()
        self.took = self.last - begun


class Folder:
    """The checkpoints of a job: a folder named by its spec, so that another job never goes on from them."""

    def __init__(self, scratch: Path, spec: str, *, every: float):
        self.path, self.every = scratch / sha256(spec.encode()).hexdigest()[:24], every

    def part(self, first: int, last: int, more: bool) -> FileCheckpoint:
        """The checkpoint of members number ``first`` to ``last`` of the job, and whether ``more`` follow them."""
        return FileCheckpoint(self.path / f"{first:04}-{last:04}.safetensors", every=self.every, at_end=more)

    def remove(self) -> None:
        """Throw the checkpoints away: the results are written."""
        shutil.rmtree(self.path, ignore_errors=True)
