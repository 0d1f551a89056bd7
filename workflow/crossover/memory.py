"""Memory of training and kernel jobs, planned before they run. Standard library only: the Snakefiles import it.

Counted are the numbers that live at once at the widest place of a step; docs/flow_solver.md and docs/networks.md have what was
measured.
"""

from typing import NamedTuple

from crossover.networks.shapes import LAYERS

WEIGHTS = 16  # copies of a member's weights: state, proposal, memory, stages, initial ones, their shape as tensors
LAYER = 17  # arrays of (n, h) a hidden layer: the anchor's four, twice; values and slopes at two weights, the activation's own
KERNELS = 9  # matrices of (n, n): at both ends of a step, their difference, the parts of a sum, copies where members part
PATH = 1000  # steps of the outputs inside a tangent step at most, two states of (2, n) each, twice when joined; `flows.inner`
FOLLOWED = 4  # matrices of (n, points): kernels with the points that are followed, at both ends of a step, and their parts
BASE_GB = 0.8  # interpreter and libraries
BATCH_GB = 1.0  # of training kernels that flow as one batch
ROWS = 1000  # of a kernel held at once
BLOCKS = 4  # of so many rows that live at once, for the norms of two kernels and their difference
CONVOLUTION_GB = 0.5  # gradients of a convolution, patches, a pass through the network


class Size(NamedTuple):
    """Numbers of one member: ``weights``, of which ``first`` for each of the ``d`` inputs of a network of vectors.

    activations : of all hidden layers for one pattern; patches : of the widest convolution for one pattern
    """

    d: int
    first: int
    weights: int
    activations: int
    patches: int

    @classmethod
    def of(cls, network: dict, *, d: int, h: int, L: int, image_shape: list[int] | None) -> "Size":
        """Of the ``network`` of an experiment or a spec on patterns of d components."""
        if network["architecture"] == "fc":
            return cls(d, h, d * h + (L - 1) * h**2 + h + L * h, L * h, 0)
        layers = LAYERS[network["architecture"]](image_shape=image_shape, h=h, L=L)
        weights = sum(c.weights + c.out for c in layers) + h + 1
        return cls(d, 0, weights, sum(c.out * c.places for c in layers), max(c.fan_in * c.places for c in layers))

    def in_span(self, n: int) -> int:
        """Weights that are trained on n patterns: in the span of the inputs."""
        return self.weights - self.first * max(0, self.d - n)


def member_gb(size: Size, *, n: int, flow: str, dtype: str, output_points: int, patterns_at_once: int | None = None) -> float:
    """GB of one member on ``n`` training patterns, whose outputs on ``output_points`` are followed; passes in blocks or in one.

    In float64 torch lays out the patches of a convolution for all of them.
    """
    tangent = (KERNELS * n + 8 * PATH + FOLLOWED * output_points) * n if flow in ("auto", "tangent") else 0
    passes = min(n + output_points, patterns_at_once or n + output_points)
    weights = size.weights if patterns_at_once else size.in_span(n)
    numbers = WEIGHTS * weights + LAYER * passes * size.activations + tangent
    numbers += min(max(n, output_points), passes) * size.patches if dtype == "float64" else 0
    return numbers * (8 if dtype == "float64" else 4) / 1e9


def shared_gb(size: Size, *, n: int, n_test: int, members: int) -> float:
    """GB that a job holds however few it trains at once: the data set as read and as used, products of the inputs.

    And of all members the initial weights, their changes and the outputs on test patterns.
    """
    return ((n + n_test) * size.d * 12 + n**2 * 8 + members * (size.weights * 12 + n_test * 8)) / 1e9


def kernels_gb(size: Size, *, n: int, n_test: int, kernel_points: int, members: int) -> float:
    """GB of a kernel job in float64: first the change of a member's kernel, then flows with at least one training kernel.

    Held are the factors of a kernel, what enters each layer and df/dp behind it, and some of its rows, or all of a training
    kernel; and the data set and the weights of all members.
    """
    factors = size.d + 2 * size.activations  # of a pattern
    change = 2 * kernel_points * factors + BLOCKS * min(ROWS, kernel_points) * kernel_points
    flow = (n + ROWS) * factors + n**2 + BLOCKS * min(ROWS, n) * n
    held = max(change * 8 / 1e9, flow * 8 / 1e9, 2 * BATCH_GB)
    weights = size.weights * (12 * members + 16)  # at w0 and the changes of all, at the end of one
    return BASE_GB + held + CONVOLUTION_GB * (size.patches > 0) + ((n + n_test) * size.d * 12 + weights) / 1e9


def members_at_once(members: int, *, each: float, shared: float, limit: float) -> int:
    """The members that a job trains at once in ``limit`` GB, each of ``each`` GB.

    Raises
    ------
    ValueError
        When not even one fits.
    """
    fitting = int((limit - BASE_GB - shared) / each)
    if fitting < 1:
        raise ValueError(
            f"memory_gb = {limit:g}: one member needs {BASE_GB + shared + each:.1f} GB; "
            "raise memory_gb, or take dtype float32, or flow rkc, which holds no kernels, with patterns_at_once"
        )
    return min(members, fitting)
