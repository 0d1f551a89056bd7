"""A network that goes through the patterns in blocks: what its passes leave behind is of one block at a time."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class At(NamedTuple):
    """A network at w0 + dw: ``f = f(w0 + dw) - f(w0)``, shape (member, n); derivatives pass through the blocks again."""

    f: Tensor
    anchor: "Anchor"
    dw: Tensor  # (member, P)

    def pullback(self, v: Tensor) -> Tensor:
        """``sum_mu v_mu grad f(x_mu)`` for v of shape (member, n), shape (member, P)."""
        total = torch.zeros_like(self.dw)
        for block, part in zip(self.anchor.blocks(), v.split(self.anchor.rows, dim=1), strict=True):
            total += block.at(self.dw).pullback(part)
        return total


class Anchor(NamedTuple):
    """A network about fixed weights w0 on inputs x, ``rows`` of them at a time; see `crossover.networks.fc.Anchor`."""

    network: object
    w0: Tensor  # (member, P)
    x: Tensor  # (n, d)
    rows: int

    def blocks(self):
        """The anchors of the blocks, each made when it is asked for."""
        return (self.network.anchor(self.w0, x) for x in self.x.split(self.rows))

    def select(self, members: Tensor) -> "Anchor":
        """The anchor of some of the members."""
        return self._replace(w0=self.w0[members])

    def at(self, dw: Tensor) -> At:
        """The network at w0 + dw, for dw of shape (member, P)."""
        return At(torch.cat([block.at(dw).f for block in self.blocks()], dim=1), self, dw)


@dataclass(frozen=True)
class Blocked:
    """A network whose passes take ``rows`` patterns at a time. Each gradient passes forward twice: memory, paid with time.

    It has no tangent kernel of all patterns, nor the span of the inputs; the rest is that of the network.
    """

    network: object
    rows: int
    spans = False

    def __getattr__(self, name: str):
        return getattr(self.network, name)

    def anchor(self, w0: Tensor, x: Tensor) -> Anchor:
        """The network about weights w0 (member, P) on inputs x (n, d)."""
        return Anchor(self.network, w0, x, self.rows)

    def outputs(self, w: Tensor, x: Tensor) -> Tensor:
        """Outputs f on inputs x (n, d) for weights w (member, P), shape (member, n)."""
        return torch.cat([self.network.outputs(w, block) for block in x.split(self.rows)], dim=1)
