"""The factors that a network hands to the kernel code, and the kernel made of them: what networks, flows and `ntk` share."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import unfold

# Of the gradients of a convolution that are held at once, and of the patches that they are made of; in the numbers they are
# seen as rounding. Measured: patches of 2e8 instead of 2e7 bytes made gradients 4 times slower, the memory being new each time.
GRADIENT_BYTES = 2.5e8
PATCH_BYTES = 2e7


class KernelTerm(NamedTuple):
    """One layer's part of the kernel, ``(scale z.z' + bias) (delta.delta')`` for a pair of inputs.

    z : what enters the layer, shape (..., n, in); delta : df/dp behind it, shape (..., n, out), or None for the readout,
    where it is 1; scale : 1 / fan in; bias : b^2, 0 without biases. Leading axes are members.
    """

    scale: float
    z: Tensor
    delta: Tensor | None
    bias: float

    def rows(self, chosen: slice) -> "KernelTerm":
        """The term on some of the inputs of one member."""
        return self._replace(z=self.z[chosen], delta=None if self.delta is None else self.delta[chosen])

    @staticmethod
    def joined(terms: Sequence["KernelTerm"]) -> "KernelTerm":
        """The term on the inputs of all of the terms, each of one member."""
        delta = None if terms[0].delta is None else torch.cat([t.delta for t in terms])
        return terms[0]._replace(z=torch.cat([t.z for t in terms]), delta=delta)

    def product(self, other: "KernelTerm", inputs: Tensor | None) -> Tensor:
        """The part of the kernel, shape (..., n, n'); ``inputs`` is z.z' where it is known."""
        term = (self.z @ other.z.mT if inputs is None else inputs) * self.scale  # (..., n, n')
        if self.bias:
            term += self.bias
        if self.delta is not None:
            term = (self.delta @ other.delta.mT).mul_(term)  # (..., n, n')
        return term

    def squares(self) -> Tensor:
        """``|df/dW|^2`` of each input, biases left out, shape (..., n): ``scale |z|^2 |delta|^2``."""
        found = self.scale * self.z.square().sum(-1)
        return found if self.delta is None else found * self.delta.square().sum(-1)


class ConvolutionTerm(NamedTuple):
    """A convolution's part of the kernel of one member: products of the gradients of its weights, taken in blocks of inputs.

    z : what enters, shape (n, in, height, width); delta : df/dp behind it, shape (n, out, height', width'); scale : 1 / fan in;
    bias : b^2, 0 without biases. The gradient of an input sums ``delta patch'`` over places: h times smaller kernels of places
    would need the square of their number.
    """

    scale: float
    z: Tensor
    delta: Tensor
    bias: float
    kernel: int
    stride: int
    padding: int

    def rows(self, chosen: slice) -> "ConvolutionTerm":
        """The term on some of the inputs."""
        return self._replace(z=self.z[chosen], delta=self.delta[chosen])

    @staticmethod
    def joined(terms: Sequence["ConvolutionTerm"]) -> "ConvolutionTerm":
        """The term on the inputs of all of the terms."""
        return terms[0]._replace(z=torch.cat([t.z for t in terms]), delta=torch.cat([t.delta for t in terms]))

    def gradients(self) -> Tensor:
        """Of each input the sum of ``delta patch'`` over the places, shape (n, weights)."""
        (n, into), out, places = self.z.shape[:2], self.delta.shape[1], self.delta[0, 0].numel()
        found = self.z.new_empty(n, out, into * self.kernel**2)
        for some in _blocks(n, PATCH_BYTES, into * self.kernel**2 * places * self.z.element_size()):
            patches = unfold(self.z[some], self.kernel, padding=self.padding, stride=self.stride)  # (n, in kernel^2, places)
            torch.bmm(self.delta[some].flatten(2), patches.mT, out=found[some])
        return found.flatten(1)

    def product(self, other: "ConvolutionTerm", inputs: Tensor | None) -> Tensor:
        """The part of the kernel, shape (n, n'); products of inputs are of no use."""
        del inputs
        of_input = self.delta.shape[1] * self.z.shape[1] * self.kernel**2 * self.z.element_size()
        term = self.z.new_empty(len(self.z), len(other.z))
        for left in _blocks(len(self.z), GRADIENT_BYTES, of_input):
            mine = self.rows(left).gradients()
            for right in _blocks(len(other.z), GRADIENT_BYTES / 8, of_input):
                term[left, right] = mine @ other.rows(right).gradients().mT
        term *= self.scale
        if self.bias:
            term += self.bias * (self.delta.sum((2, 3)) @ other.delta.sum((2, 3)).mT)
        return term

    def squares(self) -> Tensor:
        """``|df/dW|^2`` of each input, biases left out, shape (n,)."""
        of_input = self.delta.shape[1] * self.z.shape[1] * self.kernel**2 * self.z.element_size()
        blocks = _blocks(len(self.z), GRADIENT_BYTES, of_input)
        return self.scale * torch.cat([self.rows(some).gradients().square().sum(1) for some in blocks])


def _blocks(n: int, limit: float, of_one: int) -> list[slice]:
    """Slices of n inputs, each of at most ``limit`` bytes, or of one input."""
    size = max(1, int(limit / of_one))
    return [slice(start, start + size) for start in range(0, n, size)]


Terms = Sequence[KernelTerm | ConvolutionTerm]


class Inputs:
    """Inputs (n, d), and their Gram matrix (n, n) once a kernel asks for it."""

    def __init__(self, x: Tensor):
        self.x = x

    @cached_property
    def gram(self) -> Tensor:
        """X x'."""
        return self.x @ self.x.mT


def gram(left: Terms, right: Terms, *, inputs: Tensor | None = None) -> Tensor:
    """The kernel between two sets of inputs of a network, shape (..., n, n'), from their terms.

    ``Theta(x, x') = sum_l (scale_l z^l.z'^l + b^2) (delta^l.delta'^l)`` with ``delta^l = df/dp^l``. ``inputs`` is the
    product z.z' of the first term, shape (n, n'), where it is known: it is the same for all weights.
    """
    total = 0
    for layer, (a, b) in enumerate(zip(left, right, strict=True)):
        total = a.product(b, None if layer else inputs).add_(total)
    return total
