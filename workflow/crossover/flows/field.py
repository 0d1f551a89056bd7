"""Gradient flow of a network: the rate ``-grad L`` of the weights, for a batch of members."""

from typing import NamedTuple

from torch import Tensor

from crossover.losses import Loss


class NetworkField(NamedTuple):
    """``F = alpha (f(w) - f(w0))`` and ``dw/dt = -grad L``, ``L = mean_mu l(F y_mu) / alpha^2`` (Eqs. 6, 7).

    The state is the change of the weights ``w - w0``, so that it keeps its digits where training is lazy.
    """

    network: object
    loss: Loss
    x: Tensor  # (n, d)
    labels: Tensor  # (n,), +1 or -1
    alpha: Tensor  # (member,)
    w0: Tensor  # (member, P)
    f0: Tensor  # (member, n)

    @classmethod
    def make(cls, network, loss: Loss, *, x: Tensor, labels: Tensor, alpha: Tensor, w0: Tensor) -> "NetworkField":
        """The field of members with initial weights ``w0`` (member, P) and scales ``alpha`` (member,)."""
        return cls(network, loss, x, labels, alpha, w0, network.outputs(w0, x))

    def select(self, members: Tensor) -> "NetworkField":
        """The field of some of the members."""
        return self._replace(alpha=self.alpha[members], w0=self.w0[members], f0=self.f0[members])

    def loss_rate(self, F: Tensor, rate: Tensor) -> Tensor:
        """``d(alpha^2 L)/dt = -alpha^2 |grad L|^2``, shape (member,)."""
        del F
        return -((self.alpha[:, None] * rate) ** 2).sum(1)

    def outputs(self, y: Tensor) -> Tensor:
        """F at weights w0 + y, shape (member, n)."""
        return self.alpha[:, None] * (self.network.outputs(self.w0 + y, self.x) - self.f0)

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """F, shape (member, n), and -grad L at weights w0 + y, shape (member, P)."""
        f, pullback = self.network.outputs_and_pullback(self.w0 + y, self.x)
        F = self.alpha[:, None] * (f - self.f0)
        slope = self.loss.derivative(F * self.labels) * self.labels  # dl/dF, (member, n)
        return F, pullback(slope / (-len(self.x) * self.alpha[:, None]))
