import math

import numpy as np
import pytest

from crossover.theory import normalized_ntk, tabulated_ntk
from crossover.theory.table import INTERVALS


@pytest.mark.parametrize("depth", [1, 2, 3, 5, 10, 30, 100, 300, 1000, 3000])
def test_the_spline_is_within_its_bound_between_all_its_nodes(depth):
    table = tabulated_ntk(depth)
    nodes = table.scale * np.expm1(np.linspace(0, np.log1p(np.pi / table.scale), INTERVALS + 1))
    # the error of a cubic spline is largest in the middle of its intervals; some places besides, for intervals at the ends
    middles = (nodes[1:] + nodes[:-1]) / 2
    step = 7 if depth > 300 else 1
    angles = np.concatenate([middles[::step], middles[:20], middles[-20:], np.linspace(0, np.pi, 30)])
    assert np.abs(table(angles) - normalized_ntk(angles, depth)).max() < 1e-11


def test_the_ends_are_exact_and_shapes_are_kept():
    table = tabulated_ntk(7)
    assert (table(np.zeros((2, 3))) == 1).all()
    assert float(table(math.pi)) == pytest.approx(float(normalized_ntk(math.pi, 7)), abs=1e-14)
    assert table(np.zeros((0, 4))).shape == (0, 4)
    angle = np.random.default_rng(0).uniform(0, np.pi, (5, 7001))
    np.testing.assert_array_equal(table(angle)[2, ::50], table(angle[2, ::50]))


def test_wrong_input_is_an_error():
    with pytest.raises(ValueError, match="`weight_layers` is 0"):
        tabulated_ntk(0)
    with pytest.raises(ValueError, match="`angle` has -1"):
        tabulated_ntk(3)(np.array([-1.0]))
