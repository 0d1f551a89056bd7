"""The best learning rate against the width: of a fixed number of steps the lowest loss over a grid of powers of 2."""

from collections.abc import Mapping

import numpy as np
import torch

from crossover import descent
from crossover.stages.descents import Problem, common, coordinates


def run(spec: dict, data: Mapping[str, np.ndarray], *, device: str) -> dict[str, np.ndarray]:
    """Losses behind ``steps`` steps, and the best learning rates.

    Learning rates are those that multiply the gradient, eta h^-c. The grid of eta is the same at all widths, so that where
    c = 1 (standard) that of the learning rates moves with the width, and the best lies within it.
    """
    names, widths, grid = spec["parameterizations"], spec["widths"], np.arange(*spec["log2_rates"], spec["spacing"])
    shape = (len(names), len(widths))
    loss, rates = np.empty((*shape, len(grid), spec["seeds"])), np.empty((*shape, len(grid)))
    best, interpolated = np.empty((*shape, spec["seeds"])), np.empty((*shape, spec["seeds"]))
    for at in np.ndindex(shape):
        for seed in range(spec["seeds"]):
            options = common(spec, device) | {"seeds": [seed]}
            problem = Problem.of(data, parameterization=names[at[0]], h=widths[at[1]], **options).copies(len(grid))
            eta = torch.from_numpy(2.0**grid).to(problem.y)
            [moved] = descent.at_steps(problem.descend(learning_rate=eta), [spec["steps"]])
            found = descent.loss_of(moved.df, problem.y).cpu().numpy().astype(float)
            loss[(*at, slice(None), seed)] = np.nan_to_num(found, nan=np.inf, posinf=np.inf)
            rates[at] = grid + np.log2(problem.network.rate)
            best[(*at, seed)], interpolated[(*at, seed)] = lowest(rates[at], loss[(*at, slice(None), seed)])
    more = {"log2_rate": rates, "trial_loss": loss, "best_log2_rate": best, "interpolated": interpolated.astype(np.int8)}
    return coordinates(spec, "parameterization", "width") | more


def lowest(x: np.ndarray, loss: np.ndarray) -> tuple[float, bool]:
    """Where log loss is lowest, by a parabola through the lowest and both its neighbours on the even grid x, (k,).

    The lowest of the grid itself, and False, where that is an end of the grid or a neighbour diverged.
    """
    at = int(loss.argmin())
    if at in (0, len(x) - 1) or not np.isfinite(loss[[at - 1, at + 1]]).all():
        return float(x[at]), False
    left, middle, right = np.log(loss[at - 1 : at + 2])
    bend = left - 2 * middle + right
    return float(x[at] + (x[at + 1] - x[at]) * (left - right) / (2 * bend) if bend else x[at]), True
