"""Small files in the official formats, made of given arrays."""

import gzip
import io
import tarfile
import zipfile
from hashlib import md5
from pathlib import Path

import numpy as np

from crossover.datasets import cifar10, emnist_letters, idx


def digest(data: bytes) -> str:
    """The md5 of bytes, as the sources file gives it."""
    return md5(data, usedforsecurity=False).hexdigest()


def batch(images: np.ndarray, classes: np.ndarray) -> bytes:
    """A batch of the binary version of CIFAR-10 from images (N, 3, 32, 32) and classes (N,)."""
    return np.concatenate([classes[:, None], images.reshape(len(images), -1)], axis=1).astype(np.uint8).tobytes()


def cifar_batches(per_class: int, seed: int = 0) -> dict[str, bytes]:
    """The six batches, each with ``per_class`` random images of each class."""
    generator = np.random.default_rng(seed)
    classes = np.tile(np.arange(10), per_class)
    images = {name: generator.integers(0, 256, (len(classes), *cifar10.SHAPE)) for name in cifar10.BATCHES}
    return {name: batch(pixels, generator.permutation(classes)) for name, pixels in images.items()}


def tar_gz(path: Path, members: dict[str, bytes]) -> Path:
    """Write a tar.gz."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    """Write a zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def emnist_zip(path: Path, images: list[np.ndarray], labels: list[np.ndarray]) -> Path:
    """Write EMNIST's gzip.zip from stored images and labels of the training and the test set, beside another split."""
    arrays = [array for pair in zip(images, labels, strict=True) for array in pair]
    packed = [gzip.compress(idx.encode(array)) for array in arrays]
    members = {f"gzip/{name}": content for name, content in zip(emnist_letters.MEMBERS, packed, strict=True)}
    return zipped(path, {"gzip/emnist-digits-train-labels-idx1-ubyte.gz": b"another split"} | members)
