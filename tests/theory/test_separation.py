import numpy as np
import pytest
from scipy.integrate import quad

from crossover.theory.points import angles, uniform_on_sphere
from crossover.theory.separation import (
    angle_density,
    angle_probability,
    growth_exponent,
    power_bound,
    safe_angle,
    smallest_angle_probability,
    union_bound,
)


@pytest.mark.parametrize("d", [2, 3, 10, 784])
def test_the_density_of_the_angle_integrates_to_its_probability(d):
    assert quad(angle_density, 0, np.pi, args=(d,), points=[np.pi / 2])[0] == pytest.approx(1, rel=1e-8)
    for angle in (0.3, np.pi / 2, 2.0):
        wanted = quad(angle_density, 0, angle, args=(d,), epsabs=1e-14)[0]
        assert float(angle_probability(angle, d)) == pytest.approx(wanted, rel=1e-7, abs=1e-13)


def test_on_the_sphere_of_three_dimensions_it_is_a_cap():
    angle = np.linspace(0, np.pi, 20)
    np.testing.assert_allclose(angle_probability(angle, 3), (1 - np.cos(angle)) / 2, atol=1e-14)


def test_bounds_are_above_each_other_and_above_what_is_drawn():
    n, d, draws = 30, 4, 400
    generator = np.random.default_rng(0)
    smallest = np.array([_smallest(n, d, generator) for _ in range(draws)])
    for angle in (0.05, 0.1, 0.2):
        share = (smallest <= angle).mean()
        error = np.sqrt(share * (1 - share) / draws)
        assert share <= union_bound(angle, n, d) + 4 * error
        assert union_bound(angle, n, d) < power_bound(angle, n, d)
        assert float(power_bound(angle, n, d)) <= n**2 / 2 * np.sqrt(d / (2 * np.pi)) * angle ** (d - 1) / (d - 1)


def _smallest(n: int, d: int, generator: np.random.Generator) -> float:
    x = uniform_on_sphere(n, d, generator)
    return angles(x, x)[np.triu_indices(n, 1)].min()


def test_deciles_of_the_smallest_angle():
    angle = np.linspace(0.15, 0.4, 2001)
    probability = smallest_angle_probability(angle, 1000, 10)
    # section 3 of the specification, for d = 10 and n = 1000
    np.testing.assert_allclose(np.interp([0.1, 0.5, 0.9], probability, angle), [0.2274, 0.2804, 0.3204], atol=1e-4)
    generator = np.random.default_rng(0)
    drawn = np.array([_smallest(200, 3, generator) for _ in range(200)])
    # 200 draws: standard error 0.035 of the share below the median
    angle = np.linspace(0, 0.1, 5001)
    median = np.interp(0.5, smallest_angle_probability(angle, 200, 3), angle)
    assert (drawn < median).mean() == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize(
    ("probability", "n", "d", "wanted"),
    [(0.01, 10**4, 10, 0.1050), (0.05, 10**4, 10, 0.1255), (0.01, 10**6, 20, 0.2158), (0.01, 10**6, 100, 0.751)],
)
def test_example_2(probability, n, d, wanted):
    angle = safe_angle(probability, n, d)
    assert angle == pytest.approx(wanted, rel=1e-3)
    assert float(power_bound(angle, n, d)) == pytest.approx(probability, rel=1e-12)


def test_points_come_closer_as_the_exponent_says():
    assert growth_exponent(10) == pytest.approx(2 / 9)
    assert safe_angle(0.01, 10**3, 10) / safe_angle(0.01, 10**5, 10) == pytest.approx(100 ** growth_exponent(10), rel=1e-3)
