"""What the items on the regimes share: networks of a width under a parametrisation, drawn and trained by `crossover.descent`."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from crossover import activations, descent, networks
from crossover.seeding import stream

DTYPE = torch.float32  # changes are carried as changes (`Anchor`), and keep its digits
LAYERS = 2  # hidden ones


class Problem(NamedTuple):
    """Networks at the start, one a member, and what they learn; training is done in the span of the inputs."""

    network: object
    w0: Tensor  # (member, P)
    x: Tensor  # (n, d)
    y: Tensor  # (n,)
    basis: Tensor  # of the span of x

    @staticmethod
    def of(
        data: Mapping[str, np.ndarray],
        *,
        parameterization: str,
        h: int,
        seeds: list[int],
        base_seed: int,
        device: str,
        activation: str = "relu",
    ) -> "Problem":
        """Networks of width h; those of a width and seed are the same functions under each parametrisation but muP's (`draw`)."""
        x, y = (torch.from_numpy(data[name]).to(device, DTYPE) for name in ("x_train", "y_train"))
        network = networks.load(
            "fc", d=x.shape[1], h=h, L=LAYERS, activation=activations.load(activation), bias=0, parameterization=parameterization
        )
        drawn = [network.draw(stream(base_seed, "descent", h, seed)) for seed in seeds]
        return Problem(network, torch.stack(drawn).to(device, DTYPE), x, y, descent.span(x))

    def copies(self, count: int) -> "Problem":
        """The same with ``count`` members, of one."""
        return self._replace(w0=self.w0.expand(count, -1))

    @property
    def anchor(self):
        """Of the networks in the span, for `crossover.descent.descend`."""
        return self.network.anchor(self.w0, self.x).on_span(self.basis)

    @property
    def kernel(self) -> Tensor:
        """K at the start, (member, n, n)."""
        return descent.kernel(self.network, self.w0, self.x)

    def descend(self, *, learning_rate: Tensor | float) -> Iterator[descent.Moved]:
        """`crossover.descent.descend`; changes of the weights are those in the span."""
        return descent.descend(self.anchor, self.y, learning_rate=learning_rate)

    def measures(self, moved: descent.Moved) -> dict[str, np.ndarray]:
        """What the members have moved by, under the names of `crossover.regimes_schema`, the member axis first."""
        found = descent.measure(self.network, self.w0, self.network.from_span(moved.dw, self.basis), self.x)
        named = {MOVES[name]: value for name, value in found._asdict().items()} | {
            "train_loss": descent.loss_of(moved.df, self.y)
        }
        return {name: value.cpu().numpy().astype(np.float64) for name, value in named.items()}


MOVES = {
    "weights": "weight_movement",
    "relative": "relative_movement",
    "neuron": "neuron_movement",
    "layer": "feature_movement",
    "kernel": "kernel_movement",
    "taylor": "taylor_error",
}
BY_LAYER = ("weight_movement", "relative_movement")


def empty(shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Arrays for what `Problem.measures` gives at each place of a shape."""
    return {
        name: np.full((*shape, LAYERS + 1) if name in BY_LAYER else shape, np.nan) for name in (*MOVES.values(), "train_loss")
    }


def common(spec: dict, device: str) -> dict:
    """Options of `Problem.of` that all networks of an item share."""
    return {"seeds": list(range(spec["seeds"])), "base_seed": spec["seed"], "device": device}


def coordinates(spec: dict, *names: str) -> dict[str, np.ndarray]:
    """Coordinates of an item by the keys of its spec, and those of seeds and layers."""
    of_key = {"parameterization": "parameterizations", "activation": "activations", "width": "widths"}
    return {name: np.array(spec[of_key[name]]) for name in names} | {
        "seed": np.arange(spec["seeds"]),
        "layer": np.arange(LAYERS + 1),
    }
