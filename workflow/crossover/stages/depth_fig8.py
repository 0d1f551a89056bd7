"""Figure 8 of the depth paper: the depth to which the kernel of the closest points stays away from its limit, against n."""

import numpy as np
from scipy.spatial import cKDTree

from crossover.seeding import stream
from crossover.theory.points import uniform_on_sphere
from crossover.theory.separation import median_smallest_angle, power_bound


def run(spec: dict) -> dict[str, np.ndarray]:
    """The smallest angle of the first n points of each draw, uniform on the sphere, its median for large n, its bound."""
    points, dimensions = spec["points"], spec["dimensions"]
    smallest = np.empty((len(dimensions), spec["draws"], len(points)))
    for of, draw in np.ndindex(smallest.shape[:2]):
        x = uniform_on_sphere(max(points), dimensions[of], stream(spec["seed"], "depth_fig8", dimensions[of], draw))
        smallest[of, draw] = [smallest_angle(x[:n]) for n in points]
    bounds = [[power_bound(smallest[of, :, at], n, d) for at, n in enumerate(points)] for of, d in enumerate(dimensions)]
    return {
        "dimension": np.array(dimensions),
        "points": np.array(points),
        "weight_layers": np.array(spec["weight_layers"]),
        "smallest_angle": smallest,
        "angle_bound": np.array(bounds).swapaxes(1, 2),  # (dimension, draw, points)
        "likely_angle": np.array([[median_smallest_angle(n, d) for n in points] for d in dimensions]),
    }


def smallest_angle(x: np.ndarray) -> float:
    """The smallest angle between two rows of x (n, d) on the unit sphere, from the distance of the nearest neighbours."""
    return 2 * np.arcsin(cKDTree(x).query(x, k=2)[0][:, 1].min() / 2)
