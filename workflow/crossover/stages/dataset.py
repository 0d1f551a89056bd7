"""A data set of a run: pool, normalisation, labels, training and test patterns (Section 2)."""

from pathlib import Path

import numpy as np

from crossover import datasets
from crossover.datasets import pool
from crossover.seeding import stream


def run(spec: dict, paths: list[Path]) -> dict[str, np.ndarray]:
    """Read the files of a source and make the training and test patterns.

    The pool is all patterns of the files, balanced and interleaved; it is normalised and, with ``pca``, projected as a
    whole; the first n patterns are the training set, the next n_test the test set. Inputs are rounded to float32, so every
    dtype sees the same.

    Parameters
    ----------
    spec : spec of the rule ``dataset`` (`crossover.config.dataset_spec`)
    paths : the files of the source, in the order of the sources file

    Returns
    -------
    arrays of `crossover.schema.DATASET`

    Raises
    ------
    ValueError
        When the pool has fewer than n + n_test patterns, a file is damaged, or the images are not those of the source.
    """
    images, classes = datasets.load(spec["format"]).read(paths)
    _check(spec, images, classes)
    order = pool.interleave(classes, spec["classes"], stream(spec["data_seed"], "data"))
    n, n_test = spec["n"], spec["n_test"]
    if n + n_test > len(order):
        raise ValueError(
            f"n + n_test = {n + n_test}, but {spec['source']} has {len(order)} balanced patterns; make n or n_test smaller"
        )
    classes = classes[order]
    x = datasets.load(spec["normalization"]).normalize(images[order])
    if spec["pca"]:
        x = datasets.load("pca").project(x, **spec["pca"])
    x = x[: n + n_test].astype(np.float32)
    labels = pool.binary_labels(classes, spec["classes"])
    arrays = {}
    for part, rows in (("train", slice(0, n)), ("test", slice(n, n + n_test))):
        arrays |= {f"x_{part}": x[rows], f"y_{part}": labels[rows], f"class_{part}": classes[rows]}
    return arrays


def _check(spec: dict, images: np.ndarray, classes: np.ndarray) -> None:
    """Refuse images that are not as many and not as large as the sources file says; the graph was built on it."""
    shape = [1, *images.shape[1:]] if images.ndim == 3 else list(images.shape[1:])
    if shape != spec["image_shape"]:
        raise ValueError(f"{spec['source']}: images are {shape}, wanted image_shape = {spec['image_shape']} of the sources file")
    wanted, found = spec["class_counts"], np.bincount(classes).tolist()
    if found != wanted:
        raise ValueError(f"{spec['source']}: classes have {found} images, wanted class_counts = {wanted} of the sources file")
