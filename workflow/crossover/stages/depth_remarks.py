"""Where the depth paper must be qualified: biases, the kernel near rho = -1, shares of layers, points in three dimensions."""

import math
from itertools import islice, pairwise

import numpy as np

from crossover.seeding import stream
from crossover.theory.network import kernels_at, layer_kernels, ntk_diagonal
from crossover.theory.points import angles, on_sphere, symmetric_kernel_matrix, uniform_on_sphere
from crossover.theory.relu import normalized_ntk
from crossover.theory.table import tabulated_ntk

PLAIN, KEEPING = 1.0, math.sqrt(2)  # gains of ReLU: the paper's, and the one that keeps the norm


def run(spec: dict) -> dict[str, np.ndarray]:
    """The numbers behind the remarks, each of a spec of its own."""
    return _biased(spec) | _near_antipode(spec) | _layers(spec) | _three_dimensions(spec) | _on_a_line(spec)


def _biased(spec: dict) -> dict[str, np.ndarray]:
    """K_L of orthogonal inputs of norm sqrt(d) along the depth, biases of scale ``bias``, for both gains (Appendix A)."""
    depths = np.unique(np.geomspace(1, spec["layers"], 60).round().astype(int))
    found = np.empty((2, len(depths)))
    for at, gain in enumerate((PLAIN, KEEPING)):
        kernels = layer_kernels(np.array(math.pi / 2), 1.0, 1.0, gain=gain, bias=spec["bias"])
        values = np.array([float(each.normalized) for each in islice(kernels, spec["layers"])])
        found[at] = values[depths - 1]
    return {"biased_ntk": found, "gain": np.array(["1", "sqrt2"]), "weight_layers": depths}


def _near_antipode(spec: dict) -> dict[str, np.ndarray]:
    """K_L at all correlations, and by how much K_L(-1) is above its lowest value (the proof of Theorem 3 has K_L rise with rho).

    And the largest difference of K_L, by Proposition 5, from the kernel of Theorem 1 over its diagonal.
    """
    correlation = np.linspace(-1, 1, spec["correlations"])
    angle = np.arccos(correlation)
    ntk = np.stack([normalized_ntk(angle, depth) for depth in spec["depths"]])
    theta = np.stack([kernels_at(angle, 1.0, 1.0, depth, gain=PLAIN, bias=0.0).normalized for depth in spec["depths"]])
    return {
        "correlation": correlation,
        "depth_ntk": ntk,
        "shown_depth": np.array(spec["depths"]),
        "drop": ntk[:, 0] - ntk.min(1),
        "recursion_difference": np.abs(ntk - theta).max(1),
    }


def _layers(spec: dict) -> dict[str, np.ndarray]:
    """Share of each layer of weights in Theta(x, x) of finite ReLU networks, and their sum over Proposition 1's, seed by seed."""
    depth, width, d = spec["share_depth"], spec["width"], spec["dimension"]
    parts = np.empty((spec["seeds"], depth))
    for seed in range(spec["seeds"]):
        generator = stream(spec["seed"], "depth_remarks_share", seed)
        parts[seed] = squared_gradients(uniform_on_sphere(1, d, generator)[0] * math.sqrt(d), depth, width, generator)
    whole = parts.sum(1)
    return {
        "layer_share": parts / whole[:, None],
        "diagonal_ratio": whole / ntk_diagonal(depth, gain=PLAIN),
        "layer": np.arange(depth),
        "seed": np.arange(spec["seeds"]),
    }


def squared_gradients(x: np.ndarray, depth: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """Squared gradients, (depth,), of the output of a ReLU network at x (d,) by the weights of each of ``depth`` layers."""
    sizes = [len(x), *[width] * (depth - 1), 1]
    weights = [generator.standard_normal((out, into)) for into, out in pairwise(sizes)]
    entered, signs = [x], []
    for weight in weights[:-1]:
        before = weight @ entered[-1] / math.sqrt(len(entered[-1]))
        signs.append(before > 0)
        entered.append(np.maximum(before, 0))
    behind, squares = np.ones(1), []
    for weight, into, sign in zip(weights[::-1], entered[::-1], [None, *signs[::-1]], strict=True):
        behind = behind if sign is None else behind * sign
        squares.append((behind @ behind) * (into @ into) / len(into))
        behind = weight.T @ behind / math.sqrt(len(into))
    return np.array(squares[::-1])


def _three_dimensions(spec: dict) -> dict[str, np.ndarray]:
    """Smallest eigenvalue of K_L for points uniform on the sphere of R^3 and (L - 1) theta_min / (2 pi), draw by draw."""
    points, depth = spec["points"], spec["eigenvalue_depth"]
    kernel = tabulated_ntk(depth)
    shape = (spec["draws"], len(points))
    found = {"eigenvalue_3d": np.empty(shape), "angle_prediction_3d": np.empty(shape)}
    for draw in range(spec["draws"]):
        x = uniform_on_sphere(max(points), 3, stream(spec["seed"], "depth_remarks_three", draw))
        matrix, angle = symmetric_kernel_matrix(kernel, x), angles(x, x)
        np.fill_diagonal(angle, math.pi)
        for at, n in enumerate(points):
            found["eigenvalue_3d"][draw, at] = np.linalg.eigvalsh(matrix[:n, :n])[0]
            found["angle_prediction_3d"][draw, at] = (depth - 1) * angle[:n, :n].min() / (2 * math.pi)
    return found | {"points": np.array(points)}


def _on_a_line(spec: dict) -> dict[str, np.ndarray]:
    """Smallest angle of points along one ray, before and after the stereographic embedding (Definition 6)."""
    ray = uniform_on_sphere(1, spec["dimension"], stream(spec["seed"], "depth_remarks_ray"))
    points = np.linspace(0.5, 2, 7)[:, None] * ray
    between = np.triu_indices(len(points), 1)
    return {"ray_angle": np.array([angles(each, each)[between].min() for each in (points, on_sphere(points))])}
