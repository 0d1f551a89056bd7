"""The pool of patterns: classes balanced, shuffled, interleaved, and given their binary labels (Section 2)."""

from collections.abc import Sequence

import numpy as np


def interleave(labels: np.ndarray, classes: Sequence[int], generator: np.random.Generator) -> np.ndarray:
    """Indices of the pool: each class shuffled, then one pattern of each class in turn, up to the smallest class.

    Parameters
    ----------
    labels : integer array, shape (N,)
    classes : the classes in use, sorted
    generator : drawn from once a class, in the order of the classes

    Returns
    -------
    integer array, shape (len(classes) * size of the smallest class,)
    """
    shuffled = [generator.permutation(np.flatnonzero(labels == c)) for c in classes]
    smallest = min(len(indices) for indices in shuffled)
    return np.stack([indices[:smallest] for indices in shuffled], axis=1).reshape(-1)  # (smallest * classes,)


def binary_labels(labels: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """-1 for classes of even rank in the sorted ``classes``, counted from 0, and +1 for odd; int8, shape of labels."""
    return (2 * (np.searchsorted(np.asarray(classes), labels) % 2) - 1).astype(np.int8)
