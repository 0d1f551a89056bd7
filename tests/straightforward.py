"""Independent networks, written out layer by layer from the article, to compare with. For one member and one input."""

import math
from typing import NamedTuple

import torch
from torch import Tensor


def activate(name: str, p: Tensor) -> Tensor:
    """The activation of Eq. 10, or ReLU, or tanh."""
    if name == "relu":
        return math.sqrt(2) * torch.relu(p)
    if name == "tanh":
        return 1.5925374197228 * torch.tanh(p)
    return 1.40438334763187 * torch.nn.functional.softplus(p, beta=5.0, threshold=1e9)


def split(w: Tensor, sizes: list[tuple[int, ...]]) -> list[Tensor]:
    """Flat weights (P,) as tensors."""
    return [part.reshape(size) for part, size in zip(torch.split(w, [math.prod(s) for s in sizes]), sizes, strict=True)]


def jacobian(f, w: Tensor, x: Tensor) -> Tensor:
    """grad f(w, row) for each row of x (n, d), shape (n, P)."""
    return torch.stack([torch.func.jacrev(f)(w, row) for row in x])


# Exponents of h that multiply the first weights, the hidden ones and the readout (Yang and Hu, Table 1); and of the initial ones.
MULTIPLIERS = {"ntk": (0, -1 / 2, -1 / 2), "standard": (0, 0, 0), "mup": (1 / 2, 0, -1 / 2), "mean_field": (0, -1 / 2, -1)}
RATES = {"ntk": 0, "standard": -1, "mup": 0, "mean_field": 1}  # of training
DEVIATIONS = {"ntk": (0, 0, 0), "standard": (0, -1 / 2, -1 / 2), "mup": (-1 / 2, -1 / 2, -1 / 2), "mean_field": (0, 0, 0)}


class Case(NamedTuple):
    """A network: depth, width, input dimension, scale of the biases, activation, parameterization."""

    L: int
    h: int
    d: int
    bias: float
    activation: str
    parameterization: str = "ntk"

    @property
    def sizes(self) -> list[tuple[int, ...]]:
        """Shapes of the weights, then of the biases."""
        shapes = [(self.h, self.d)] + [(self.h, self.h)] * (self.L - 1) + [(1, self.h)]
        return shapes + ([(self.h,)] * self.L if self.bias else [])

    @property
    def count(self) -> int:
        """Number of parameters."""
        return sum(math.prod(shape) for shape in self.sizes)

    @property
    def rate(self) -> float:
        """Of training."""
        return self.h ** RATES[self.parameterization]

    def layers(self, w: Tensor, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Output for flat weights (P,) and one input (d,), and what enters each activation."""
        tensors, z, entered = split(w, self.sizes), x, []
        first, hidden, readout = (self.h**power for power in MULTIPLIERS[self.parameterization])
        for layer in range(self.L):
            p = tensors[layer] @ z * (hidden if layer else first / math.sqrt(self.d))
            if self.bias:
                p = p + self.bias * first * tensors[self.L + 1 + layer]
            entered.append(p)
            z = activate(self.activation, p)
        return (tensors[self.L] @ z)[0] * readout, entered

    def f(self, w: Tensor, x: Tensor) -> Tensor:
        """Output for flat weights (P,) and one input (d,)."""
        return self.layers(w, x)[0]

    def jacobian(self, w: Tensor, x: Tensor) -> Tensor:
        """grad f for each row of x (n, d), shape (n, P)."""
        return jacobian(self.f, w, x)


class Images(NamedTuple):
    """A network on images: architecture, depth, width, shape of the images, activation."""

    architecture: str
    L: int
    h: int
    shape: tuple[int, int, int]
    activation: str
    rate = 1.0

    @property
    def d(self) -> int:
        """Components of an image."""
        return math.prod(self.shape)

    @property
    def filters(self) -> list[tuple[int, int, int]]:
        """Channels in and out and filter of each convolution, in their order."""
        if self.architecture == "cnn":
            return [(self.h if k else self.shape[0], self.h, 5) for k in range(self.L)]
        found, into = [(self.shape[0], 16, 3)], 16
        for out in (self.h // 4, self.h // 2, self.h):
            for block in range((self.L - 1) // 6):
                found += [(into, out, 3), (out, out, 3)]
                if into != out or (block == 0 and out > self.h // 4):
                    found.append((into, out, 1))
                into = out
        return found

    @property
    def sizes(self) -> list[tuple[int, ...]]:
        """Shapes of the weights, then of the biases of the residual network."""
        weights = [(out, into, size, size) for into, out, size in self.filters] + [(1, self.h)]
        biases = [(out,) for _, out, _ in self.filters] + [(1,)]
        return weights + (biases if self.architecture == "wide_resnet" else [])

    @property
    def count(self) -> int:
        """Number of parameters."""
        return sum(math.prod(shape) for shape in self.sizes)

    def layers(self, w: Tensor, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Output for flat weights (P,) and one image (d,), and what enters each activation."""
        tensors, entered = split(w, self.sizes), []
        biased = self.architecture == "wide_resnet"
        W, readout = iter(tensors[: len(self.filters)]), tensors[len(self.filters)]
        B = iter(tensors[len(self.filters) + 1 :])

        def convolve(z, *, stride, padding):
            weight = next(W)
            bias = next(B) if biased else None
            return torch.nn.functional.conv2d(z, weight / math.sqrt(weight[0].numel()), bias, stride=stride, padding=padding)

        def act(p):
            entered.append(p.flatten())
            return activate(self.activation, p)

        z = x.reshape(self.shape)
        if not biased:
            for layer in range(self.L):
                z = act(convolve(z, stride=1 + (layer % 2 == 0), padding=1))
        else:
            z = convolve(z, stride=1, padding=1)
            for stage in range(3):
                for block in range((self.L - 1) // 6):
                    stride = 2 if stage > 0 and block == 0 else 1
                    out = convolve(act(z), stride=1, padding=1)
                    out = convolve(act(out), stride=stride, padding=1)
                    cut = z if out.shape == z.shape else convolve(z, stride=stride, padding=0)
                    z = math.cos(math.pi / 4) * cut + math.sin(math.pi / 4) * out
            z = act(z)
        f = (readout @ z.mean((1, 2)))[0] / math.sqrt(self.h)
        return (f + next(B)[0] if biased else f), entered

    def f(self, w: Tensor, x: Tensor) -> Tensor:
        """Output for flat weights (P,) and one image (d,)."""
        return self.layers(w, x)[0]

    def jacobian(self, w: Tensor, x: Tensor) -> Tensor:
        """grad f for each row of x (n, d), shape (n, P)."""
        return jacobian(self.f, w, x)


ACTIVATIONS = ("softplus", "relu", "tanh")
CASES = [Case(L, 5, 4, bias, activation) for L in (1, 2, 3) for bias in (0.0, 0.1) for activation in ACTIVATIONS]
CASES += [Case(L, 5, 4, 0.1, "softplus", name) for L in (1, 3) for name in ("standard", "mup", "mean_field")]
NAMES = [f"L{c.L}-{c.activation}-bias{c.bias:g}" + f"-{c.parameterization}" * (c.parameterization != "ntk") for c in CASES]
ON_IMAGES = [
    Images("cnn", 2, 3, (2, 7, 8), "softplus"),
    Images("cnn", 4, 2, (1, 20, 19), "softplus"),
    Images("cnn", 2, 3, (1, 7, 7), "relu"),
    Images("wide_resnet", 7, 4, (2, 5, 6), "softplus"),
    Images("wide_resnet", 13, 4, (1, 4, 4), "tanh"),
    Images("wide_resnet", 7, 64, (1, 3, 3), "softplus"),  # a first stage without a shortcut: 16 channels already
]
EVERY = {**dict(zip(NAMES, CASES, strict=True)), **{f"{c.architecture}-L{c.L}-h{c.h}-{c.activation}": c for c in ON_IMAGES}}


def ours(case):
    """The package's network for a case."""
    from crossover import activations, networks

    options = {"beta": 5.0} if case.activation == "softplus" else {}
    shared = {"h": case.h, "L": case.L, "activation": activations.load(case.activation, **options)}
    if isinstance(case, Case):
        return networks.load("fc", d=case.d, bias=case.bias, parameterization=case.parameterization, **shared)
    return networks.load(case.architecture, image_shape=case.shape, **shared)


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Standard normal numbers in float64."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
