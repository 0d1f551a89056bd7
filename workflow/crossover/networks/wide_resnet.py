"""Wide residual network without batch normalisation (Zagoruyko and Komodakis 2016; the article's Appendix A, Figure 8a, b).

A block adds to its input what two convolutions make of it, each behind an activation, both by ``cos 45``: the variance of what
comes out is that of what comes in. Every layer has a bias.
"""

from crossover.activations import Activation
from crossover.networks import shapes
from crossover.networks.convolutional import Convolutional, Pass, Value


def _body(convolutions: tuple[shapes.Convolution, ...], layers: Pass, z: Value) -> Value:
    z, k = layers.convolve(0, z), 1
    while k < len(convolutions):
        out = layers.convolve(k, layers.activate(z))
        out = layers.convolve(k + 1, layers.activate(out))
        k += 2
        if k < len(convolutions) and convolutions[k].is_shortcut:
            z, k = layers.convolve(k, z), k + 1
        z = layers.mix(z, out)
    return layers.activate(z)


def make(*, image_shape: tuple[int, int, int], h: int, L: int, activation: Activation) -> Convolutional:
    """The network of `shapes.wide_resnet` on images of ``image_shape`` (channels, height, width)."""
    convolutions = tuple(shapes.wide_resnet(image_shape=image_shape, h=h, L=L))
    return Convolutional(tuple(image_shape), h, convolutions, True, activation, _body)
