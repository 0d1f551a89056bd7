import math
from itertools import islice

import numpy as np
import pytest
from mpmath import acos, mp, mpf
from scipy.integrate import quad

from crossover.theory import correlation_angle, normalized_ntk
from crossover.theory.relu import depth_profile, kappa0, kappa1, layers
from truth import profile

STARTS = ("-0.9", "-0.5", "0", "0.3", "0.7", "0.99")
DEPTHS = (1, 2, 3, 5, 10, 30, 100, 1000)
# 50 digits of mpmath (`truth.profile`), which takes minutes for each: first correlation, 1 - rho and K at 10^6 layers
DEEP = {
    "-0.9": ("4.4411164924691216317e-11", "0.25000565859026688604"),
    "0": ("4.441107799744898275e-11", "0.25000590326235839738"),
    "0.99": ("4.4406104204587220867e-11", "0.25001990407827861345"),
}


def _angle(rho: str) -> float:
    with mp.workdps(30):
        return float(acos(mpf(rho)))


@pytest.fixture(scope="module")
def table():
    """1 - rho and K at each of DEPTHS, from mpmath, by first correlation; for 0 also at 10^4 layers."""
    found = {rho: list(islice(profile(rho), DEPTHS[-1])) for rho in STARTS}
    found["0"] = list(islice(profile("0"), 10**4))
    return found


@pytest.mark.parametrize("depth", DEPTHS)
def test_kernel_and_correlation_are_those_of_fifty_digits(table, depth):
    wanted = np.array([[float(value) for value in table[rho][depth - 1]] for rho in STARTS])
    angles = np.array([_angle(rho) for rho in STARTS])
    # what is asked for is 1e-10; the first angle alone is rounded by 1e-16
    np.testing.assert_allclose(normalized_ntk(angles, depth), wanted[:, 1], rtol=2e-13, atol=3e-16)
    complement = 2 * np.sin(correlation_angle(angles, depth) / 2) ** 2
    np.testing.assert_allclose(complement, wanted[:, 0], rtol=2e-13)


def test_ten_thousand_layers_lose_nothing(table):
    complement, kernel = (float(value) for value in table["0"][-1])
    assert float(normalized_ntk(math.pi / 2, 10**4)) == pytest.approx(kernel, rel=1e-12)
    assert 2 * math.sin(float(correlation_angle(math.pi / 2, 10**4)) / 2) ** 2 == pytest.approx(complement, rel=1e-11)


def test_a_million_layers_keep_ten_digits():
    angles = np.array([_angle(rho) for rho in DEEP])
    wanted = np.array([[float(value) for value in pair] for pair in DEEP.values()])
    last = next(islice(layers(angles), 10**6 - 1, None))
    np.testing.assert_allclose(last.total / 10**6, wanted[:, 1], rtol=1e-11)
    np.testing.assert_allclose(last.complement, wanted[:, 0], rtol=1e-10)


def test_the_published_table_is_met():
    # section 2 of the specification of this reproduction, twelve digits of 1 - rho and fourteen of K
    rows = [
        ("-0.9", 2, 0.990461601155, -0.059835632485582),
        ("-0.9", 30, 0.0311300829221, 0.29121551968483),
        ("-0.5", 5, 0.372001373096, 0.22612442617158),
        ("0", 100, 0.00364284887958, 0.27266758778342),
        ("0.3", 10, 0.129677587358, 0.34545917475541),
        ("0.7", 1000, 4.28490814046e-5, 0.25437334847611),
        ("0.99", 1000, 3.88028923279e-5, 0.26731209945651),
    ]
    for rho, depth, complement, kernel in rows:
        angle = _angle(rho)
        assert float(normalized_ntk(angle, depth)) == pytest.approx(kernel, rel=1e-10)
        assert 2 * math.sin(float(correlation_angle(angle, depth)) / 2) ** 2 == pytest.approx(complement, rel=1e-10)


@pytest.mark.parametrize("rho", [-1.0, -0.7, 0.0, 0.5, 1.0])
def test_the_arc_cosine_kernels_are_gaussian_expectations(rho):
    # in polar coordinates of the plane of u and v the radius integrates to 2 for the products, to 1 for the slopes
    angle = math.acos(rho)
    edges = {"points": [angle - math.pi / 2, angle + math.pi / 2], "epsabs": 1e-12}

    def positive(phi):
        return max(math.cos(phi), 0) * max(math.cos(phi - angle), 0)

    product = quad(positive, -math.pi, math.pi, **edges)[0] / math.pi
    both = quad(lambda phi: float(positive(phi) > 0), -math.pi, math.pi, limit=200, **edges)[0] / (2 * math.pi)
    assert kappa1(rho) / 2 == pytest.approx(product, abs=1e-9)
    assert kappa0(rho) / 2 == pytest.approx(both, abs=1e-9)


def test_kappa0_is_the_slope_of_kappa1_which_rises_above_the_identity_to_1():
    rho = np.linspace(-0.999, 0.999, 999)
    slope = (kappa1(rho + 1e-6) - kappa1(rho - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope, kappa0(rho), atol=1e-7)  # third derivatives of 1e4 at the ends, times 1e-12 / 6
    assert (np.diff(kappa1(rho)) > 0).all()
    assert (kappa1(rho) > rho).all()
    np.testing.assert_allclose(kappa1(np.array([-1.0, 0.0, 1.0])), [0, 1 / np.pi, 1], atol=1e-15)


@pytest.mark.parametrize("depth", [1, 2, 7, 300])
def test_each_layer_of_weights_gives_one_part_in_L_of_the_diagonal(depth):
    assert (normalized_ntk(np.zeros(3), depth) == 1).all()
    assert (correlation_angle(np.zeros(3), depth) == 0).all()


def test_the_closed_form_of_proposition_5():
    angle = np.linspace(0, np.pi, 50)
    for depth in (1, 2, 6):
        correlations = [np.cos(correlation_angle(angle, layer)) for layer in range(1, depth + 1)]
        terms = [
            correlations[first] * np.prod([kappa0(np.clip(rho, -1, 1)) for rho in correlations[first:-1]], axis=0)
            for first in range(depth)
        ]
        # arccos of cos loses half the digits at angle 0
        np.testing.assert_allclose(normalized_ntk(angle, depth), sum(terms) / depth, atol=1e-7)


# where K_L is smallest; of L = 2 it is the root of cot(pi - theta) = 2 (pi - theta)
@pytest.mark.parametrize(("depth", "lowest"), [(1, np.pi), (2, 2.48832), (4, 2.66519), (50, 3.09997)])
def test_the_kernel_falls_with_the_angle_almost_to_pi_then_rises(depth, lowest):
    angle = np.linspace(0, np.pi, 20_001)
    kernel = normalized_ntk(angle, depth)
    assert angle[kernel.argmin()] == pytest.approx(lowest, abs=2e-4)
    assert (np.diff(kernel[: kernel.argmin() + 1]) < 0).all()
    assert (np.diff(kernel[kernel.argmin() :]) > 0).all()
    assert kernel.min() >= -1


def test_opposite_inputs_have_a_larger_kernel_than_nearly_opposite_ones():
    # the paper's proof of Theorem 3 has K_L rise with rho everywhere; fifty digits say that it does not near rho = -1
    second = {rho: float(list(islice(profile(rho), 2))[1][1]) for rho in ("-1", "-0.99", "-0.8", "-0.5")}
    assert second["-1"] == 0
    assert second["-0.8"] < second["-0.99"] < second["-1"]
    assert second["-0.8"] < second["-0.5"]


def test_a_profile_has_each_depth():
    angle = np.array([[0.0, 0.1], [2.0, np.pi]])
    found = depth_profile(angle, 40)
    for depth in (1, 2, 40):
        np.testing.assert_array_equal(found[0][depth - 1], correlation_angle(angle, depth))
        np.testing.assert_array_equal(found[1][depth - 1], normalized_ntk(angle, depth))


def test_shapes_are_kept_and_blocks_do_not_show():
    angle = np.random.default_rng(0).uniform(0, np.pi, (3, 40_000))
    whole = normalized_ntk(angle, 3)
    assert whole.shape == angle.shape
    np.testing.assert_array_equal(whole[1, 7::1000], normalized_ntk(angle[1, 7::1000], 3))
    assert normalized_ntk(1.0, 3).shape == ()
    assert normalized_ntk(np.zeros((0, 2)), 3).shape == (0, 2)


@pytest.mark.parametrize("wrong", [-1e-9, 3.2, math.nan])
def test_an_angle_out_of_range_is_an_error(wrong):
    with pytest.raises(ValueError, match=r"`angle` has .*, wanted radians in \[0, pi\]"):
        normalized_ntk(np.array([1.0, wrong]), 3)


@pytest.mark.parametrize("wrong", [0, -2, 2.0, True, "3"])
def test_a_depth_that_is_none_is_an_error(wrong):
    with pytest.raises(ValueError, match=r"`weight_layers` is .*, wanted an integer of at least 1"):
        correlation_angle(1.0, wrong)
