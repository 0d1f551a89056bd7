"""The handwritten digits that scikit-learn carries: 1797 images of 8 x 8 pixels, a test set of the UCI repository."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np


def read(paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    """All images and labels; there is no file of ours, they come with the package.

    Returns
    -------
    images : uint8 array, shape (1797, 8, 8), values 0 to 16
    labels : int64 array, shape (1797,)
    """
    del paths
    from sklearn.datasets import load_digits

    loaded = load_digits()
    return loaded.images.astype(np.uint8), loaded.target.astype(np.int64)
