"""Claims R22 to R24 on made planes."""

import numpy as np
import pytest

from crossover.claims import judge
from crossover.claims.evidence import of_cube
from synthetic import summary


def verdict(claim: str, **made) -> str:
    """The verdict on a made plane."""
    return judge.judge(claim, {"plane": of_cube(summary(**made))}, {})["verdict"]


def _falling(h, a):
    return 10 / a


TRUE = {"regime_kernel_change_mean": _falling, "linearization_error_mean": lambda h, a: 1 / np.sqrt(1 + a)}
FALSE = {
    "R22": {"regime_kernel_change_mean": lambda h, a: a / 1e3},
    "R23": {"linearization_error_mean": lambda h, a: 0.5 + 0 * a},
    "R24": {"regime_kernel_change_mean": lambda h, a: 1e-3 * (80 / h) ** 5 + 0 * a},
}


@pytest.mark.parametrize("claim", FALSE)
def test_true_planes_are_reproduced_and_others_are_not(claim):
    assert verdict(claim, **TRUE) == "reproduced"
    assert verdict(claim, **(TRUE | FALSE[claim])) == "not reproduced"


def test_a_plane_without_points_at_its_ends_or_of_one_width_leaves_them_open():
    assert verdict("R22", **TRUE, failed=[(j, 0) for j in range(3)]) == "not decided"
    assert verdict("R24", **TRUE, h=(20,)) == "not decided"
