"""What tells the regime in which a member was trained: how far its kernel moved, and how far its output is from linear."""

import torch
from torch import Tensor

from crossover.ntk_terms import gram

SMALL = 1e-5  # change of the weights in a difference quotient, of their own norm at most: its error is the square


def measure(network, w0: Tensor, change: Tensor, x: Tensor) -> dict[str, Tensor]:
    """Changes of members from weights w0 to w0 + change, both (member, P), on points x (n, d); in float64, (member,) each.

    regime_kernel_change : ``|Theta - Theta0| / |Theta0|`` (Frobenius)
    linearization_error : ``|f(w) - f(w0) - (w - w0) grad f(w0)| / |f(w) - f(w0)|`` over the points
    """
    found = [_of_member(network, w0[k].double(), change[k].double(), x.double()) for k in range(len(w0))]
    return {
        "regime_kernel_change": torch.tensor([each[0] for each in found], dtype=torch.float64),
        "linearization_error": torch.tensor([each[1] for each in found], dtype=torch.float64),
    }


def _of_member(network, w0: Tensor, change: Tensor, x: Tensor) -> tuple[float, float]:
    """The two numbers of a member with weights (P,); NaN where they are not finite."""
    if not torch.isfinite(change).all():
        return torch.nan, torch.nan
    initial, final = (gram(terms, terms) for terms in (network.kernel_terms(w, x) for w in (w0, w0 + change)))
    return float((final - initial).norm() / initial.norm()), linearization_error(network, w0, change, x)


def linearization_error(network, w0: Tensor, change: Tensor, x: Tensor) -> float:
    """See `measure`; for weights (P,) in float64.

    The linear part is a central difference: about an anchor differences of f keep their digits, so that it is as good as a
    derivative.
    """
    anchor, norm = network.anchor(w0[None], x), float(change.norm())
    if norm == 0:
        return 0.0
    part = SMALL * min(1.0, float(w0.norm()) / norm)
    ahead, behind = (anchor.at(sign * part * change[None]).f for sign in (1, -1))
    moved = anchor.at(change[None]).f
    return float((moved - (ahead - behind) / (2 * part)).norm() / moved.norm())
