import numpy as np
import pytest

from crossover.theory.iterated import PHI, iterated_complement


def test_the_exponential_is_applied_to_the_kernel():
    angle = np.array([0.0, 0.4, 1.5, 3.0])
    kernel = np.cos(angle)
    for found in iterated_complement(angle, 6, phi="exponential"):
        np.testing.assert_allclose(1 - found, kernel, rtol=1e-14, atol=1e-15)
        kernel = np.exp(kernel - 1)


def test_the_geometric_one_has_its_closed_form():
    angle = np.array([0.01, 0.4, 1.5, 3.0])
    layers = np.arange(1, 301)[:, None]
    wanted = 1 / (layers - 1 + 1 / (1 - np.cos(angle)))
    np.testing.assert_allclose(iterated_complement(angle, 300, phi="geometric"), wanted, rtol=1e-11)


def test_the_exponential_falls_as_two_over_depth():
    found = iterated_complement(np.array([np.pi / 2]), 1000, phi="exponential")[-1, 0]
    assert 1000 * found == pytest.approx(1.9938, abs=5e-5)


@pytest.mark.parametrize("phi", PHI)
def test_the_kernel_of_any_points_becomes_positive_definite_and_has_1_on_its_diagonal(phi):
    x = np.random.default_rng(0).standard_normal((30, 2))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    angle = np.arccos(np.clip(x @ x.T, -1, 1))
    np.fill_diagonal(angle, 0)
    kernels = 1 - iterated_complement(angle, 4, phi=phi)
    assert (np.diagonal(kernels, axis1=1, axis2=2) == 1).all()
    assert (kernels <= 1).all()
    # of 30 points in the plane the inner products alone have rank 2
    assert np.linalg.matrix_rank(kernels[0]) == 2
    assert np.linalg.eigvalsh(kernels[3])[2] > 1e-12


def test_a_phi_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="`phi` is 'cosine', known are exponential, geometric"):
        iterated_complement(np.ones(2), 3, phi="cosine")
