"""Events inside a step: where the loss is half its start, where the last margin is reached."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import elementwise
from torch import Tensor

from crossover.flows.state import Field, Inside, where

LOCATED = 1e-7  # an event is located to this part of the step
SETTLED = 1e-7  # the outputs at an event are known to this, in margins, or to rounding
MOST_CORRECTIONS = 2

# Of F (member, n) and the original positions of these members; the event has happened where it is >= 0, (member,).
Event = Callable[[Tensor, Tensor], Tensor]


class Located(NamedTuple):
    """Where members met an event: part of the step, state, predictor, evaluations spent, each with a member axis."""

    theta: Tensor
    y: Tensor
    F: Tensor
    evaluations: Tensor


def numpy(value: Tensor) -> np.ndarray:
    """A tensor on the CPU as an array."""
    return value.cpu().numpy()


def crossing(inside: Inside, event: Event, index: Tensor, offset: Tensor | float = 0.0) -> tuple[Tensor, Tensor]:
    """Where the event happens by ``inside.outputs`` plus an offset (member, n): part of the step and evaluations, (member,).

    The event must have happened at the end of the step and not at its start; it has happened at the place returned. The
    outputs at both ends cost nothing.
    """
    device, everyone = index.device, np.arange(len(index), dtype=np.float64)

    def value(theta: np.ndarray, k: np.ndarray) -> np.ndarray:
        at = torch.as_tensor(k.astype(np.int64), device=device)
        F = inside.outputs(torch.as_tensor(theta, device=device), at)
        shift = offset[at] if isinstance(offset, Tensor) else offset
        return numpy(event(F + shift, index[at]).double())

    found = elementwise.find_root(
        value,
        (np.zeros(len(index)), np.ones(len(index))),
        args=(everyone,),
        tolerances={"xatol": LOCATED, "xrtol": 0, "fatol": 0, "frtol": 0},
    )
    # the root itself where the event has happened there, else the end of its bracket on which it has
    after = np.where(found.f_bracket[1] >= 0, found.bracket[1], found.bracket[0])
    after = np.where(found.f_x >= 0, found.x, after)
    # no bracket: rounding or the offset hid the event at the end of the step, so it is there
    theta = torch.as_tensor(np.where(found.status == -1, 1.0, after), device=device)
    return theta, torch.as_tensor(found.nfev - 2, device=device) * inside.output_evaluations


def locate(field: Field, inside: Inside, event: Event, index: Tensor) -> Located:
    """Locate an event that happened in this step of all members; it has happened at the state returned.

    ``inside.outputs`` may be close to the outputs of ``inside.state`` only: the root is found again with the difference
    found there, until it settles.
    """
    everyone = torch.arange(len(index), device=index.device)
    theta, evaluations = crossing(inside, event, index)
    y = inside.state(theta)
    F = field.outputs(y)
    evaluations = evaluations + 1 + inside.state_evaluations
    offset = torch.zeros_like(F)
    open_ = torch.full_like(index, inside.output_evaluations == 0, dtype=torch.bool)  # else these are the outputs of the state
    for _ in range(MOST_CORRECTIONS):
        found = F - inside.outputs(theta, everyone)
        open_ &= (found - offset).abs().amax(1) > max(SETTLED, 64 * torch.finfo(F.dtype).eps)
        if not open_.any():
            break
        offset = where(open_, found, offset)
        again, _ = crossing(inside, event, index, offset)
        theta = torch.where(open_, again, theta)
        moved = inside.state(theta)
        y, F = where(open_, (moved, field.outputs(moved)), (y, F))
        evaluations = evaluations + open_ * (1 + inside.state_evaluations)
    nudge = LOCATED
    while (missed := (event(F, index) < 0) & (theta < 1)).any():  # by rounding: after the event, if only just
        theta, nudge = torch.where(missed, (theta + nudge).clamp(max=1), theta), 2 * nudge
        moved = inside.state(theta)
        y, F = where(missed, (moved, field.outputs(moved)), (y, F))
        evaluations = evaluations + missed * (1 + inside.state_evaluations)
    return Located(theta, y, F, evaluations)
