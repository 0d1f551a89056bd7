import math

import numpy as np
import pytest

from crossover.theory import correlation_angle, normalized_ntk
from crossover.theory.limits import characteristic_depth, expansion, joint_limit, logarithmic_constant
from crossover.theory.relu import depth_profile

# section 2 of the specification of this reproduction, found there from recursions to 10^6 layers
CONSTANTS = {-0.9: 2.41116, -0.5: 2.65886, 0.0: 3.38985, 0.3: 4.31061, 0.7: 7.70277, 0.99: 59.3930}
# the depth from which |K - 1/4| stays below 10 % and 1 % of 1/4
DEPTHS = {0.0: (88, 1367), 0.5: (115, 1596), 0.9: (231, 2700), 0.99: (687, 7223)}


def test_the_constant_of_the_angle():
    found = logarithmic_constant(np.arccos(list(CONSTANTS)))
    np.testing.assert_allclose(found, list(CONSTANTS.values()), atol=1e-4)
    assert float(logarithmic_constant(1e-3)) == pytest.approx(3 * math.pi / 1e-3, rel=2e-3)


def test_the_angle_follows_its_expansion():
    angle = np.arccos([-0.9, 0.0, 0.9])
    found = 3 * np.pi / correlation_angle(angle, 20_000) - 20_000 - 1.5 * math.log(20_000)
    # o(1): 9/4 ln L / L, 1.1e-3 at this depth
    np.testing.assert_allclose(found, logarithmic_constant(angle), atol=3e-3)


@pytest.mark.parametrize("depth", [1000, 10_000])
def test_the_kernel_follows_its_expansion_better_the_deeper(depth):
    angle = np.arccos([-0.9, 0.0, 0.5, 0.9])
    error = np.abs(expansion(angle, depth) - normalized_ntk(angle, depth))
    first = np.abs(normalized_ntk(angle, depth) - 0.25)
    # the next term is of order (ln L / L)^2, with the square of the constant
    assert (error < 12 * (math.log(depth) / depth) ** 2).all()
    assert (error < 0.1 * first).all()


def test_depths_at_which_the_limit_is_near():
    kernels = depth_profile(np.arccos(list(DEPTHS)), 7300)[1]
    for kernel, wanted in zip(kernels.T, DEPTHS.values(), strict=True):
        found = tuple(int(np.flatnonzero(np.abs(kernel - 0.25) >= 0.25 * share)[-1]) + 2 for share in (0.1, 0.01))
        assert found == wanted


def test_the_joint_limit_of_depth_and_small_angles():
    angle = np.linspace(1e-4, np.pi / 2, 2000)
    for depth, largest in ((30, 9e-3), (100, 7.7e-3), (1000, 1.8e-3)):
        error = np.abs(joint_limit(depth / characteristic_depth(angle)) - normalized_ntk(angle, depth)).max()
        assert error == pytest.approx(largest, rel=0.06)
    assert float(joint_limit(0.0)) == 1
    assert float(joint_limit(1e9)) == pytest.approx(0.25, abs=1e-8)
    u = np.array([0.1, 1.0, 7.0])
    np.testing.assert_allclose(joint_limit(u), ((1 + u) ** 4 - 1) / (4 * u * (1 + u) ** 3), rtol=1e-14)


def test_the_kernel_passes_half_its_height_at_an_angle_of_one_over_depth():
    for depth, wanted in ((5, 2.984), (20, 4.130), (200, 4.2146)):
        angle = np.linspace(0.5, 5.5, 5001) / depth
        kernel = normalized_ntk(angle, depth)
        assert depth * np.interp(-0.625, -kernel, angle) == pytest.approx(wanted, abs=1e-3)


def test_extrema_along_the_depth():
    kernels = depth_profile(np.arccos([0.0, -0.9, 0.4, 0.7]), 400)[1]
    assert (kernels[:, 0].max(), int(kernels[:, 0].argmax()) + 1) == (pytest.approx(0.31644, abs=5e-6), 12)
    assert (kernels[:, 1].max(), int(kernels[:, 1].argmax()) + 1) == (pytest.approx(0.29593, abs=5e-6), 18)
    assert (np.diff(kernels[:, 2:], axis=0) < 0).all()
