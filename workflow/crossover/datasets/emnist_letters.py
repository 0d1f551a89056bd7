"""The letters of EMNIST from its gzip.zip (Cohen, Afshar, Tapson, van Schaik, arXiv:1702.05373, Section III)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crossover.datasets import idx
from crossover.datasets.archive import read_members

MEMBERS = tuple(f"emnist-letters-{part}-{what}-ubyte.gz" for part in ("train", "test") for what in ("images-idx3", "labels-idx1"))


def read(paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    """All images, upright, and labels, 1 (A) to 26 (Z), in the one archive.

    EMNIST stores each image transposed: rows and columns change places here.

    Returns
    -------
    images : uint8 array, shape (N, 28, 28)
    labels : int64 array, shape (N,)

    Raises
    ------
    ValueError
        When there is not one path, or the archive is damaged.
    """
    if len(paths) != 1:
        raise ValueError(f"`paths` has {len(paths)} files, wanted the one archive gzip.zip")
    packed = read_members(paths[0], MEMBERS)
    names = [f"{paths[0]}: {name}" for name in MEMBERS]
    images, labels = idx.join([idx.unpack(packed[member], name) for member, name in zip(MEMBERS, names, strict=True)], names)
    return images.transpose(0, 2, 1), labels
