import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossover.datasets import pool, sphere
from crossover.seeding import stream

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 5], [7, 4, 9, 6]))


def _order(classes, seed=0):
    return pool.interleave(LABELS, classes, stream(seed, "data"))


@pytest.mark.parametrize("classes", [[0, 1, 2, 5], [2, 5], [0, 2, 5]])
def test_classes_take_turns_until_the_smallest_is_used_up(classes):
    smallest = min(int((c == LABELS).sum()) for c in classes)
    assert LABELS[_order(classes)].tolist() == classes * smallest


def test_no_pattern_is_taken_twice():
    order = _order([0, 1, 2, 5])
    assert len(set(order.tolist())) == len(order)


def test_the_order_depends_on_the_data_seed_alone():
    assert np.array_equal(_order([0, 2]), _order([0, 2]))
    assert not np.array_equal(_order([0, 2]), _order([0, 2], seed=1))


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (range(10), [-1, 1] * 5),  # Fashion-MNIST: parity of the class
        ([3, 5], [-1, 1]),  # cat and dog
        (range(1, 27), [-1, 1] * 13),  # EMNIST letters: A, label 1, has rank 0
        ([2, 4, 6], [-1, 1, -1]),
    ],
)
def test_labels_are_the_parity_of_the_rank_of_the_class(classes, expected):
    labels = pool.binary_labels(np.array(classes), list(classes))
    assert labels.dtype == np.int8
    assert labels.tolist() == expected


@given(st.integers(3, 40), st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_patterns_lie_on_the_sphere_along_the_centred_images(count, pixels, seed):
    images = np.random.default_rng(seed).integers(0, 256, (count, pixels, 1)).astype(np.uint8)
    flat = images.reshape(count, -1).astype(float)
    centred = flat - flat.mean(0)
    if (np.linalg.norm(centred, axis=1) < 1e-6).any():  # an image on the mean has no direction
        return
    x = sphere.normalize(images)
    # rounding of sums of up to 30 squares
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.sqrt(pixels), rtol=1e-13)
    cosine = (x * centred).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(centred, axis=1)
    np.testing.assert_allclose(cosine, 1, rtol=1e-13)


def test_normalising_does_not_see_brightness_and_contrast():
    images = np.random.default_rng(1).standard_normal((20, 3, 3))
    # one addition and one product more in float64
    np.testing.assert_allclose(sphere.normalize(5 * images + 100), sphere.normalize(images), rtol=1e-11)


def test_an_image_equal_to_the_mean_is_refused():
    images = np.array([[0.0, 2.0], [2.0, 0.0], [1.0, 1.0]])
    with pytest.raises(ValueError, match="image 2 equals the mean image"):
        sphere.normalize(images)
