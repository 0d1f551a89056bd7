"""Multiplications and additions of a member, without the network: tested against those that the networks count."""

from math import prod
from typing import NamedTuple

from crossover.memory import Size
from crossover.networks import Flops
from crossover.networks.shapes import LAYERS


class Shape(NamedTuple):
    """A network by its sizes: ``network`` of an experiment, inputs of d components, width, hidden layers, shape of images."""

    network: dict
    d: int
    h: int
    L: int
    image_shape: tuple[int, ...] | None = None

    @property
    def convolves(self) -> bool:
        """Whether it is a network of convolutions."""
        return self.network["architecture"] in LAYERS

    @property
    def weights(self) -> int:
        """Weights of one member, biases left out where the network has none."""
        if not self.convolves:
            return self.d * self.h + (self.L - 1) * self.h**2 + self.h + (self.L * self.h if self.network["bias"] else 0)
        layers, biased = self._layers(), self.network["architecture"] == "wide_resnet"
        return sum(c.weights + c.out * biased for c in layers) + self.h + biased

    @property
    def size(self) -> Size:
        """What memory is planned with."""
        return Size.of(self.network, d=self.d, h=self.h, L=self.L, image_shape=self.image_shape)

    def on_span(self, n: int) -> "Shape":
        """The network in which gradient flow on n patterns is integrated: of vectors in the span of its inputs."""
        return self if self.convolves else self._replace(d=min(self.d, n))

    def flops(self, n: int) -> Flops:
        """Of one member on n patterns; see `crossover.networks.Flops`."""
        if not self.convolves:
            first, hidden, readout = n * self.d * self.h, n * (self.L - 1) * self.h**2, n * self.h
            evaluation = 2 * (2 * first + 4 * hidden + 3 * readout)
            return Flops(evaluation, kernel=2 * n**2 * (2 * self.L * self.h) + 2 * hidden, activations=n * self.L * self.h)
        layers = self._layers()
        passes = [2 * n * c.weights * c.places for c in layers]
        hidden, readout = sum(passes[1:]), 2 * n * self.h
        return Flops(
            evaluation=2 * passes[0] + 4 * hidden + 3 * readout,
            kernel=2 * n**2 * self.weights + hidden + 2 * sum(passes),
            activations=n * sum(c.out * c.places for c in layers if not c.is_shortcut),
        )

    def gram(self, rows: int, columns: int) -> float:
        """Of the tangent kernel of rows with columns, its factors known: Gram matrices of inputs and deltas, or of gradients."""
        of_pair = self.weights if self.convolves else self.d + 2 * self.L * self.h
        return 2.0 * prod((rows, columns, of_pair))

    def _layers(self) -> list:
        return LAYERS[self.network["architecture"]](image_shape=self.image_shape, h=self.h, L=self.L)
