"""Fields with known solutions, for the tests of the flows."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from crossover import losses
from crossover.flows.loop import integrate
from crossover.flows.state import Limits

SOFT_HINGE = losses.load("soft_hinge", beta=20.0)


def loss_rate(F: Tensor, rate: Tensor) -> Tensor:
    """Where F is the state itself and all labels are +1."""
    return (SOFT_HINGE.derivative(F) * rate).mean(1)


class Straight(NamedTuple):
    """F = y and dy/dt = speed: margin 1 is reached at t = 1 / speed when all labels are +1."""

    speed: Tensor  # (member,)

    def select(self, members: Tensor) -> "Straight":
        return Straight(self.speed[members])

    def outputs(self, y: Tensor) -> Tensor:
        return y

    def loss_rate(self, F: Tensor, rate: Tensor) -> Tensor:
        return loss_rate(F, rate)

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        return y, self.speed[:, None].expand_as(y).clone()


class Decay(NamedTuple):
    """F = y and dy/dt = -stiffness (y - 2): an exponential approach to 2 for each pattern at its own rate."""

    stiffness: Tensor  # (member, n)

    def select(self, members: Tensor) -> "Decay":
        return Decay(self.stiffness[members])

    def outputs(self, y: Tensor) -> Tensor:
        return y

    def loss_rate(self, F: Tensor, rate: Tensor) -> Tensor:
        return loss_rate(F, rate)

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        return y, -self.stiffness * (y - 2)


class Logistic(NamedTuple):
    """F = y and dy/dt = y (1 - y / 3) + 1/10: nonlinear, passes 1."""

    members: Tensor  # (member,)

    def select(self, members: Tensor) -> "Logistic":
        return Logistic(self.members[members])

    def outputs(self, y: Tensor) -> Tensor:
        return y

    def loss_rate(self, F: Tensor, rate: Tensor) -> Tensor:
        return loss_rate(F, rate)

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        return y, y * (1 - y / 3) + 0.1


def run(stepper, field, *, members: int, n: int = 3, times=(), limits=Limits(100_000, 600.0), first=1e-3, y=None):  # noqa: B008
    """Integrate with all labels +1."""
    return integrate(
        stepper,
        field,
        y=torch.zeros((members, n), dtype=torch.float64) if y is None else y,
        labels=torch.ones(n, dtype=torch.float64),
        loss=SOFT_HINGE,
        first_step=torch.full((members,), first, dtype=torch.float64),
        times=np.array(times, dtype=float),
        limits=limits,
        progress=lambda ended, state: None,
    )
