"""Test errors of networks beside those of their kernels, all trained on squares by one rule to one loss.

Predictors of a network: dynamics on its kernel frozen at the start and at the end, its linearisation, itself; and the tangent
kernel of infinite width (`crossover.theory`). F = f - f0 starts from 0 for all of them.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from crossover import descent
from crossover.ntk_terms import gram
from crossover.stages.descents import LAYERS, Problem, common, coordinates
from crossover.theory.network import limiting_ntk

PREDICTORS = ("initial_kernel", "final_kernel", "linearized", "network")


class Trained(NamedTuple):
    """A predictor at the stop: F on the test patterns (m,), the steps it took, its loss."""

    output: np.ndarray
    steps: int
    loss: float


def run(spec: dict, data: Mapping[str, np.ndarray], *, device: str) -> dict[str, np.ndarray]:
    """Errors of all predictors for parametrisations, widths and seeds, and how far apart they are."""
    names, widths, seeds = spec["parameterizations"], spec["widths"], spec["seeds"]
    label, infinite = data["y_test"], of_infinite_width(spec, data)
    shape = (len(names), len(PREDICTORS), len(widths), seeds)
    keys = ("predictor_error", "predictor_steps", "predictor_loss", "infinite_distance", "network_distance")
    found = {key: np.empty(shape) for key in keys} | {"kernel_movement": np.empty((len(names), len(widths), seeds))}
    for name, width, seed in np.ndindex(len(names), len(widths), seeds):
        options = common(spec, device) | {"seeds": [seed]}
        problem = Problem.of(data, parameterization=names[name], h=widths[width], **options)
        trained, found["kernel_movement"][name, width, seed] = predictors(
            spec, problem, torch.from_numpy(data["x_test"]).to(problem.x)
        )
        for place, predictor in enumerate(PREDICTORS):
            each = trained[predictor]
            values = wrong(each.output, label), each.steps, each.loss
            values += tuple(apart(each.output, other.output) for other in (infinite, trained["network"]))
            for key, value in zip(keys, values, strict=True):
                found[key][name, place, width, seed] = value
    found |= {"infinite_error": np.array(wrong(infinite.output, label)), "infinite_steps": np.array(infinite.steps)}
    return found | coordinates(spec, "parameterization", "width") | {"predictor": np.array(PREDICTORS)}


def wrong(output: np.ndarray, label: np.ndarray) -> float:
    """The share of patterns with F y <= 0."""
    return float((output * label <= 0).mean())


def apart(output: np.ndarray, other: np.ndarray) -> float:
    """|F - F'| / |F'|."""
    return float(np.linalg.norm(output - other) / np.linalg.norm(other))


def of_infinite_width(spec: dict, data: Mapping[str, np.ndarray]) -> Trained:
    """The predictor of the tangent kernel of infinite width."""
    x, test = (data[name].astype(np.float64) for name in ("x_train", "x_test"))
    train, cross = (limiting_ntk(points, x, LAYERS + 1, gain=np.sqrt(2)) for points in (x, test))
    return frozen(spec, train, cross, data["y_train"])


def frozen(spec: dict, train: np.ndarray, cross: np.ndarray, y: np.ndarray) -> Trained:
    """The predictor of a frozen kernel (n, n), with the test patterns (m, n)."""
    held = descent.Frozen.of(train, y.astype(np.float64), learning_rate=spec["learning_rate"])
    steps = held.steps_to(spec["stop_loss"], most=spec["steps"])
    return Trained(held.outputs(cross, steps), steps, held.loss(steps))


def predictors(spec: dict, problem: Problem, test: Tensor) -> tuple[dict[str, Trained], float]:
    """The predictors of a network of one member by name, on test patterns (m, d), and |K - K0| / |K0| on the training set."""
    network, w0, basis = problem.network, problem.w0, problem.basis
    linear = descent.Linearized(network.on_span(basis), network.to_span(w0, basis), problem.x @ basis)
    found, change = {}, {}
    for name, anchor, outside in (
        ("network", problem.anchor, network.anchor(w0, test)),
        ("linearized", linear, descent.Linearized(network, w0, test)),
    ):
        moved = stopped(spec, descent.descend(anchor, problem.y, learning_rate=spec["learning_rate"]), problem.y)
        change[name] = network.from_span(moved.dw, basis)
        output = outside.at(change[name]).f[0].cpu().numpy().astype(np.float64)
        found[name] = Trained(output, moved.step, float(descent.loss_of(moved.df, problem.y)[0]))
    start, end = (kernels(network, w[0], problem.x, test) for w in (w0, w0 + change["network"]))
    for name, each in (("initial_kernel", start), ("final_kernel", end)):
        found[name] = frozen(spec, *each, problem.y.cpu().numpy())
    return found, apart(end[0], start[0])


def kernels(network, w: Tensor, x: Tensor, test: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """K in float64 of one member with weights w (P,): among training patterns (n, d), and test patterns (m, d) with these."""
    trained, tested = (network.kernel_terms(w.double(), points.double()) for points in (x, test))
    return tuple((network.rate * gram(terms, trained)).cpu().numpy() for terms in (trained, tested))


def stopped(spec: dict, path: Iterator[descent.Moved], y: Tensor) -> descent.Moved:
    """The first of a path whose loss is that of the stop, or the last that is allowed."""
    return next(
        moved for moved in path if float(descent.loss_of(moved.df, y)[0]) <= spec["stop_loss"] or moved.step == spec["steps"]
    )
