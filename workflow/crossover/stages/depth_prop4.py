"""Proposition 4 of the depth paper: how far the last hidden layer moves when a finite network is trained on squares."""

import math
from typing import NamedTuple

import numpy as np

from crossover.seeding import stream
from crossover.theory.early_stopping import factor, spectrum
from crossover.theory.features import joint_excess, sequential_change
from crossover.theory.network import kernels_at
from crossover.theory.points import angles, uniform_on_sphere

GAIN = 1.0  # of ReLU: the paper's
# Of the flow. A quarter of it changes |Delta a| by some 1e-3 of it, the changes over pairs by some 1e-2 (tests).
STEP = 0.2


class Weights(NamedTuple):
    """Two hidden layers, drawn from N(0, 1): first (n1, d), second (n2, n1), readout (n2,)."""

    first: np.ndarray
    second: np.ndarray
    readout: np.ndarray


def run(spec: dict) -> dict[str, np.ndarray]:
    """Norms of the change of the last hidden preactivations, mean over test points, measured and by Proposition 4.

    Inputs of norm sqrt(d), labels +-1, ``f - f0`` trained for ``time``, a network for each width n2, ratio n2 / n1 and seed;
    the data are the same for all.
    """
    generator = stream(spec["seed"], "depth_prop4")
    d, n = spec["dimension"], spec["points"]
    x = math.sqrt(d) * uniform_on_sphere(n + spec["tested"], d, generator)
    train, test = x[:n], x[n:]
    y = generator.choice([-1.0, 1.0], n)
    ratios = sorted(spec["width_ratios"])
    shape = (len(ratios), len(spec["widths"]), spec["seeds"])
    found = {name: np.empty(shape) for name in ("feature_change", "inner_product_change", "alignment_change")}
    for ratio, width, seed in np.ndindex(shape):
        n2 = spec["widths"][width]
        n1 = round(n2 / ratios[ratio])
        start = draw(d, n1, n2, stream(spec["seed"], "depth_prop4", n1, n2, seed))
        end = flow(start, train, y, time=spec["time"], step=STEP)
        for name, value in zip(found, moved(start, end, test), strict=True):
            found[name][ratio, width, seed] = value
    sequential, excess = predicted(test, train, y, spec["time"], spec["draws"], generator)
    return found | {
        "sequential_prediction": np.full(len(ratios), math.sqrt(sequential)),
        "joint_prediction": np.sqrt([sequential + ratio * excess for ratio in ratios]),
        "width_ratio": np.array(ratios, dtype=float),
        "width": np.array(spec["widths"]),
        "seed": np.arange(spec["seeds"]),
    }


def predicted(
    test: np.ndarray, train: np.ndarray, y: np.ndarray, time: float, draws: int, generator: np.random.Generator
) -> tuple[float, float]:
    """Mean over test points of |Delta a|^2 when n1 becomes wide first, and what n2 / n1 adds, times that ratio."""
    squares = (train * train).sum(1) / train.shape[1]
    theta = kernels_at(angles(train, train), squares[:, None], squares, 3, gain=GAIN, bias=0.0).theta
    trained = spectrum(theta)
    g = (trained.vectors * factor(trained.values, time)) @ trained.vectors.T @ y
    sequential = sequential_change(test, train, g, hidden_layers=2, gain=GAIN)
    excess = joint_excess(test, train, g, gain=GAIN, draws=draws, generator=generator)
    return float(np.diag(sequential).mean()), float(np.diag(excess).mean())


def draw(d: int, n1: int, n2: int, generator: np.random.Generator) -> Weights:
    """Weights at the start."""
    return Weights(*(generator.standard_normal(shape) for shape in ((n1, d), (n2, n1), (n2,))))


def forward(weights: Weights, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both hidden preactivations, (m, n1) and (m, n2), and the output, (m,)."""
    n1, n2 = weights.second.shape[::-1]
    first = x @ weights.first.T / math.sqrt(x.shape[1])
    second = GAIN * np.maximum(first, 0) @ weights.second.T / math.sqrt(n1)
    return first, second, GAIN * np.maximum(second, 0) @ weights.readout / math.sqrt(n2)


def flow(start: Weights, x: np.ndarray, y: np.ndarray, *, time: float, step: float) -> Weights:
    """Gradient flow of ``1/2 sum (f - f0 - y)^2`` by Runge and Kutta's classical steps."""
    initial = forward(start, x)[2]
    count = math.ceil(time / step)
    step, weights = time / count, start

    def moved_by(amount: float, velocity: Weights) -> Weights:
        return Weights(*(w + amount * v for w, v in zip(weights, velocity, strict=True)))

    for _ in range(count):
        one = _velocity(weights, x, y + initial)
        two = _velocity(moved_by(step / 2, one), x, y + initial)
        three = _velocity(moved_by(step / 2, two), x, y + initial)
        four = _velocity(moved_by(step, three), x, y + initial)
        slope = Weights(*((a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(one, two, three, four, strict=True)))
        weights = moved_by(step, slope)
    return weights


def _velocity(weights: Weights, x: np.ndarray, wanted: np.ndarray) -> Weights:
    """Minus the gradient of ``1/2 sum (f - wanted)^2``."""
    n1, n2 = weights.second.shape[::-1]
    first, second, output = forward(weights, x)
    residual = (wanted - output)[:, None]
    behind = GAIN * (second > 0) * weights.readout * residual / math.sqrt(n2)  # (n, n2)
    before = GAIN * (first > 0) * (behind @ weights.second) / math.sqrt(n1)  # (n, n1)
    hidden = [GAIN * np.maximum(each, 0) for each in (first, second)]
    return Weights(
        before.T @ x / math.sqrt(x.shape[1]), behind.T @ hidden[0] / math.sqrt(n1), hidden[1].T @ residual[:, 0] / math.sqrt(n2)
    )


def moved(start: Weights, end: Weights, test: np.ndarray) -> tuple[float, float, float]:
    """|Delta a| (root of the mean square over test points), and mean changes of a.a' and of its cosine over pairs of them."""
    before, after = (forward(weights, test)[1] for weights in (start, end))
    pairs = np.triu_indices(len(test), 1)
    inner = [each @ each.T for each in (before, after)]
    cosines = [each / np.sqrt(np.outer(np.diag(each), np.diag(each))) for each in inner]
    change = math.sqrt(((after - before) ** 2).sum(1).mean())
    return change, *(float(np.abs(b - a)[pairs].mean()) for a, b in (inner, cosines))
