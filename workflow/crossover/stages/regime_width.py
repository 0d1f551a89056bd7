"""How far networks and their kernels move against the width, under each parametrisation."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from crossover import descent
from crossover.stages.descents import Problem, common, coordinates, empty


def run(spec: dict, data: Mapping[str, np.ndarray], *, device: str) -> dict[str, np.ndarray]:
    """What moved behind the same number of steps at the same learning rate, and at the start the layers' shares and the edge."""
    axes = ("parameterizations", "activations", "widths")
    shape = (*(len(spec[axis]) for axis in axes), spec["seeds"])
    found = empty(shape) | {"layer_share": np.empty((*shape, 3)), "critical_rate": np.empty(shape)}
    for at in np.ndindex(shape[:3]):
        parameterization, activation, h = (spec[axis][place] for axis, place in zip(axes, at, strict=True))
        problem = Problem.of(data, parameterization=parameterization, activation=activation, h=h, **common(spec, device))
        [moved] = descent.at_steps(problem.descend(learning_rate=spec["learning_rate"]), [spec["steps"]])
        edge = descent.edge(problem.kernel) * problem.network.rate
        values = problem.measures(moved) | {"layer_share": shares(problem).cpu().numpy(), "critical_rate": edge.cpu().numpy()}
        for name, value in values.items():
            found[name][at] = value
    return found | coordinates(spec, "parameterization", "activation", "width")


def shares(problem: Problem) -> Tensor:
    """Share of each layer of weights in the trace of Theta on the training inputs, (member, layer)."""
    terms = problem.network.at(problem.w0, problem.x).kernel_terms()
    traces = [term.squares().sum(1) for term in terms]  # (member,) each
    return torch.stack(traces, 1) / sum(traces)[:, None]
