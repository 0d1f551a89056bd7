"""The binary version of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version")."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crossover.datasets.archive import read_members

BATCHES = (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin")
SHAPE = (3, 32, 32)  # red, green and blue plane, each row by row
RECORD = 1 + 3 * 32 * 32  # the class, then the image
CLASSES = 10


def decode(content: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Images, uint8 of shape (N, 3, 32, 32), and classes, int64 of shape (N,), in the bytes of a batch.

    Raises
    ------
    ValueError
        When the bytes are not whole records or a class is over 9; ``name`` is named.
    """
    if not content or len(content) % RECORD:
        raise ValueError(f"{name}: {len(content)} bytes, wanted records of {RECORD}; fetch it again")
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, RECORD)  # (N, 3073)
    if records[:, 0].max() >= CLASSES:
        raise ValueError(f"{name}: a class is {records[:, 0].max()}, wanted 0 to 9: not the binary version; fetch it again")
    return records[:, 1:].reshape(-1, *SHAPE), records[:, 0].astype(np.int64)


def read(paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    """All images and classes of the archive, or of bare batches (``.bin``), training batches first.

    Returns
    -------
    images : uint8 array, shape (N, 3, 32, 32)
    labels : int64 array, shape (N,)

    Raises
    ------
    ValueError
        When a file is damaged.
    """
    contents = {}
    for path in paths:
        batches = {path.name: path.read_bytes()} if path.suffix == ".bin" else read_members(path, BATCHES)
        contents |= {f"{path}: {name}": content for name, content in batches.items()}
    images, labels = zip(*(decode(content, name) for name, content in contents.items()), strict=True)
    return np.concatenate(images), np.concatenate(labels)
