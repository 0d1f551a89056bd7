"""Sizes of the layers of the networks on images."""

import pytest

from crossover.networks.shapes import cnn, wide_resnet


def test_the_articles_cnn_halves_the_image_twice():
    layers = cnn(image_shape=(1, 28, 28), h=50, L=4)
    # 5 x 5, padding 1: (28 - 3) // 2 + 1 = 13, 11, (11 - 3) // 2 + 1 = 5, 3
    assert [(c.height, c.width) for c in layers] == [(13, 13), (11, 11), (5, 5), (3, 3)]
    assert [c.stride for c in layers] == [2, 1, 2, 1]
    assert sum(c.weights for c in layers) == 25 * 50 + 3 * 25 * 50**2


def test_wide_resnet_28_10_has_its_36_million_weights_in_25_layers():
    layers = wide_resnet(image_shape=(3, 32, 32), h=640, L=25)
    main = [c for c in layers if not c.is_shortcut]
    assert [c.layer for c in main] == list(range(25))
    assert len(layers) - len(main) == 3
    assert [(c.out, c.height) for c in (main[0], main[8], main[16], main[24])] == [(16, 32), (160, 32), (320, 16), (640, 8)]
    # 36.5 million by Zagoruyko and Komodakis (2016), Table 4, whose readout has 10 classes: 6,400 weights of it
    assert sum(c.weights for c in layers) == pytest.approx(36.5e6, rel=2e-3)


def test_strides_are_in_the_second_convolution_of_a_stage_and_in_its_shortcut():
    layers = wide_resnet(image_shape=(3, 32, 32), h=64, L=7)
    # a stage of 16 channels on 16 channels needs no shortcut
    assert [(c.kernel, c.stride, c.height) for c in layers] == [
        *[(3, 1, 32)] * 3,
        *[(3, 1, 32), (3, 2, 16), (1, 2, 16)],
        *[(3, 1, 16), (3, 2, 8), (1, 2, 8)],
    ]


@pytest.mark.parametrize(
    ("make", "h", "L", "shape", "message"),
    [
        (cnn, 8, 3, (1, 28, 28), r"L = 3: .* choose an even L"),
        (cnn, 8, 6, (1, 28, 28), r"L = 6: after 5 layers no image is left of \[1, 28, 28\]; choose a smaller L"),
        (wide_resnet, 8, 28, (1, 28, 28), r"L = 28: .* choose 7, 13, 19 or 25"),
        (wide_resnet, 8, 1, (1, 28, 28), r"L = 1: "),
        (wide_resnet, 10, 7, (1, 28, 28), r"h = 10: .* choose a multiple of 4"),
    ],
)
def test_layers_that_do_not_go_together_are_one_line(make, h, L, shape, message):
    with pytest.raises(ValueError, match=message):
        make(image_shape=shape, h=h, L=L)
