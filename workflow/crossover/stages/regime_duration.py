"""How far networks and their kernels have moved against the time of training, at some widths."""

from collections.abc import Mapping

import numpy as np

from crossover import descent
from crossover.axes import axis
from crossover.stages.descents import Problem, common, coordinates, empty


def run(spec: dict, data: Mapping[str, np.ndarray], *, device: str) -> dict[str, np.ndarray]:
    """What moved at times eta k that are whole numbers of steps, the nearest to those that are wanted."""
    steps = sorted({max(1, round(time / spec["learning_rate"])) for time in axis(spec["times"])})
    names, widths = spec["parameterizations"], spec["widths"]
    found = empty((len(names), len(widths), spec["seeds"], len(steps)))
    for at in np.ndindex(len(names), len(widths)):
        problem = Problem.of(data, parameterization=names[at[0]], h=widths[at[1]], **common(spec, device))
        for place, moved in enumerate(descent.at_steps(problem.descend(learning_rate=spec["learning_rate"]), steps)):
            for name, value in problem.measures(moved).items():
                found[name][(*at, slice(None), place)] = value
    return found | coordinates(spec, "parameterization", "width") | {"time": np.array(steps) * spec["learning_rate"]}
