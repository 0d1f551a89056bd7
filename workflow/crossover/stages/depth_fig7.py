"""Figure 7 of the depth paper: the smallest eigenvalue of the kernel matrix against the number of points."""

import numpy as np

from crossover.seeding import stream
from crossover.theory.points import symmetric_kernel_matrix, uniform_on_sphere
from crossover.theory.table import tabulated_ntk


def run(spec: dict) -> dict[str, np.ndarray]:
    """Points uniform on the sphere, the first n of a draw for each n: so the eigenvalue falls in n (Cauchy's interlacing)."""
    points, depths = spec["points"], spec["weight_layers"]
    shape = (spec["draws"], len(depths), len(points))
    found = {"smallest_eigenvalue": np.empty(shape), "eigenvalue_bound": np.empty(shape)}
    kernels = [tabulated_ntk(depth) for depth in depths]
    for draw in range(spec["draws"]):
        x = uniform_on_sphere(max(points), spec["dimension"], stream(spec["seed"], "depth_fig7", draw))
        for of, kernel in enumerate(kernels):
            matrix = symmetric_kernel_matrix(kernel, x)
            for at, n in enumerate(points):
                found["smallest_eigenvalue"][draw, of, at] = np.linalg.eigvalsh(matrix[:n, :n])[0]
                found["eigenvalue_bound"][draw, of, at] = 1 - matrix[:n, :n][np.triu_indices(n, 1)].max()
    return found | {"points": np.array(points), "weight_layers": np.array(depths)}
