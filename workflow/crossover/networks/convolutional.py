"""Convolutional networks: convolutions, activations and sums of them, mean over space, linear readout.

``p = W * z / sqrt(fan in) (+ B)`` for every convolution, ``f = W z / sqrt(h) (+ B)`` on the means over space; weights N(0, 1),
biases 0. An architecture says how its layers follow each other (`Convolutional.body`) and is written once; what a pass through
it computes is a `Pass`: values, differences to an anchor, or rates of change.

A member is computed by itself, in the calls in which it would be computed alone, so that its bits do not depend on its batch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod, sqrt
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d
from torch.nn.grad import conv2d_input, conv2d_weight

from crossover.activations import Activation
from crossover.networks import Flops
from crossover.networks.shapes import Convolution
from crossover.ntk_terms import ConvolutionTerm, Inputs, KernelTerm, gram

# On a GPU float32 would else mean products of 10 bits, and sums in any order.
torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.deterministic = True

MIX = sqrt(0.5)  # cos 45 = sin 45
BLOCK = 200  # inputs of a pass for kernel terms, or for outputs alone
# What flows through a pass: (value,), or (value at w0, change), or (value, rate); each (n, channels, height, width).
Value = tuple[Tensor, ...]


class _Linked(torch.autograd.Function):
    """A value with the derivative that is given for it: ``compute(source)`` gives the value and its backward map."""

    @staticmethod
    def forward(ctx, source: Tensor, compute: Callable) -> Tensor:
        value, ctx.back = compute(source)
        return value

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        return ctx.back(grad), None


def _linked(source: Tensor, compute: Callable) -> Tensor:
    """The value of ``compute``; derivatives begin behind the first layer."""
    return _Linked.apply(source, compute) if source.requires_grad else compute(source)[0].requires_grad_()


class Pass:
    """A pass through the network of one member; it keeps what the derivatives need.

    Of linear maps the parts of a value have the same; the last part carries the derivative.
    """

    def __init__(self, network: "Convolutional", tensors: list[Tensor]):
        count = len(network.convolutions)
        self.network = network
        self.W, self.B = tensors[: count + 1], tensors[count + 1 :] or [None] * (count + 1)
        self.inputs: list[Tensor] = []  # of each convolution
        self.outputs: list[Tensor] = []  # of each convolution, with its derivative

    def mix(self, a: Value, b: Value) -> Value:
        """``cos 45 a + sin 45 b``."""
        return tuple(MIX * (left + right) for left, right in zip(a, b, strict=True))

    def mean(self, z: Value) -> Value:
        """The mean over space, parts (n, channels)."""
        return tuple(part.mean((2, 3)) for part in z)

    def _convolution(self, k: int, z: Tensor, W: Tensor, B: Tensor | None = None) -> Tensor:
        c = self.network.convolutions[k]
        return conv2d(z, W * c.fan_in**-0.5, B, c.stride, c.padding)

    def _linked_convolution(self, k: int, source: Tensor, z: Tensor, W: Tensor, p: Tensor) -> Tensor:
        """The output p of a convolution with weights W on z, linked to the source that z came from."""
        c = self.network.convolutions[k]

        def back(grad: Tensor) -> Tensor:
            return conv2d_input(z.shape, W * c.fan_in**-0.5, grad, c.stride, c.padding)

        self.inputs.append(z.detach())
        self.outputs.append(_linked(source, lambda _: (p, back)))
        return self.outputs[-1]


class Values(Pass):
    """Values at some weights."""

    def convolve(self, k: int, z: Value) -> Value:
        """The convolution k."""
        p = self._convolution(k, z[0].detach(), self.W[k], self.B[k])
        return (self._linked_convolution(k, z[0], z[0], self.W[k], p),)

    def activate(self, p: Value) -> Value:
        """The activation."""

        def compute(p: Tensor) -> tuple[Tensor, Callable]:
            z, slope = self.network.activation.value_and_slope(p)
            return z, lambda grad: grad * slope

        return (_linked(p[0], compute),)

    def readout(self, z: Value) -> Tensor:
        """f, shape (n,)."""
        f = z[0] @ (self.W[-1][0] * self.network.h**-0.5)
        return f if self.B[-1] is None else f + self.B[-1]


class Recorded(Values):
    """Values at w0, written down in the order in which `Differences` asks for them."""

    def __init__(self, network: "Convolutional", tensors: list[Tensor]):
        super().__init__(network, tensors)
        self.known: list[tuple[Tensor, tuple[Tensor, ...]]] = []  # of each layer: its output, the parts of an activation

    def convolve(self, k: int, z: Value) -> Value:
        """The convolution k."""
        p = self._convolution(k, z[0], self.W[k], self.B[k])
        self.known.append((p, ()))
        return (p,)

    def activate(self, p: Value) -> Value:
        """The activation."""
        z, _ = self.network.activation.value_and_slope(p[0])
        self.known.append((z, self.network.activation.parts(p[0])))
        return (z,)


class Differences(Pass):
    """Differences to an anchor: ``dp = (dW * z + W0 * dz) / sqrt(fan in)`` keeps its digits where dW is small."""

    def __init__(self, network: "Convolutional", initial: list[Tensor], change: list[Tensor], known: list):
        super().__init__(network, change)
        self.W0, self.known = initial[: len(self.W)], iter(known)

    def convolve(self, k: int, z: Value) -> Value:
        """The convolution k."""
        p0, _ = next(self.known)
        z0, source = z[0], z[-1]
        if k == 0:  # the input is the same at all weights
            return p0, self._linked_convolution(k, z0, z0, self.W[k], self._convolution(k, z0, self.W[k], self.B[k]))
        dz = source.detach()
        here = z0 + dz
        dp = self._convolution(k, here, self.W[k], self.B[k]) + self._convolution(k, dz, self.W0[k])
        return p0, self._linked_convolution(k, source, here, self.W0[k] + self.W[k], dp)

    def activate(self, p: Value) -> Value:
        """The activation."""
        z0, parts = next(self.known)

        def compute(dp: Tensor) -> tuple[Tensor, Callable]:
            dz, slope = self.network.activation.difference_and_slope(parts, dp)
            return dz, lambda grad: grad * slope

        return z0, _linked(p[1], compute)

    def readout(self, z: Value) -> Tensor:
        """f(w0 + dw) - f(w0), shape (n,)."""
        z0, dz = z
        dW, W0 = (W[-1][0] * self.network.h**-0.5 for W in (self.W, self.W0))
        f = (z0 + dz) @ dW + dz @ W0
        return f if self.B[-1] is None else f + self.B[-1]


class Entered(Pass):
    """Values, and what enters each activation."""

    def __init__(self, network: "Convolutional", tensors: list[Tensor]):
        super().__init__(network, tensors)
        self.preactivations: list[Tensor] = []

    def convolve(self, k: int, z: Value) -> Value:
        """The convolution k."""
        return (self._convolution(k, z[0], self.W[k], self.B[k]),)

    def activate(self, p: Value) -> Value:
        """The activation."""
        self.preactivations.append(p[0])
        z, _ = self.network.activation.value_and_slope(p[0])
        return (z,)


class Rates(Pass):
    """Values and their rates of change while the weights change at a rate: forward-mode derivatives."""

    def __init__(self, network: "Convolutional", tensors: list[Tensor], rate: list[Tensor]):
        super().__init__(network, tensors)
        self.moving = Pass(network, rate)
        self.preactivations: list[Tensor] = []  # their rates

    def convolve(self, k: int, z: Value) -> Value:
        """The convolution k."""
        rate = self._convolution(k, z[0], self.moving.W[k], self.moving.B[k])
        if k:
            rate = rate + self._convolution(k, z[1], self.W[k])
        return self._convolution(k, z[0], self.W[k], self.B[k]), rate

    def activate(self, p: Value) -> Value:
        """The activation."""
        self.preactivations.append(p[1])
        z, slope = self.network.activation.value_and_slope(p[0])
        return z, slope * p[1]


@dataclass(frozen=True)
class Convolutional:
    """Network on images of ``image_shape`` (channels, height, width), given as rows of d components; see `crossover.networks`.

    ``h`` is the number of channels that are read out; ``body(convolutions, layers, z)`` leads a value through the layers.
    """

    image_shape: tuple[int, int, int]
    h: int
    convolutions: tuple[Convolution, ...]
    bias: bool
    activation: Activation
    body: Callable[[tuple[Convolution, ...], Pass, Value], Value]
    spans = False
    rate = output_scale = 1.0  # 1 / sqrt(fan in) everywhere

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the weights of each convolution and of the readout, then of their biases where there are."""
        weights = [(c.out, c.into, c.kernel, c.kernel) for c in self.convolutions]
        biases = [(c.out,) for c in self.convolutions] + [(1,)] if self.bias else []
        return [*weights, (1, self.h), *biases]

    @property
    def layers(self) -> list[int]:
        """Layer of each tensor of `shapes`."""
        layers = [c.layer for c in self.convolutions]
        return [*layers, max(layers) + 1] * (1 + self.bias)

    def draw(self, generator: np.random.Generator) -> Tensor:
        """Initial weights of one member, shape (P,), float64."""
        drawn = [generator.standard_normal(prod(shape)) if len(shape) > 1 else np.zeros(shape) for shape in self.shapes]
        return torch.from_numpy(np.concatenate(drawn))

    def split(self, w: Tensor) -> list[Tensor]:
        """The tensors of the flat weights (P,) of one member."""
        parts = torch.split(w, [prod(shape) for shape in self.shapes])
        return [part.view(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def images(self, x: Tensor) -> Tensor:
        """Inputs (n, d) as images (n, channels, height, width)."""
        return x.unflatten(1, self.image_shape)

    def flops(self, n: int) -> Flops:
        """Multiplications and additions of one member on n patterns, convolutions included; see `crossover.networks`."""
        of_pass = [2 * n * c.weights * c.places for c in self.convolutions]
        hidden, readout = sum(of_pass[1:]), 2 * n * self.h
        count = sum(prod(shape) for shape in self.shapes)
        return Flops(
            evaluation=2 * of_pass[0] + 4 * hidden + 3 * readout,
            kernel=2 * n**2 * count + hidden + 2 * sum(of_pass),  # products, deltas, gradients of both sides
            activations=n * sum(c.out * c.places for c in self.convolutions if not c.is_shortcut),
        )

    def through(self, layers: Pass, z: Value) -> Value:
        """The means over space of what comes out of the last layer, parts (n, h)."""
        return layers.mean(self.body(self.convolutions, layers, z))

    def at(self, w: Tensor, x: Tensor) -> "At":
        """The network at weights w (member, P) on inputs x (n, d)."""
        z = (self.images(x),)
        return At.of([Member.of(Values(self, self.split(each)), z) for each in w])

    def anchor(self, w0: Tensor, x: Tensor) -> "Anchor":
        """The network about weights w0 (member, P) on inputs x (n, d)."""
        recorded = [Recorded(self, self.split(w)) for w in w0]
        for layers in recorded:
            self.body(self.convolutions, layers, (self.images(x),))
        return Anchor(self, w0, x, [layers.known for layers in recorded])

    def outputs(self, w: Tensor, x: Tensor) -> Tensor:
        """f(w, x), shape (member, n); of some inputs at a time, since a pass holds what derivatives need."""
        return torch.cat([self.at(w, block).f for block in x.split(BLOCK)], dim=1)

    def kernel_terms(self, w: Tensor, x: Tensor) -> list[KernelTerm | ConvolutionTerm]:
        """The terms of the tangent kernel of one member with weights w, shape (P,); see `crossover.ntk`.

        Made of some inputs at a time: what a pass holds is several times what the terms keep of it.
        """
        blocks = [self.at(w[None], block).members[0].kernel_terms() for block in x.split(BLOCK)]
        return [terms[0].joined(terms) for terms in zip(*blocks, strict=True)]

    def preactivations(self, w: Tensor, x: Tensor) -> list[Tensor]:
        """What enters each activation for weights w (member, P) on inputs x (n, d), (member, n, units) each."""
        return self._entering([Entered(self, self.split(each)) for each in w], x)

    def preactivation_rates(self, w: Tensor, rate: Tensor, x: Tensor) -> list[Tensor]:
        """Rates of what enters each activation while w changes at ``rate``, both (member, P): (member, n, units) each."""
        return self._entering(
            [Rates(self, self.split(each), self.split(moving)) for each, moving in zip(w, rate, strict=True)], x
        )

    def _entering(self, members: list["Entered | Rates"], x: Tensor) -> list[Tensor]:
        """What the passes of members note of each activation, (member, n, units) each."""
        for layers in members:
            self.body(self.convolutions, layers, (self.images(x),))
        return [torch.stack(layer).flatten(2) for layer in zip(*(layers.preactivations for layers in members), strict=True)]


class Member(NamedTuple):
    """One member at some weights: output (n,), means over space (n, h), and the pass that led there."""

    layers: Pass
    features: Tensor
    f: Tensor

    @classmethod
    def of(cls, layers: Pass, z: Value) -> "Member":
        """The member after the pass of an input."""
        features = layers.network.through(layers, z)
        return cls(layers, sum(part.detach() for part in features), layers.readout(features))

    def _deltas(self, v: Tensor) -> tuple[Tensor, ...]:
        """df/dp of each convolution times v (n,), shapes of the outputs."""
        return torch.autograd.grad(self.f, self.layers.outputs, v, retain_graph=True)

    def pullback(self, v: Tensor) -> Tensor:
        """``sum_mu v_mu grad f(x_mu)``, shape (P,)."""
        network, deltas = self.layers.network, self._deltas(v)
        parts = []
        for c, z, delta, shape in zip(network.convolutions, self.layers.inputs, deltas, network.shapes, strict=False):
            parts.append(c.fan_in**-0.5 * conv2d_weight(z, shape, delta, c.stride, c.padding))
        parts.append(network.h**-0.5 * (v @ self.features))
        if network.bias:
            parts += [*(delta.sum((0, 2, 3)) for delta in deltas), v.sum()[None]]
        return torch.cat([part.flatten() for part in parts])

    def kernel_terms(self) -> list[KernelTerm | ConvolutionTerm]:
        """The terms of the tangent kernel, see `crossover.ntk_terms`."""
        network, bias = self.layers.network, float(self.layers.network.bias)
        terms = []
        for c, z, delta in zip(network.convolutions, self.layers.inputs, self._deltas(torch.ones_like(self.f)), strict=True):
            terms.append(ConvolutionTerm(1 / c.fan_in, z, delta, bias, c.kernel, c.stride, c.padding))
        return [*terms, KernelTerm(1 / network.h, self.features, None, bias)]


class At(NamedTuple):
    """A network at some weights: its output, and what the derivatives need.

    f is the output, or its difference to that of an `Anchor`, shape (member, n).
    """

    f: Tensor
    members: list[Member]

    @staticmethod
    def of(members: list[Member]) -> "At":
        """The members together."""
        return At(torch.stack([member.f.detach() for member in members]), members)

    def select(self, members: Tensor) -> "At":
        """The network of some of the members."""
        return At(self.f[members], _some(self.members, members))

    def pullback(self, v: Tensor) -> Tensor:
        """``sum_mu v_mu grad f(x_mu)`` for v of shape (member, n), shape (member, P)."""
        return torch.stack([member.pullback(row) for member, row in zip(self.members, v, strict=True)])

    def kernel(self, inputs: Inputs) -> Tensor:
        """Theta on the inputs, shape (member, n, n); products of the inputs are of no use here."""
        del inputs
        return torch.stack([gram(each, each) for each in map(Member.kernel_terms, self.members)])

    def kernel_with(self, other: "At") -> Tensor:
        """Theta between the inputs and those of the network at the same weights on ``other`` inputs, (member, n, n')."""
        sides = (map(Member.kernel_terms, at.members) for at in (self, other))
        return torch.stack([gram(*pair) for pair in zip(*sides, strict=True)])


def _some(values: list, members: Tensor) -> list:
    """The values of some of the members, positions or a mask."""
    return [values[k] for k in torch.arange(len(values), device=members.device)[members].tolist()]


class Anchor(NamedTuple):
    """A network about fixed weights w0, for changes of the weights; see `crossover.networks.fc.Anchor`."""

    network: Convolutional
    w0: Tensor  # (member, P)
    x: Tensor  # (n, d)
    known: list[list]  # of each member: `Recorded`

    def select(self, members: Tensor) -> "Anchor":
        """The anchor of some of the members."""
        return self._replace(w0=self.w0[members], known=_some(self.known, members))

    def at(self, dw: Tensor) -> At:
        """The network at w0 + dw with ``f = f(w0 + dw) - f(w0)``, for dw of shape (member, P)."""
        network, z = self.network, (self.network.images(self.x),)
        each = zip(map(network.split, self.w0), map(network.split, dw), self.known, strict=True)
        return At.of([Member.of(Differences(network, *parts), z) for parts in each])
