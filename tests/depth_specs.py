"""Small specs of the items of the depth paper, and their numbers."""

from functools import cache
from importlib import import_module

import numpy as np

from crossover.datasets import digits, rows

TIMED = {"weight_layers": [2, 10, 100, 300, 1000], "times": [1, 10]}
SPECS = {
    "depth_fig1": {"widths": [1, 10, 100], "powers": [0.5, 1.0]},
    "depth_fig2": {"weight_layers": [5, 20, 200], "angles": 101},
    "depth_fig3": {"correlations": 101, "starts": [-0.9, 0.0, 0.5], "steps": 60},
    "depth_fig4": {"points": 5, "dimension": 10, "layers": 3000, "phi": "exponential"},
    "depth_fig5": {"dataset": "digits", "n": 6, "n_test": 2, "layers": 3000, "phi": "exponential"},
    "depth_fig6": {"points": [40, 100], "dimension": 10, "tested": 20} | TIMED,
    "depth_fig6_mnist": {"dataset": "digits", "n": 100, "n_test": 20, "points": [40, 100]} | TIMED,
    "depth_fig7": {"points": [50, 100, 200], "dimension": 10, "draws": 3, "weight_layers": [2, 5, 20, 100]},
    "depth_fig8": {"points": [100, 200, 400, 800], "dimensions": [3, 10], "draws": 200, "weight_layers": [5]},
    "depth_prop4": {
        "points": 10,
        "tested": 5,
        "dimension": 6,
        "time": 4,
        "draws": 1000,
        "widths": [32, 128, 256],
        "width_ratios": [1, 0.25],
        "seeds": 4,
    },
    "depth_table1": {
        "text": "made",
        "length": 5000,
        "vocabulary": 40,
        "widths": [32, 64, 256],
        "seeds": 2,
        "steps": 120,
        "batch": 32,
        "learning_rates": {"ntk": 1.0, "mup": 0.2},
    },
    "depth_table2": {"dataset": "digits", "n": 300, "n_test": 200, "points": 100, "weight_layers": [2, 5, 100], "times": [10]},
    "depth_remarks": {
        "layers": 3000,
        "bias": 1.0,
        "correlations": 401,
        "depths": [2, 5],
        "share_depth": 4,
        "width": 300,
        "dimension": 10,
        "seeds": 40,
        "points": [50, 100, 200],
        "eigenvalue_depth": 5,
        "draws": 2,
    },
}


def stage(name: str):
    """The stage that makes the numbers of an item."""
    return import_module(f"crossover.stages.{name}")


@cache
def images(n: int, n_test: int) -> dict[str, np.ndarray]:
    """Handwritten digits in an order drawn once, as a data set holds them."""
    found, classes = digits.read([])
    order = np.random.default_rng(0).permutation(len(found))[: n + n_test]
    x = rows.normalize(found)[order].astype(np.float32)
    return {"x_train": x[:n], "class_train": classes[order[:n]], "x_test": x[n:], "class_test": classes[order[n:]]}


def topics(length: int, vocabulary: int) -> np.ndarray:
    """A text of words of which neighbours are alike, as numbers."""
    generator = np.random.default_rng(0)
    topic = np.repeat(generator.integers(0, 4, length // 20 + 1), 20)[:length]
    return topic * (vocabulary // 4) + generator.integers(0, vocabulary // 4, length)


@cache
def made(name: str) -> dict[str, np.ndarray]:
    """The numbers of an item from its small spec."""
    spec = SPECS[name] | {"seed": 0}
    if "text" in spec:
        return stage(name).run(spec, topics(spec["length"], spec["vocabulary"]), device="cpu")
    return stage(name).run(spec, images(spec["n"], spec["n_test"])) if "dataset" in spec else stage(name).run(spec)
