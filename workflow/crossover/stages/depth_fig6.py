"""Figure 6 of the depth paper: norms of the projection operator and of its matrix along the depth, at several times."""

import math

import numpy as np

from crossover.seeding import stream
from crossover.theory.early_stopping import factor, projection, spectrum
from crossover.theory.limits import trivial_factor, trivial_projection
from crossover.theory.points import kernel_matrix, symmetric_kernel_matrix, uniform_on_sphere
from crossover.theory.table import tabulated_ntk


def run(spec: dict) -> dict[str, np.ndarray]:
    """Points uniform on the sphere."""
    generator = stream(spec["seed"], "depth_fig6")
    x = uniform_on_sphere(max(spec["points"]), spec["dimension"], generator)
    return norms(spec, x, uniform_on_sphere(spec["tested"], spec["dimension"], generator))


def norms(spec: dict, x: np.ndarray, test: np.ndarray) -> dict[str, np.ndarray]:
    """Of the first ``points`` rows of x (n, d), at ``weight_layers`` depths, |P_t| at the rows of test and |A_t|.

    And how far P_t is from that of infinite depth, of the latter's norm. Times of K_L: ``times``, without end, and one over its
    lowest eigenvalue.
    """
    times = [*map(float, spec["times"]), math.inf]
    stops, limits = [*(f"{time:g}" for time in times), "1/lambda"], [*times, 4 / 3]  # at infinite depth lambda is 3/4
    shape = (len(spec["points"]), len(stops), len(spec["weight_layers"]))
    found = {name: np.empty(shape) for name in ("projection_norm", "projection_distance", "factor_norm")}
    for at, depth in enumerate(spec["weight_layers"]):
        kernel = tabulated_ntk(depth)
        for of, n in enumerate(spec["points"]):
            trained, cross = spectrum(symmetric_kernel_matrix(kernel, x[:n])), kernel_matrix(kernel, test, x[:n])
            for stop, time in enumerate([*times, 1 / trained.values[0]]):
                rows, limit = projection(trained, cross, time), trivial_projection(n, limits[stop])
                found["projection_norm"][of, stop, at] = np.linalg.norm(rows, axis=1).mean()
                found["projection_distance"][of, stop, at] = np.linalg.norm(rows - limit, axis=1).mean() / (limit * math.sqrt(n))
                found["factor_norm"][of, stop, at] = factor(trained.values, time).max()
    return found | {
        "points": np.array(spec["points"]),
        "stop": np.array(stops),
        "weight_layers": np.array(spec["weight_layers"]),
        "projection_limit": np.array([[math.sqrt(n) * trivial_projection(n, time) for time in limits] for n in spec["points"]]),
        "factor_limit": np.array([[trivial_factor(time) for time in limits] for _ in spec["points"]]),
    }
