"""An independent network, written out layer by layer from the article, to compare with. For one member and one input."""

import math
from typing import NamedTuple

import torch
from torch import Tensor


class Case(NamedTuple):
    """A network: depth, width, input dimension, scale of the biases, activation."""

    L: int
    h: int
    d: int
    bias: float
    activation: str

    def act(self, p: Tensor) -> Tensor:
        """The activation of Eq. 10, or ReLU, or tanh."""
        if self.activation == "relu":
            return math.sqrt(2) * torch.relu(p)
        if self.activation == "tanh":
            return 1.5925374197228 * torch.tanh(p)
        return 1.40438334763187 * torch.nn.functional.softplus(p, beta=5.0, threshold=1e9)

    @property
    def sizes(self) -> list[tuple[int, ...]]:
        """Shapes of the weights, then of the biases."""
        shapes = [(self.h, self.d)] + [(self.h, self.h)] * (self.L - 1) + [(1, self.h)]
        return shapes + ([(self.h,)] * self.L if self.bias else [])

    @property
    def count(self) -> int:
        """Number of parameters."""
        return sum(math.prod(shape) for shape in self.sizes)

    def f(self, w: Tensor, x: Tensor) -> Tensor:
        """Output for flat weights (P,) and one input (d,)."""
        tensors, start = [], 0
        for shape in self.sizes:
            tensors.append(w[start : start + math.prod(shape)].reshape(shape))
            start += math.prod(shape)
        z = x
        for layer in range(self.L):
            p = tensors[layer] @ z / math.sqrt(len(z))
            if self.bias:
                p = p + self.bias * tensors[self.L + 1 + layer]
            z = self.act(p)
        return (tensors[self.L] @ z)[0] / math.sqrt(self.h)

    def jacobian(self, w: Tensor, x: Tensor) -> Tensor:
        """grad f for each row of x (n, d), shape (n, P)."""
        return torch.stack([torch.func.jacrev(self.f)(w, row) for row in x])


ACTIVATIONS = ("softplus", "relu", "tanh")
CASES = [Case(L, 5, 4, bias, activation) for L in (1, 2, 3) for bias in (0.0, 0.1) for activation in ACTIVATIONS]
NAMES = [f"L{c.L}-{c.activation}-bias{c.bias:g}" for c in CASES]


def ours(case: Case):
    """The package's network for a case."""
    from crossover import activations, networks

    options = {"beta": 5.0} if case.activation == "softplus" else {}
    activation = activations.load(case.activation, **options)
    return networks.load("fc", d=case.d, h=case.h, L=case.L, activation=activation, bias=case.bias)


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Standard normal numbers in float64."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
