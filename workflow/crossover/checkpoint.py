"""The state of an integration on disk (`crossover.flows.state.Checkpoint`)."""

import time
from pathlib import Path

from torch import Tensor

from crossover.files import read_tensors, write_tensors

SHARE = 0.01  # of the time that writing may take: a slow disk gets fewer checkpoints


class FileCheckpoint:
    """A file that holds the last state of an integration.

    ``every`` seconds it is written anew, less often when writing takes more than `SHARE` of the time; and at the end, so
    that a part that is done is not done again. Whoever asked for the integration removes it.
    """

    def __init__(self, path: Path, *, every: float):
        self.path, self.every = path, every
        self.last, self.took = time.monotonic(), 0.0

    def load(self) -> dict[str, Tensor] | None:
        """What was saved last, or nothing."""
        return read_tensors(self.path) if self.path.exists() else None

    def due(self, *, ended: bool) -> bool:
        """Whether it is time to save."""
        return ended or time.monotonic() - self.last > max(self.every, self.took / SHARE)

    def save(self, packed: dict[str, Tensor]) -> None:
        """Replace what is there."""
        begun = time.monotonic()
        write_tensors(packed, self.path)
        self.last = time.monotonic()
        self.took = self.last - begun
