"""Files, written under a temporary name and renamed when complete."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


def replace(path: Path, write: Callable[[str], object]) -> None:
    """Call ``write`` with a temporary name beside ``path`` and rename what it wrote."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        write(scratch)
        os.chmod(scratch, 0o644)
        os.replace(scratch, path)
    finally:
        Path(scratch).unlink(missing_ok=True)


def write_text(text: str, path: Path) -> None:
    """Write UTF-8 text."""
    replace(path, lambda scratch: Path(scratch).write_text(text, encoding="utf-8"))


def write_weights(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Write arrays as safetensors."""
    replace(path, lambda scratch: save_file(arrays, scratch))


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file.

    Raises
    ------
    ValueError
        When the file is not whole.
    """
    try:
        return load_file(path)
    except Exception as error:  # safetensors raises its own type, which is not public
        raise ValueError(f"{path}: cannot be read as safetensors ({error}); train again") from error


def write_tensors(tensors: dict, path: Path) -> None:
    """Write torch tensors as safetensors."""
    from safetensors import torch as files

    replace(path, lambda scratch: files.save_file({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, scratch))


def read_tensors(path: Path) -> dict:
    """The torch tensors of a safetensors file.

    Raises
    ------
    ValueError
        When the file is not whole.
    """
    from safetensors import torch as files

    try:
        return files.load_file(path)
    except Exception as error:
        raise ValueError(f"{path}: cannot be read as safetensors ({error}); remove it") from error
