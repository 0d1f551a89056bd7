"""Figure 2 of the depth paper: the normalized kernel around a point of the sphere, at several depths."""

import numpy as np

from crossover.theory.limits import HALF_HEIGHT
from crossover.theory.relu import normalized_ntk


def run(spec: dict) -> dict[str, np.ndarray]:
    """K_L at ``angles`` angles from 0 to pi, dense near 0, for each of ``weight_layers``; where it is at half its height."""
    angle = np.pi * np.linspace(0, 1, spec["angles"]) ** 2
    ntk = np.stack([normalized_ntk(angle, depth) for depth in spec["weight_layers"]])
    half = [depth * _half_height(depth) for depth in spec["weight_layers"]]
    return {"angle": angle, "weight_layers": np.array(spec["weight_layers"]), "ntk": ntk, "half_height": np.array(half)}


def _half_height(depth: int) -> float:
    """The angle at which K_L is half way from 1 to its limit, on a grid whose errors are below 1e-6 of it."""
    angle = np.geomspace(1e-2, 1, 4001) * min(np.pi, 10 / depth)
    return float(np.interp(-HALF_HEIGHT, -normalized_ntk(angle, depth), angle))
