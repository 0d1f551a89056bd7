"""Gradient flow of a network: the rate ``-grad L`` of the weights, for a batch of members."""

from typing import NamedTuple

from torch import Tensor

from crossover.losses import Loss
from crossover.ntk_terms import Inputs


class NetworkField(NamedTuple):
    """``F = alpha (f(w) - f(w0)) + F(w0)`` and ``dw/dt = -grad L``, ``L = mean_mu l(F y_mu) / alpha^2`` (Eqs. 6, 7).

    Of a network with another parameterization ``dw/dt = -rate grad L``.

    The state is the change of the weights ``w - w0`` and F is carried as a difference, so that both keep their digits where
    training is lazy. F(w0) is 0, or ``alpha f(w0)`` where f(w0) is not subtracted (Appendix I).
    """

    anchor: object  # the network about w0 on the training inputs, see `crossover.networks`
    loss: Loss
    labels: Tensor  # (n,), +1 or -1
    alpha: Tensor  # (member,)
    inputs: Inputs
    initial: Tensor  # (member, n), or (member, 1) where F(w0) is 0

    @classmethod
    def make(
        cls, network, loss: Loss, *, x: Tensor, labels: Tensor, alpha: Tensor, w0: Tensor, initial: Tensor | None = None
    ) -> "NetworkField":
        """The field of members with weights ``w0`` (member, P) at the start, scales ``alpha`` (member,), ``initial`` F or 0."""
        initial = alpha.new_zeros(len(alpha), 1) if initial is None else initial
        return cls(network.anchor(w0, x), loss, labels, alpha, Inputs(x), initial)

    @property
    def sqrt_h_alpha(self) -> Tensor:
        """The control parameter, (member,), float64; of another parameterization where its start is in that plane."""
        network = self.anchor.network
        return self.alpha.double() * network.output_scale * network.h**0.5

    def select(self, members: Tensor) -> "NetworkField":
        """The field of some of the members."""
        return self._replace(anchor=self.anchor.select(members), alpha=self.alpha[members], initial=self.initial[members])

    def force(self, F: Tensor) -> Tensor:
        """The ``-(1/n) dl/dF`` by which F moves, ``dF/dt = Theta force``, shape (member, n)."""
        return -self.loss.derivative(F * self.labels) * self.labels / len(self.labels)

    def loss_rate(self, F: Tensor, rate: Tensor) -> Tensor:
        """``d(alpha^2 L)/dt = -alpha^2 |dw/dt|^2 / rate``, shape (member,)."""
        del F
        return -((self.alpha[:, None] * rate) ** 2).sum(1) / self.anchor.network.rate

    def outputs(self, y: Tensor) -> Tensor:
        """F at weights w0 + y, shape (member, n)."""
        return self.initial + self.alpha[:, None] * self.anchor.at(y).f

    def linearize(self, y: Tensor) -> "Linearized":
        """The network at weights w0 + y with its derivatives."""
        at = self.anchor.at(y)
        F = self.initial + self.alpha[:, None] * at.f
        return Linearized(self.alpha[:, None], F, at, self.inputs, self.anchor.network.rate)

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """F, shape (member, n), and -rate grad L at weights w0 + y, shape (member, P)."""
        here = self.linearize(y)
        return here.F, here.pullback(self.force(here.F))


class Linearized(NamedTuple):
    """A network at some weights: predictor F (member, n), and its derivatives."""

    alpha: Tensor  # (member, 1)
    F: Tensor
    at: object
    inputs: Inputs
    rate: float

    def select(self, members: Tensor) -> "Linearized":
        """The networks of some of the members."""
        return self._replace(alpha=self.alpha[members], F=self.F[members], at=self.at.select(members))

    def pullback(self, c: Tensor) -> Tensor:
        """The move of the weights, (member, P), that moves F by rate Theta c, for c of shape (member, n)."""
        return self.at.pullback(c / self.alpha * self.rate)

    def kernel(self) -> Tensor:
        """Rate Theta on the training set, by which F moves, shape (member, n, n)."""
        return self.at.kernel(self.inputs).mul_(self.rate)

    def kernel_with(self, other) -> Tensor:
        """K, (member, n, points): f of ``other``, at the same weights, moves by c K where F moves by rate Theta c."""
        return self.at.kernel_with(other).mul_((self.rate / self.alpha)[:, :, None])
