"""Rows of norm sqrt(d), the mean image kept: angles between images are those between their pixels (the depth paper)."""

import numpy as np


def normalize(images: np.ndarray) -> np.ndarray:
    """Scale each image to the norm sqrt(d).

    Parameters
    ----------
    images : array, shape (N, ...)

    Returns
    -------
    float64 array, shape (N, d): ``sqrt(d) x / |x|``

    Raises
    ------
    ValueError
        When an image is black, which has no direction.
    """
    x = images.reshape(len(images), -1).astype(np.float64)
    norms = np.sqrt(np.einsum("nd,nd->n", x, x))  # (N,)
    if not norms.all():
        raise ValueError(f"image {int(np.argmin(norms))} is black and has no direction on the sphere")
    x *= (np.sqrt(x.shape[1]) / norms)[:, None]
    return x
