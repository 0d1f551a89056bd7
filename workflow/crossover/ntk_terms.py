"""The factors that a network hands to the kernel code, and the kernel made of them: what networks, flows and `ntk` share."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor


class KernelTerm(NamedTuple):
    """One layer's part of the kernel, ``(scale z.z' + bias) (delta.delta')`` for a pair of inputs.

    z : what enters the layer, shape (..., n, in); delta : df/dp behind it, shape (..., n, out), or None for the readout,
    where it is 1; scale : 1 / fan in; bias : b^2, 0 without biases. Leading axes are members.
    """

    scale: float
    z: Tensor
    delta: Tensor | None
    bias: float


def gram(left: Sequence[KernelTerm], right: Sequence[KernelTerm], *, inputs: Tensor | None = None) -> Tensor:
    """The kernel between two sets of inputs of a network, shape (..., n, n'), from their terms.

    ``Theta(x, x') = sum_l (scale_l z^l.z'^l + b^2) (delta^l.delta'^l)`` with ``delta^l = df/dp^l``. ``inputs`` is the
    product z.z' of the first term, shape (n, n'), where it is known: it is the same for all weights.
    """
    total = 0
    for layer, (a, b) in enumerate(zip(left, right, strict=True)):
        product = a.z @ b.z.mT if layer or inputs is None else inputs
        term = product * a.scale  # (..., n, n')
        if a.bias:
            term += a.bias
        if a.delta is not None:
            term = (a.delta @ b.delta.mT).mul_(term)  # (..., n, n')
        total = term.add_(total)
    return total
