"""The article's convolutional network (Section 3.4, Figures 7b and 8d): convolutions and activations, no bias."""

from crossover.activations import Activation
from crossover.networks import shapes
from crossover.networks.convolutional import Convolutional, Pass, Value


def _body(convolutions: tuple[shapes.Convolution, ...], layers: Pass, z: Value) -> Value:
    for k in range(len(convolutions)):
        z = layers.activate(layers.convolve(k, z))
    return z


def make(*, image_shape: tuple[int, int, int], h: int, L: int, activation: Activation) -> Convolutional:
    """The network of `shapes.cnn` on images of ``image_shape`` (channels, height, width)."""
    convolutions = tuple(shapes.cnn(image_shape=image_shape, h=h, L=L))
    return Convolutional(tuple(image_shape), h, convolutions, False, activation, _body)
