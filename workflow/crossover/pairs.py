"""Two experiments with the same members, member by member (Figure 13): numpy alone, the outputs read point by point."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from crossover.schema import MEMBER, STATUS


class Side(NamedTuple):
    """A raw cube, anything that gives its arrays by name, and where the common labels are on each of its axes."""

    cube: Mapping
    positions: list[np.ndarray]

    def members(self, name: str) -> np.ndarray:
        """A variable of the common members, dimensions `crossover.schema.MEMBER`."""
        return np.asarray(self.cube[name])[np.ix_(*self.positions)]

    def outputs(self, point: tuple[int, ...], seeds: np.ndarray) -> np.ndarray:
        """F of some of the common seeds of a common point, read from the cube here, (seed, test)."""
        at = [int(axis[k]) for axis, k in zip(self.positions, point, strict=False)]
        return np.asarray(self.cube["F_test"][(*at, self.positions[-1][seeds])], dtype=np.float64)


def relative_difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """``|F_first - F_second| / |F_second|``, Euclidean norms over the test patterns; both (seed, test), result (seed,)."""
    return np.linalg.norm(first - second, axis=1) / np.linalg.norm(second, axis=1)


def compare(first: Mapping, second: Mapping) -> dict[str, np.ndarray]:
    """The arrays of `crossover.schema.PAIR` from two raw cubes, on the labels that both have, and their coordinates.

    NaN where a member is absent or has not converged in either.

    Raises
    ------
    ValueError
        When the test patterns are not the same, or the grids have no labels in common.
    """
    for name in ("y_test", "class_test"):
        if not np.array_equal(np.asarray(first[name]), np.asarray(second[name])):
            raise ValueError(f"first, second: {name} is not the same; name two experiments with the same test patterns")
    common = {dim: np.intersect1d(first[dim], second[dim], return_indices=True) for dim in MEMBER}
    axes = {dim: labels for dim, (labels, *_) in common.items()}
    if lacking := [dim for dim, labels in axes.items() if not len(labels)]:
        raise ValueError(f"first, second: their grids have no {lacking[0]} in common; name two experiments with the same members")
    sides = [Side(cube, [at[k] for at in common.values()]) for k, cube in ((1, first), (2, second))]
    converged = np.logical_and(*(side.members("status") == STATUS["converged"] for side in sides))
    evaluations = [side.members("evaluations") for side in sides]
    difference = np.full(converged.shape, np.nan)
    for point in np.ndindex(converged.shape[:-1]):
        seeds = np.flatnonzero(converged[point])
        if len(seeds):
            difference[point][seeds] = relative_difference(*(side.outputs(point, seeds) for side in sides))
    return axes | {
        "alpha": axes["sqrt_h_alpha"] / np.sqrt(axes["h"])[:, None],
        "output_difference": difference,
        "evaluations_ratio": np.divide(evaluations[1], evaluations[0], out=np.full(converged.shape, np.nan), where=converged),
    }
