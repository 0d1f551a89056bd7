"""Fully connected network of constant width (Section 2, Eqs. 11-14).

``p^1 = W^0 x / sqrt(d)``, ``p^(l+1) = W^l z^l / sqrt(h)``, ``z^l = act(p^l)``, ``f = W^L z^L / sqrt(h)``, all weights
N(0, 1). With a bias b > 0 each hidden preactivation gains ``b B^l``, B^l starting at 0 (Appendix J).

Another `parameterization` has other powers of h there, in the initial weights, and in the rate of training: biases have that of
the first weights, which they are with 1 as input.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod, sqrt
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from crossover.activations import Activation, Parts
from crossover.networks import Flops
from crossover.networks.parameterization import Parameterization, checked
from crossover.ntk_terms import Inputs, KernelTerm, gram


@dataclass(frozen=True)
class FullyConnected:
    """Network of ``L`` hidden layers of width ``h`` on inputs of dimension ``d``; see `crossover.networks`.

    ``fan_in`` is the d of ``W^0 x / sqrt(d)``; it differs from the dimension only in `on_span`.
    """

    d: int
    fan_in: int
    h: int
    L: int
    activation: Activation
    bias: float
    parameterization: Parameterization
    spans = True

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of W^0, ..., W^L, and of B^1, ..., B^L when there are biases."""
        weights = [(self.h, self.d), *[(self.h, self.h)] * (self.L - 1), (1, self.h)]
        return weights + ([(self.h,)] * self.L if self.bias else [])

    @property
    def layers(self) -> list[int]:
        """Layer of each tensor of `shapes`."""
        return [*range(self.L + 1), *(range(self.L) if self.bias else [])]

    def draw(self, generator: np.random.Generator) -> Tensor:
        """Initial weights of one member, shape (P,), float64."""
        sizes = [prod(shape) for shape in self.shapes]
        deviations = np.repeat(self._powers(self.parameterization.b), sizes[: self.L + 1])
        weights = deviations * generator.standard_normal(sum(sizes[: self.L + 1]))
        return torch.from_numpy(np.concatenate([weights, np.zeros(sum(sizes[self.L + 1 :]))]))

    def on_span(self, basis: Tensor) -> "FullyConnected":
        """The same network on inputs given by their components on an orthonormal ``basis``, shape (d, r).

        Gradient flow moves W^0 in the span of the training inputs alone, so for n < d training in that span is exact and
        its first layer costs n instead of d. Measured for an evaluation with gradient, 8 members, one core, d = 784, L = 3:
        2.1 to 1.7 times faster at n = 200, h = 20 to 80; 1.2 times at n = 500, h = 80.
        """
        return replace(self, d=basis.shape[1])

    def to_span(self, w: Tensor, basis: Tensor) -> Tensor:
        """Weights (member, P) for `on_span`: each row of W^0 by its components on the basis."""
        first = self.h * self.d
        projected = w[:, :first].unflatten(1, (self.h, self.d)) @ basis  # (member, h, r)
        return torch.cat([projected.flatten(1), w[:, first:]], dim=1)

    def from_span(self, change: Tensor, basis: Tensor) -> Tensor:
        """A change of the weights of `on_span` as one of this network's, (member, P): what lies outside the span is 0."""
        first = self.h * basis.shape[1]
        lifted = change[:, :first].unflatten(1, (self.h, basis.shape[1])) @ basis.mT  # (member, h, d)
        return torch.cat([lifted.flatten(1), change[:, first:]], dim=1)

    def split(self, w: Tensor) -> list[Tensor]:
        """The tensors of flat weights (member, P), each (member, *shape)."""
        parts = torch.split(w, [prod(shape) for shape in self.shapes], dim=1)
        return [part.unflatten(1, shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def _powers(self, exponents: tuple[float, float, float]) -> list[float]:
        """``h^-exponent`` of each layer of weights."""
        first, hidden, readout = (1 / sqrt(self.h) ** (2 * exponent) for exponent in exponents)
        return [first, *[hidden] * (self.L - 1), readout]

    @property
    def scales(self) -> list[float]:
        """What multiplies each W, ``h^-a``: 1 / sqrt(fan in), the first one over sqrt(d)."""
        first, *others = self._powers(self.parameterization.a)
        return [first / sqrt(self.fan_in), *others]

    @property
    def bias_scale(self) -> float:
        """What multiplies each B: b, and h^-a of the first weights."""
        return self.bias / self.h ** self.parameterization.a[0]

    @property
    def rate(self) -> float:
        """Of training, ``dw/dt = -rate grad L``: h^-c."""
        return 1 / self.h**self.parameterization.c

    @property
    def output_scale(self) -> float:
        """See `Parameterization`."""
        return self.parameterization.output_scale(self.h)

    def flops(self, n: int) -> Flops:
        """Multiplications and additions of one member on n patterns, products of matrices alone; see `crossover.networks`."""
        first, hidden, readout = n * self.d * self.h, n * (self.L - 1) * self.h**2, n * self.h
        return Flops(
            evaluation=2 * (2 * first + 4 * hidden + 3 * readout),  # values and their differences; deltas; gradients
            kernel=2 * n**2 * (2 * self.L * self.h) + 2 * hidden,  # values and deltas of each layer; deltas
            activations=n * self.L * self.h,
        )

    def at(self, w: Tensor, x: Tensor) -> "At":
        """The network at weights w (member, P) on inputs x (n, d)."""
        tensors = self.split(w)
        z = x.expand(len(w), *x.shape)  # (member, n, d)
        inputs, slopes = [z], []
        for layer in range(self.L):
            z, slope = self.activation.value_and_slope(self._preactivation(layer, z, tensors))
            inputs.append(z)
            slopes.append(slope)
        return At(self, _readout(z, tensors[self.L], self.scales[self.L]), tensors, inputs, slopes)

    def _preactivation(self, layer: int, z: Tensor, tensors: list[Tensor]) -> Tensor:
        """p^(layer+1), shape (member, n, h)."""
        p = self.scales[layer] * torch.bmm(z, tensors[layer].mT)
        return p + self.bias_scale * tensors[self.L + 1 + layer][:, None, :] if self.bias else p

    def anchor(self, w0: Tensor, x: Tensor) -> "Anchor":
        """The network about weights w0 (member, P) on inputs x (n, d)."""
        tensors = self.split(w0)
        z = x.expand(len(w0), *x.shape)
        values, parts = [], []
        for layer in range(self.L):
            p = self._preactivation(layer, z, tensors)
            z, _ = self.activation.value_and_slope(p)
            values.append(z)
            parts.append(self.activation.parts(p))
        return Anchor(self, w0, x, tuple(values), tuple(parts))

    def outputs(self, w: Tensor, x: Tensor) -> Tensor:
        """f(w, x), shape (member, n)."""
        return self.at(w, x).f

    def preactivations(self, w: Tensor, x: Tensor) -> list[Tensor]:
        """p^1, ..., p^L for weights w (member, P) on inputs x (n, d), (member, n, h) each."""
        tensors, z, found = self.split(w), x.expand(len(w), *x.shape), []
        for layer in range(self.L):
            found.append(self._preactivation(layer, z, tensors))
            z, _ = self.activation.value_and_slope(found[-1])
        return found

    def preactivation_rates(self, w: Tensor, rate: Tensor, x: Tensor) -> list[Tensor]:
        """Rates of p^1, ..., p^L while w changes at ``rate``, both (member, P): forward-mode derivatives, (member, n, h) each.

        ``dp^(l+1)/dt = (dW^l/dt z^l + W^l dz^l/dt) / sqrt(fan in)`` (Section 4, before Eq. 22).
        """
        tensors, moving = self.split(w), self.split(rate)
        z, dz, found = x.expand(len(w), *x.shape), None, []
        for layer in range(self.L):
            dp = self._preactivation(layer, z, moving)
            if dz is not None:
                dp = dp + _product(dz, tensors[layer], self.scales[layer])
            z, slope = self.activation.value_and_slope(self._preactivation(layer, z, tensors))
            dz = slope * dp
            found.append(dp)
        return found

    def kernel_terms(self, w: Tensor, x: Tensor) -> list[KernelTerm]:
        """The terms of the tangent kernel of one member with weights w, shape (P,); see `crossover.ntk`."""
        terms = self.at(w[None], x).kernel_terms()
        return [t._replace(z=t.z[0], delta=None if t.delta is None else t.delta[0]) for t in terms]


class At(NamedTuple):
    """A network at some weights: its output, and what the derivatives need.

    f is the output, or its difference to that of an `Anchor`, shape (member, n).
    """

    network: FullyConnected
    f: Tensor
    tensors: list[Tensor]  # of the weights
    inputs: list[Tensor]  # of each layer, (member, n, in)
    slopes: list[Tensor]  # of each activation, (member, n, h)

    def select(self, members: Tensor) -> "At":
        """The network of some of the members; what enters its first layer is the same for all, without a copy."""
        f, (x, *inputs) = self.f[members], self.inputs
        tensors, inputs, slopes = ([part[members] for part in parts] for parts in (self.tensors, inputs, self.slopes))
        return At(self.network, f, tensors, [x[:1].expand(len(f), -1, -1), *inputs], slopes)

    def _deltas(self, v: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Layer and df/dp behind it times v (member, n, 1), shape (member, n, out), from the readout down."""
        scales, delta = self.network.scales, v
        for layer in range(self.network.L, -1, -1):
            yield layer, delta
            if layer:
                back = torch.bmm(delta, self.tensors[layer]) if layer < self.network.L else delta * self.tensors[layer]
                delta = back.mul_(self.slopes[layer - 1]).mul_(scales[layer])  # (member, n, h)

    def pullback(self, v: Tensor) -> Tensor:
        """``sum_mu v_mu grad f(x_mu)`` for v of shape (member, n), shape (member, P)."""
        weights, biases = [], []
        for layer, delta in self._deltas(v[:, :, None]):
            # a readout's delta as a row: transposed columns round by the place in the batch
            rows = delta.mT if layer < self.network.L else delta[:, :, 0][:, None, :]
            weights.append(self.network.scales[layer] * torch.bmm(rows, self.inputs[layer]))  # (member, out, in)
            if self.network.bias and layer < self.network.L:
                biases.append(self.network.bias_scale * delta.sum(1))  # (member, h)
        return torch.cat([part.flatten(1) for part in [*weights[::-1], *biases[::-1]]], dim=1)

    def kernel_terms(self) -> list[KernelTerm]:
        """The L + 1 terms of the tangent kernel with a member axis, see `crossover.ntk_terms`."""
        scales, b2 = self.network.scales, self.network.bias_scale**2
        terms = []
        for layer, delta in self._deltas(torch.ones_like(self.f)[:, :, None]):
            readout = layer == self.network.L
            terms.append(KernelTerm(scales[layer] ** 2, self.inputs[layer], None if readout else delta, 0.0 if readout else b2))
        return terms[::-1]

    def kernel(self, inputs: Inputs) -> Tensor:
        """Theta on the inputs, shape (member, n, n)."""
        terms = self.kernel_terms()
        return gram(terms, terms, inputs=inputs.gram)

    def kernel_with(self, other: "At") -> Tensor:
        """Theta between the inputs and those of the network at the same weights on ``other`` inputs, (member, n, n')."""
        return gram(self.kernel_terms(), other.kernel_terms())


class Anchor(NamedTuple):
    """A network about fixed weights w0, for changes of the weights.

    Differences are carried through the layers, ``dp = (z dW + dz W0) / sqrt(fan in)``, so that ``f(w0 + dw) - f(w0)`` keeps
    its digits where dw is small: float32 is then enough at every alpha.
    """

    network: FullyConnected
    w0: Tensor  # (member, P)
    x: Tensor  # (n, d)
    values: tuple[Tensor, ...]  # z of each hidden layer at w0, (member, n, h)
    parts: tuple[Parts, ...]  # of its preactivations

    def select(self, members: Tensor) -> "Anchor":
        """The anchor of some of the members."""
        parts = tuple(tuple(part[members] for part in layer) for layer in self.parts)
        return self._replace(w0=self.w0[members], values=tuple(z[members] for z in self.values), parts=parts)

    def on_span(self, basis: Tensor) -> "Anchor":
        """The same for changes of the weights of `FullyConnected.on_span`; the inputs need not lie in the span."""
        network = self.network.on_span(basis)
        return self._replace(network=network, w0=self.network.to_span(self.w0, basis), x=self.x @ basis)

    def at(self, dw: Tensor) -> At:
        """The network at w0 + dw with ``f = f(w0 + dw) - f(w0)``, for dw of shape (member, P)."""
        network, scales = self.network, self.network.scales
        initial, change = network.split(self.w0), network.split(dw)
        z, dz = self.x.expand(len(dw), *self.x.shape), None
        inputs, slopes = [z], []
        for layer in range(network.L):
            dp = _product(z, change[layer], scales[layer])
            if dz is not None:
                dp = torch.baddbmm(dp, dz, initial[layer].mT, alpha=scales[layer])
            if network.bias:
                dp = dp + network.bias_scale * change[network.L + 1 + layer][:, None, :]
            dz, slope = network.activation.difference_and_slope(self.parts[layer], dp)
            z = self.values[layer] + dz
            inputs.append(z)
            slopes.append(slope)
        df = _readout(z, change[network.L], scales[-1]) + _readout(dz, initial[network.L], scales[-1])
        return At(network, df, network.split(self.w0 + dw), inputs, slopes)


def _readout(z: Tensor, W: Tensor, scale: float) -> Tensor:
    """The product scale W z for W of shape (member, 1, h), shape (member, n).

    A row times matrices rounds the same in every batch.
    """
    return scale * torch.bmm(W, z.mT)[:, 0, :]


def _product(z: Tensor, W: Tensor, scale: float) -> Tensor:
    """Scale z W', for z of shape (member, n, in) and W of shape (member, out, in)."""
    return torch.baddbmm(z.new_zeros(()), z, W.mT, beta=0, alpha=scale)


def make(*, d: int, h: int, L: int, activation: Activation, bias: float, parameterization: str | dict = "ntk") -> FullyConnected:
    """A fully connected network; its parameterization by name or by exponents (`parameterization.checked`)."""
    return FullyConnected(d, d, h, L, activation, bias, checked(parameterization))
