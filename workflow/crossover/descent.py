"""Full-batch gradient descent of a batch of networks on squares, its linearisation, and what both move.

The loss is ``1/2 mean_mu (f - f0 - y)^2`` with the output f0 at the start. A step is ``w <- w - eta rate grad loss`` with the
``rate`` h^-c of the network's parametrisation: to first order it multiplies the residual by ``1 - eta K / n``, with the kernel
``K = rate Theta``. Networks and their anchors are those of `crossover.networks`; arrays are torch's, the member axis first.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from crossover.ntk_terms import Inputs


class Moved(NamedTuple):
    """Members behind a number of steps: change of their weights (member, P), and f - f0 on the training inputs (member, n)."""

    step: int
    dw: Tensor
    df: Tensor


def descend(anchor, y: Tensor, *, learning_rate: Tensor | float) -> Iterator[Moved]:
    """Gradient descent without end: the members behind 0, 1, 2, ... steps.

    Parameters
    ----------
    anchor : of a network, or `Linearized`, about the weights at the start on the training inputs
    y : what f - f0 should become, (n,); learning_rate : eta, a number or one of each member, (member,)
    """
    rate = torch.as_tensor(learning_rate, dtype=y.dtype, device=y.device).expand(len(anchor.w0))[:, None] * anchor.network.rate
    dw, step = torch.zeros_like(anchor.w0), 0
    while True:
        at = anchor.at(dw)
        yield Moved(step, dw, at.f)
        dw, step = torch.addcmul(dw, rate, at.pullback((at.f - y) / len(y)), value=-1), step + 1


def at_steps(path: Iterator[Moved], steps: list[int]) -> Iterator[Moved]:
    """The members behind each of the ``steps``, rising."""
    wanted = set(steps)
    return (moved for moved in islice(path, max(steps) + 1) if moved.step in wanted)


def loss_of(df: Tensor, y: Tensor) -> Tensor:
    """``mean_mu (f - f0 - y)^2``, shape (member,): 1 at the start where labels are +-1."""
    return (df - y).square().mean(-1)


def span(x: Tensor) -> Tensor:
    """An orthonormal basis (d, min(n, d)) of the span of inputs (n, d), in which descent on them moves the first weights."""
    return torch.linalg.qr(x.mT.double()).Q.to(x.dtype)


class Linearized(NamedTuple):
    """The first-order expansion of a network in its weights about w0 (member, P) on inputs x (n, d), an anchor for `descend`."""

    network: object
    w0: Tensor
    x: Tensor

    def at(self, dw: Tensor) -> "Tangent":
        """The expansion at w0 + dw: ``f = grad f(w0).dw`` by forward-mode differentiation; its gradients are those at w0."""
        _, change = torch.func.jvp(lambda w: self.network.outputs(w, self.x), (self.w0,), (dw,))
        return Tangent(change, self.network.at(self.w0, self.x))


class Tangent(NamedTuple):
    """An expansion at some weights: ``f`` (member, n), and the network at w0."""

    f: Tensor
    start: object

    def pullback(self, v: Tensor) -> Tensor:
        """``sum_mu v_mu grad f(x_mu)`` at w0, for v of shape (member, n), shape (member, P)."""
        return self.start.pullback(v)


class Measures(NamedTuple):
    """What members have moved by since the start.

    weights : |W - W0| of the parameters themselves, whatever multiplies them; relative : that over |W0|; (member, layer)
    neuron, layer : change of the last hidden activations: of one, RMS over neurons and inputs; norm of all, RMS over inputs
    kernel : |K - K0| / |K0| (Frobenius); taylor : |f - its first-order expansion at these weights| / |f - f0|; (member,)
    """

    weights: Tensor
    relative: Tensor
    neuron: Tensor
    layer: Tensor
    kernel: Tensor
    taylor: Tensor


def measure(network, w0: Tensor, dw: Tensor, x: Tensor) -> Measures:
    """What members at w0 + dw, both (member, P), have moved by on inputs x (n, d); not finite where they diverged."""
    norms, starts = (torch.stack([part.flatten(1).norm(dim=1) for part in network.split(w)], 1) for w in (dw, w0))
    before, after = network.at(w0, x), network.at(w0 + dw, x)
    change = (after.inputs[-1] - before.inputs[-1]).square()  # (member, n, h)
    kernels = [at.kernel(Inputs(x)).flatten(1) for at in (before, after)]
    df, expanded = (anchor.at(dw).f for anchor in (network.anchor(w0, x), Linearized(network, w0, x)))
    return Measures(
        norms,
        norms / starts,
        change.mean((1, 2)).sqrt(),
        change.sum(2).mean(1).sqrt(),
        (kernels[1] - kernels[0]).norm(dim=1) / kernels[0].norm(dim=1),
        (df - expanded).norm(dim=1) / df.norm(dim=1),
    )


def kernel(network, w: Tensor, x: Tensor) -> Tensor:
    """``K = rate Theta`` on inputs x (n, d), shape (member, n, n): what descent multiplies residuals by."""
    return network.rate * network.at(w, x).kernel(Inputs(x))


def edge(kernels: Tensor) -> Tensor:
    """``2 / lambda_max(K / n)``, shape (member,): the largest learning rate at which the linearised descent is stable."""
    return 2 * kernels.shape[-1] / torch.linalg.eigvalsh(kernels)[:, -1]


class Frozen(NamedTuple):
    """Descent on a kernel that stays as it is: the residual along an eigenvector is ``(1 - eta lambda / n)^k``."""

    rate: float  # eta / n
    values: np.ndarray  # eigenvalues of the training kernel, (n,)
    vectors: np.ndarray  # its eigenvectors, as columns
    wanted: np.ndarray  # components of y

    @staticmethod
    def of(train: np.ndarray, y: np.ndarray, *, learning_rate: float) -> "Frozen":
        """From the kernel (n, n) of the training inputs and what f - f0 should be, (n,)."""
        values, vectors = np.linalg.eigh(train)
        return Frozen(learning_rate / len(y), values, vectors, vectors.T @ y)

    def loss(self, step: int) -> float:
        """``mean (f - f0 - y)^2`` behind a number of steps."""
        return float((((1 - self.rate * self.values) ** step * self.wanted) ** 2).mean())

    def steps_to(self, loss: float, *, most: int) -> int:
        """The first number of steps behind which the loss is at most ``loss``, or ``most``; below the `edge` it only falls."""
        low, high = 0, most
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.loss(middle) <= loss else (middle + 1, high)
        return low

    def outputs(self, cross: np.ndarray, step: int) -> np.ndarray:
        """``f - f0 = K' K^-1 (1 - (1 - eta K / n)^k) y`` behind k steps, (m,), with the kernel K' = ``cross`` (m, n)."""
        slope = self.rate * self.values
        # where lambda is 0 the sum of equal steps
        summed = np.where(slope == 0, step, (1 - (1 - slope) ** step) / np.where(slope == 0, 1, slope))
        return cross @ (self.vectors @ (self.rate * summed * self.wanted))
