"""Layers of the convolutional networks and their sizes. Standard library only: planning memory needs them too."""

from typing import NamedTuple


class Convolution(NamedTuple):
    """A convolution on square filters: channels in and out, filter, stride, padding, and the size of what comes out.

    layer : its index along the depth; a shortcut has that of the convolution beside which it ends
    """

    layer: int
    into: int
    out: int
    kernel: int
    stride: int
    padding: int
    height: int
    width: int

    @property
    def fan_in(self) -> int:
        """Inputs of one output."""
        return self.into * self.kernel**2

    @property
    def weights(self) -> int:
        """Number of its weights."""
        return self.out * self.fan_in

    @property
    def places(self) -> int:
        """Places of the image that comes out."""
        return self.height * self.width

    @property
    def is_shortcut(self) -> bool:
        """Whether it leads past the others: a filter of one place."""
        return self.kernel == 1


def cnn(*, image_shape: tuple[int, int, int], h: int, L: int) -> list[Convolution]:
    """``L`` convolutions of width h in blocks of two: filters 5 x 5, padding 1, stride 2 at the first of each block.

    The article's network has L = 4 (Section 3.4, Appendix of Figure 7b).

    Raises
    ------
    ValueError
        When L is odd, or the image too small for the filters.
    """
    if L % 2:
        raise ValueError(f"L = {L}: the convolutions of a cnn come in blocks of two; choose an even L")
    into, height, width = image_shape
    layers: list[Convolution] = []
    for layer in range(L):
        stride = 2 if layer % 2 == 0 else 1
        height, width = ((size + 2 - 5) // stride + 1 for size in (height, width))
        if min(height, width) < 1:
            raise ValueError(f"L = {L}: after {layer} layers no image is left of {list(image_shape)}; choose a smaller L")
        layers.append(Convolution(layer, into, h, 5, stride, 1, height, width))
        into = h
    return layers


def wide_resnet(*, image_shape: tuple[int, int, int], h: int, L: int) -> list[Convolution]:
    """A convolution to 16 channels, then 3 stages of blocks of two with h/4, h/2 and h channels, filters 3 x 3, padding 1.

    A block has a shortcut of filter 1 x 1 where the number of channels or the size changes; the second convolution of the
    first block of stages 2 and 3 and its shortcut have stride 2. Wide ResNet 28-10 is L = 25, h = 640.

    Raises
    ------
    ValueError
        When L is not 1 + 6 blocks, or h no multiple of 4.
    """
    if L % 6 != 1 or L < 7:
        raise ValueError(f"L = {L}: a wide_resnet has L = 1 + 6 b, b blocks a stage; choose 7, 13, 19 or 25")
    if h % 4:
        raise ValueError(f"h = {h}: the stages of a wide_resnet have h/4, h/2 and h channels; choose a multiple of 4")
    into, height, width = image_shape
    layers = [Convolution(0, into, 16, 3, 1, 1, height, width)]
    into, layer = 16, 1
    for stage, out in enumerate((h // 4, h // 2, h)):
        for block in range(L // 6):
            stride = 2 if stage and not block else 1
            layers.append(Convolution(layer, into, out, 3, 1, 1, height, width))
            height, width = ((size - 1) // stride + 1 for size in (height, width))
            layers.append(Convolution(layer + 1, out, out, 3, stride, 1, height, width))
            if stride > 1 or into != out:
                layers.append(Convolution(layer + 1, into, out, 1, stride, 0, height, width))
            into, layer = out, layer + 2
    return layers


LAYERS = {"cnn": cnn, "wide_resnet": wide_resnet}
