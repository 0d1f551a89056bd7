"""Principal components of a pool of patterns (Section 2; in the authors' code `feature_lazy/dataset.py`, `pca`)."""

import numpy as np
from scipy.linalg import eigh


def project(x: np.ndarray, *, components: int, whiten: bool) -> np.ndarray:
    """The centred patterns on their first principal components, scaled to unit variance.

    ``(x - <x>) v_k / s_k`` with v_k the eigenvectors of the covariance ``<(x - <x>)(x - <x>)^T>`` by falling eigenvalue
    (the variance of the component). ``s_k`` is the standard deviation of component k when ``whiten``, else the root mean
    variance of those kept. An eigenvector has no sign: its largest entry is made positive.

    Parameters
    ----------
    x : float array, shape (N, d)
    components : how many to keep
    whiten : whether each component gets unit variance, or all of them together

    Returns
    -------
    float64 array, shape (N, components)

    Raises
    ------
    ValueError
        When the patterns do not span so many directions.
    """
    mean, d = x.mean(axis=0, dtype=np.float64), x.shape[1]
    covariance = x.T @ x / len(x) - np.outer(mean, mean)  # (d, d); centring x would copy the pool
    variance, axes = eigh(covariance, subset_by_index=[max(0, d - components), d - 1])
    variance, axes = variance[::-1], axes[:, ::-1]  # (components,), (d, components)
    rounding = d * np.finfo(np.float64).eps * (np.trace(covariance) + mean @ mean)
    spanned = int((variance > rounding).sum())
    if components > spanned:
        raise ValueError(f"components = {components}, but the patterns span {spanned} directions; keep at most {spanned}")
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(components)])
    scale = np.sqrt(variance if whiten else variance.mean())
    return (x @ axes - mean @ axes) / scale  # (N, components)
