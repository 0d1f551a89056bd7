"""Small specs of the stages of the depth paper's items, and their numbers."""

import json
from importlib import import_module

import numpy as np
from sklearn.datasets import load_digits

from crossover import cubes
from crossover.datasets.rows import normalize

KERNELS = {"points": [40, 100], "weight_layers": [2, 10, 100, 1000], "times": [1, 10]}
SPECS = {
    "depth_fig1": {"widths": [1, 10, 100], "powers": [0.5, 1.0]},
    "depth_fig2": {"weight_layers": [5, 20, 200], "angles": 101},
    "depth_fig3": {"correlations": 101, "starts": [-0.9, 0.0, 0.5], "steps": 60},
    "depth_fig4": {"points": 5, "dimension": 10, "layers": 3000, "phi": "exponential"},
    "depth_fig5": {"dataset": "digits_rows_for_mnist_rows", "n": 6, "n_test": 2, "layers": 3000, "phi": "geometric"},
    "depth_fig6": KERNELS | {"dimension": 10, "tested": 20},
    "depth_fig6_mnist": KERNELS | {"dataset": "digits_rows_for_mnist_rows", "n": 100, "n_test": 20},
    "depth_fig7": {"points": [50, 100, 200], "dimension": 10, "draws": 3, "weight_layers": [2, 5, 20, 100]},
    "depth_fig8": {"points": [100, 200, 400, 800], "dimensions": [3, 10], "draws": 200, "weight_layers": [5]},
    "depth_prop4": {
        "points": 8,
        "tested": 4,
        "dimension": 6,
        "time": 5,
        "draws": 4000,
        "widths": [32, 64, 128],
        "width_ratios": [1, 0.25],
        "seeds": 4,
    },
    "depth_table1": {
        "text": "kjv_subset",
        "length": 3000,
        "vocabulary": 30,
        "widths": [16, 64, 256],
        "seeds": 3,
        "steps": 30,
        "batch": 32,
        "learning_rates": {"ntk": 1.0, "mup": 0.2},
    },
    "depth_table2": {
        "dataset": "digits_rows_for_mnist_rows",
        "n": 120,
        "n_test": 100,
        "points": 60,
        "weight_layers": [2, 5, 100],
        "times": [10],
    },
    "depth_remarks": {
        "layers": 3000,
        "bias": 1.0,
        "correlations": 401,
        "depths": [2, 5],
        "share_depth": 3,
        "width": 200,
        "dimension": 5,
        "seeds": 40,
        "points": [50, 100, 200],
        "eigenvalue_depth": 5,
        "draws": 3,
    },
}


def stage(name: str):
    """The stage that makes the numbers of an item."""
    return import_module(f"crossover.stages.{name}")


def images(spec: dict) -> dict[str, np.ndarray]:
    """The handwritten digits as a data set of rows, cut to the sizes of a spec."""
    loaded = load_digits()
    x, n, last = normalize(loaded.images), spec["n"], spec["n"] + spec["n_test"]
    return {
        "x_train": x[:n].astype(np.float32),
        "x_test": x[n:last].astype(np.float32),
        "class_train": loaded.target[:n],
        "class_test": loaded.target[n:last],
    }


def numbers(name: str) -> dict[str, np.ndarray]:
    """The arrays of an item from its small spec."""
    spec = SPECS[name] | {"seed": 0}
    if "dataset" in spec:
        return stage(name).run(spec, images(spec))
    if "text" in spec:
        tokens = np.random.default_rng(0).zipf(1.3, 4000) % spec["vocabulary"]
        return stage(name).run(spec, tokens, device="cpu")
    return stage(name).run(spec)


def file(name: str, arrays: dict | None = None, *, stand_in_for: str = ""):
    """The numbers of an item, or others in their place, as its file is read."""
    attrs = cubes.provenance(kind=name, title="made", spec=json.dumps(SPECS[name] | {"seed": 0}), stand_in_for=stand_in_for)
    return cubes.make(name, numbers(name) if arrays is None else arrays, attrs)
