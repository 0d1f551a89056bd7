"""A data set of a run: pool, normalisation, labels, training and test patterns (Section 2)."""

from pathlib import Path

import numpy as np

from crossover import datasets
from crossover.datasets import pool
from crossover.seeding import stream


def run(spec: dict, paths: list[Path]) -> dict[str, np.ndarray]:
    """Read the files of a source and make the training and test patterns.

    The pool is all patterns of the files, balanced and interleaved; it is normalised as a whole; the first n patterns are
    the training set, the next n_test the test set. Inputs are rounded to float32, so every dtype sees the same.

    Parameters
    ----------
    spec : spec of the rule ``dataset`` (`crossover.config.dataset_spec`)
    paths : the files: images, labels, images, labels, ...

    Returns
    -------
    arrays of `crossover.schema.DATASET`

    Raises
    ------
    ValueError
        When the pool has fewer than n + n_test patterns, or a file is damaged.
    """
    images, classes = datasets.load(spec["format"]).read(paths)
    order = pool.interleave(classes, spec["classes"], stream(spec["data_seed"], "data"))
    n, n_test = spec["n"], spec["n_test"]
    if n + n_test > len(order):
        raise ValueError(
            f"n + n_test = {n + n_test}, but {spec['source']} has {len(order)} balanced patterns; make n or n_test smaller"
        )
    x = datasets.load(spec["normalization"]).normalize(images[order]).astype(np.float32)
    classes = classes[order]
    labels = pool.binary_labels(classes, spec["classes"])
    arrays = {}
    for part, rows in (("train", slice(0, n)), ("test", slice(n, n + n_test))):
        arrays |= {f"x_{part}": x[rows], f"y_{part}": labels[rows], f"class_{part}": classes[rows]}
    return arrays
