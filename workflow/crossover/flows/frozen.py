"""Flow with a frozen kernel: ``dF/dt = -(1/n) Theta l'`` on the outputs (Appendix A)."""

from typing import NamedTuple

from torch import Tensor

from crossover.flows.kernels import Kernels
from crossover.losses import Loss


class KernelField(NamedTuple):
    """The state is ``c``, with ``dc/dt = -dl/dF`` and ``F = Theta c / n``.

    c lives on training patterns, so the same c gives F on any other point from its row of the kernel.
    """

    loss: Loss
    kernels: Kernels
    labels: Tensor  # (n,), +1 or -1

    def select(self, members: Tensor) -> "KernelField":
        """The field of some of the members."""
        return self._replace(kernels=self.kernels.select(members))

    def loss_rate(self, F: Tensor, rate: Tensor) -> Tensor:
        """``-(1/n^2) c' Theta c'`` with c' the rate of c, shape (member,)."""
        del F
        return -(rate * self.outputs(rate)).mean(1)

    def outputs(self, y: Tensor) -> Tensor:
        """F = Theta c / n, shape (member, n)."""
        return self.kernels.apply(y) / y.shape[1]

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """F and dc/dt, both of shape (member, n)."""
        F = self.outputs(y)
        return F, -self.loss.derivative(F * self.labels) * self.labels


def first_step(kernel: Tensor) -> Tensor:
    """A first step of the scale on which F moves: n over the trace of each kernel (member, n, n); shape (member,)."""
    return kernel.shape[1] / kernel.diagonal(dim1=1, dim2=2).sum(1).double()
