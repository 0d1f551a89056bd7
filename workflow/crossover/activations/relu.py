"""ReLU ``sqrt(2) max(x, 0)``."""

import math

from torch import Tensor

from crossover.activations import Activation


def make(*, gain: float = math.sqrt(2)) -> Activation:
    """ReLU; its slope at 0 is 0."""

    def value_and_slope(p: Tensor) -> tuple[Tensor, Tensor]:
        return gain * p.clamp_min(0), gain * (p > 0).to(p.dtype)

    return Activation(value_and_slope)
