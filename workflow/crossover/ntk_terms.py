"""The factors that a network hands to the kernel code: the only thing the two share."""

from typing import NamedTuple

from torch import Tensor


class KernelTerm(NamedTuple):
    """One layer's part of the kernel, ``(scale z.z' + bias) (delta.delta')`` for a pair of inputs.

    z : what enters the layer, shape (n, in); delta : df/dp behind it, shape (n, out), or None for the readout, where it
    is 1; scale : 1 / fan in; bias : b^2, 0 without biases.
    """

    scale: float
    z: Tensor
    delta: Tensor | None
    bias: float
