"""The idx format of MNIST, Fashion-MNIST and EMNIST (http://yann.lecun.com/exdb/mnist, "file format")."""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HEADER = 4  # two zero bytes, the type of the data (8: unsigned byte) and the number of dimensions


def decode(content: bytes, name: str) -> np.ndarray:
    """The array in the bytes of an idx file; uint8, shape as its header says.

    Raises
    ------
    ValueError
        When the header is not that of unsigned bytes or the length does not fit the header; ``name`` is named.
    """
    if len(content) < HEADER or content[:3] != b"\0\0\x08":
        raise ValueError(f"{name}: not an idx file of unsigned bytes; fetch it again")
    rank = content[3]
    start = HEADER + 4 * rank
    if len(content) < start:
        raise ValueError(f"{name}: ends inside its header; fetch it again")
    shape = tuple(int(size) for size in np.frombuffer(content[HEADER:start], dtype=">u4"))
    if len(content) - start != np.prod(shape, dtype=np.int64):
        raise ValueError(f"{name}: {len(content) - start} bytes of data, its header wants {shape}; fetch it again")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def encode(array: np.ndarray) -> bytes:
    """The bytes of an idx file: inverse of `decode`."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return header + np.ascontiguousarray(array, dtype=np.uint8).tobytes()


def unpack(packed: bytes, name: str) -> np.ndarray:
    """The array in the bytes of a gzipped idx file; ``name`` is named in errors."""
    try:
        content = gzip.decompress(packed)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{name}: cannot be unpacked ({error}); fetch it again") from error
    return decode(content, name)


def join(arrays: Sequence[np.ndarray], names: Sequence[object]) -> tuple[np.ndarray, np.ndarray]:
    """All images (N, rows, columns) and labels (N,) of pairs of arrays (images, labels, images, labels, ...).

    Raises
    ------
    ValueError
        When images and labels do not pair; the ``names`` of the arrays are named.
    """
    for i in range(0, len(arrays), 2):
        if arrays[i].ndim != 3 or arrays[i + 1].ndim != 1 or len(arrays[i]) != len(arrays[i + 1]):
            raise ValueError(
                f"{names[i]} has shape {arrays[i].shape}, {names[i + 1]} has {arrays[i + 1].shape}: "
                "wanted images (N, rows, columns) and as many labels; are the files swapped?"
            )
    return np.concatenate(arrays[0::2]), np.concatenate(arrays[1::2]).astype(np.int64)


def read_file(path: Path) -> np.ndarray:
    """The array in one gzipped idx file."""
    return unpack(path.read_bytes(), str(path))


def read(paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    """All images and labels of pairs of files (images, labels, images, labels, ...), in their order.

    Returns
    -------
    images : uint8 array, shape (N, rows, columns)
    labels : int64 array, shape (N,)

    Raises
    ------
    ValueError
        When a file is damaged, or images and labels do not pair.
    """
    return join([read_file(path) for path in paths], paths)
