"""How far networks move against the learning rate: at the same number of steps, and at the same time eta k.

Learning rates are multiples r of 2 / lambda_max(K / n) of each network at the start, its edge: from r = 1 on its linearisation
diverges; a network may come back (catapult), or not.
"""

from collections.abc import Mapping

import numpy as np
import torch

from crossover import descent
from crossover.stages.descents import Problem, common, coordinates, empty

BUDGETS = ("steps", "time")


def run(spec: dict, data: Mapping[str, np.ndarray], *, device: str) -> dict[str, np.ndarray]:
    """What moved behind ``steps`` steps, and behind as many as make r times steps the same as at r = 1."""
    ratios, names = spec["rate_ratios"], spec["parameterizations"]
    steps = np.array([[spec["steps"]] * len(ratios), [max(1, round(spec["time"] / ratio)) for ratio in ratios]])
    found = empty((2, len(names), len(ratios), spec["seeds"]))
    found["largest_loss"] = np.full(found["train_loss"].shape, np.inf)
    for parameterization, ratio in np.ndindex(len(names), len(ratios)):
        problem = Problem.of(data, parameterization=names[parameterization], h=spec["width"], **common(spec, device))
        rate, largest = ratios[ratio] * descent.edge(problem.kernel), torch.zeros(spec["seeds"], device=device)
        for moved in descent.at_steps(problem.descend(learning_rate=rate), list(range(steps[:, ratio].max() + 1))):
            largest = torch.maximum(largest, descent.loss_of(moved.df, problem.y).nan_to_num(torch.inf, torch.inf))
            for budget in np.flatnonzero(steps[:, ratio] == moved.step):
                for name, value in (problem.measures(moved) | {"largest_loss": largest.cpu().numpy()}).items():
                    found[name][budget, parameterization, ratio] = value
    found["train_loss"] = np.nan_to_num(found["train_loss"], nan=np.inf, posinf=np.inf)
    more = {"budget": np.array(BUDGETS), "rate_ratio": np.array(ratios, dtype=float), "steps": steps}
    return found | coordinates(spec, "parameterization") | more
