import numpy as np
import pytest
from sklearn.decomposition import PCA

from crossover.datasets import idx, pca, sphere

GENERATOR = np.random.default_rng(3)
# variances that differ, a mean that is not 0
X = GENERATOR.standard_normal((300, 12)) * np.arange(1, 13) @ np.linalg.qr(GENERATOR.standard_normal((12, 12))).Q + 5


def _signs_of(x: np.ndarray, reference: np.ndarray) -> np.ndarray:
    return np.sign((x * reference).sum(0))


@pytest.mark.parametrize("components", [1, 4, 12])
def test_whitened_components_are_those_of_scikit_learn(components):
    x = pca.project(X, components=components, whiten=True)
    # scikit-learn divides by the standard deviation with N - 1
    expected = PCA(components, whiten=True, svd_solver="full").fit_transform(X) * np.sqrt(300 / 299)
    # two ways through eigenvectors of gaps of order one, float64
    np.testing.assert_allclose(x, expected * _signs_of(expected, x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("components", [1, 4, 12])
def test_components_that_are_not_whitened_are_those_of_an_svd_over_one_scale(components):
    x = pca.project(X, components=components, whiten=False)
    U, S, _ = np.linalg.svd(X - X.mean(0), full_matrices=False)
    expected = (U * S)[:, :components] / np.sqrt((S[:components] ** 2 / 300).mean())
    np.testing.assert_allclose(x, expected * _signs_of(expected, x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("whiten", [True, False])
def test_components_are_centred_uncorrelated_and_of_unit_variance_each_or_together(whiten):
    x = pca.project(X, components=5, whiten=whiten)
    covariance = x.T @ x / len(x)
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-12)
    np.testing.assert_allclose(np.diag(covariance) if whiten else np.diag(covariance).mean(), 1, rtol=1e-12)
    assert (np.diff(np.diag(covariance)) < 1e-12).all(), "the variance falls"


def test_fewer_components_are_the_first_of_more_when_whitened():
    more, fewer = (pca.project(X, components=k, whiten=True) for k in (6, 3))
    np.testing.assert_allclose(more[:, :3], fewer, rtol=1e-10, atol=1e-10)


def test_a_shift_of_all_patterns_changes_nothing():
    # the mean is subtracted from the covariance: 10^3 times the spread costs 6 of 16 digits
    shifted = pca.project(X + 1e3, components=4, whiten=True)
    np.testing.assert_allclose(shifted, pca.project(X, components=4, whiten=True), rtol=1e-7, atol=1e-7)


def test_the_largest_entry_of_every_axis_is_positive():
    components = pca.project(X, components=12, whiten=True)
    # the axes once more, by regression of the centred patterns on the components
    axes = (X - X.mean(0)).T @ components / len(X)  # (d, components)
    assert (axes[np.abs(axes).argmax(0), np.arange(12)] > 0).all()


def test_turning_the_patterns_changes_the_components_by_signs_alone():
    turn = np.linalg.qr(np.random.default_rng(5).standard_normal((12, 12))).Q
    x, turned = (pca.project(patterns, components=4, whiten=True) for patterns in (X, X @ turn))
    np.testing.assert_allclose(np.abs(turned), np.abs(x), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("components", [4, 13])
def test_more_components_than_directions_are_refused(components):
    flat = X[:, :3] @ np.random.default_rng(1).standard_normal((3, 12))
    with pytest.raises(ValueError, match=f"components = {components}, but the patterns span 3 directions; keep at most 3"):
        pca.project(flat, components=components, whiten=True)


def test_official_images_have_the_components_of_scikit_learn(official_data):
    images = idx.read_file(official_data / "mnist" / "t10k-images-idx3-ubyte.gz")
    x = sphere.normalize(images)
    found = pca.project(x, components=10, whiten=True)
    expected = PCA(10, whiten=True, svd_solver="covariance_eigh").fit_transform(x) * np.sqrt(10000 / 9999)
    # the closest two of the ten variances differ by 3 %: rounding is magnified thirtyfold
    np.testing.assert_allclose(found, expected * _signs_of(expected, found), rtol=1e-9, atol=1e-9)
