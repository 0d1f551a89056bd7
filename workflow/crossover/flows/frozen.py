"""Flow with a frozen kernel: ``dF/dt = -(1/n) Theta l'`` on the outputs (Appendix A)."""

from typing import NamedTuple

from torch import Tensor

from crossover.flows.kernels import Kernels
from crossover.losses import Loss


class KernelField(NamedTuple):
    """The state is ``c``, with ``dc/dt = -dl/dF`` and ``F = F(w0) + Theta c / n``.

    c lives on training patterns, so the same c gives F on any other point from its row of the kernel.
    """

    loss: Loss
    kernels: Kernels
    labels: Tensor  # (n,), +1 or -1
    initial: Tensor  # (member, n): F(w0)
    sqrt_h_alpha: Tensor  # (member,), float64: the control parameter

    def select(self, members: Tensor) -> "KernelField":
        """The field of some of the members."""
        kernels, initial, a = self.kernels.select(members), self.initial[members], self.sqrt_h_alpha[members]
        return self._replace(kernels=kernels, initial=initial, sqrt_h_alpha=a)

    def loss_rate(self, F: Tensor, rate: Tensor) -> Tensor:
        """``-(1/n^2) c' Theta c'`` with c' the rate of c, shape (member,)."""
        del F
        return -(rate * self._moved(rate)).mean(1)

    def _moved(self, c: Tensor) -> Tensor:
        """Theta c / n, shape (member, n)."""
        return self.kernels.apply(c) / c.shape[1]

    def outputs(self, y: Tensor) -> Tensor:
        """F = F(w0) + Theta c / n, shape (member, n)."""
        return self.initial + self._moved(y)

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """F and dc/dt, both of shape (member, n)."""
        F = self.outputs(y)
        return F, -self.loss.derivative(F * self.labels) * self.labels


def first_step(kernel: Tensor) -> Tensor:
    """A first step of the scale on which F moves: n over the trace of each kernel (member, n, n); shape (member,)."""
    return kernel.shape[1] / kernel.diagonal(dim1=1, dim2=2).sum(1).double()
