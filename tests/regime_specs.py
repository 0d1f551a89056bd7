"""Small specs of the items on the regimes, and their numbers."""

import json
from functools import cache

import numpy as np

from crossover import cubes
from depth_specs import images, stage

DATA = {"dataset": "digits", "n": 24, "n_test": 40, "seeds": 3}
SPECS = {
    "regime_width": {
        "parameterizations": ["standard", "ntk", "mup", "mean_field"],
        "activations": ["relu", "tanh"],
        "widths": [16, 32, 64],
        "steps": 30,
        "learning_rate": 0.25,
    },
    "regime_duration": {
        "parameterizations": ["standard", "ntk", "mup"],
        "widths": [16, 64],
        "times": {"decades": [-1, 1], "per_decade": 1},
        "learning_rate": 0.1,
    },
    "regime_learning_rate": {
        "parameterizations": ["ntk", "mup"],
        "width": 32,
        "rate_ratios": [0.1, 0.5, 1.2, 20],
        "steps": 15,
        "time": 30,
    },
    "lr_transfer": {
        "parameterizations": ["standard", "ntk", "mup"],
        "widths": [16, 32, 64],
        "log2_rates": [-3, 5],
        "spacing": 1,
        "steps": 25,
    },
    "ntk_gap": {
        "parameterizations": ["ntk", "mup"],
        "widths": [16, 32, 64],
        "learning_rate": 0.25,
        "steps": 500,
        "stop_loss": 0.2,
    },
}
SPECS = {name: DATA | spec for name, spec in SPECS.items()}


def digits() -> dict[str, np.ndarray]:
    """Handwritten digits, mean image out, labels by the parity of the class."""
    found = images(DATA["n"], DATA["n_test"])
    mean = found["x_train"].mean(0)
    centred = {name: found[name] - mean for name in ("x_train", "x_test")}
    norm = {name: x * np.sqrt(x.shape[1]) / np.linalg.norm(x, axis=1, keepdims=True) for name, x in centred.items()}
    return norm | {f"y_{side}": np.where(found[f"class_{side}"] % 2, 1, -1).astype(np.int8) for side in ("train", "test")}


@cache
def made(name: str) -> dict[str, np.ndarray]:
    """The numbers of an item from its small spec."""
    return stage(name).run(SPECS[name] | {"seed": 0}, digits(), device="cpu")


def file_of(name: str, *, stand_in_for: str = "", **changed):
    """The cube of an item from its small spec, some arrays replaced."""
    attrs = cubes.provenance(kind=name, title="made", spec=json.dumps(SPECS[name]), stand_in_for=stand_in_for)
    return cubes.make(name, made(name) | changed, attrs)
