import numpy as np
import pytest

from crossover.claims import parts
from crossover.claims.evidence import Measured


@pytest.mark.parametrize(
    ("low", "high", "verdict", "why"),
    [
        (-1.1, -0.9, "reproduced", "inside the margin"),
        (-1.25, -0.75, "reproduced", "inside the margin"),
        (-0.7, -0.5, "not reproduced", "outside the margin"),
        (-1.5, -1.26, "not reproduced", "outside the margin"),
        (-1.1, -0.7, "not decided", "over an end"),
        (-1.3, -0.9, "not decided", "over an end"),
        (-3.0, 1.0, "not decided", "over an end"),
        (np.nan, np.nan, "not decided", "no interval"),
    ],
)
def test_an_interval_is_judged_against_target_and_margin(low, high, verdict, why):
    part = parts.equal("slope", Measured(-1.0, low, high, 0.1), target=-1, margin=0.25, more="h = 1")
    assert part.verdict == verdict
    assert why in part.reason
    assert part.reason.endswith("h = 1")
    assert (part.target, part.margin) == (-1, 0.25)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.1, 0.3, "reproduced"),
        (-0.3, 0.0, "not reproduced"),
        (-0.1, 0.3, "not decided"),
        (0.0, 0.3, "not decided"),
        (np.nan, np.nan, "not decided"),
    ],
)
def test_a_gain_is_judged_by_the_sign_of_its_interval(low, high, verdict):
    assert parts.positive("gain", Measured(0.1, low, high, 0.1)).verdict == verdict


def test_a_missing_part_says_what_is_missing():
    part = parts.missing("slope", "3 widths wanted")
    assert part.verdict == "not decided"
    assert part.reason == "not decided at this scale: 3 widths wanted"


def test_the_distance_is_in_margins_and_zero_without_numbers():
    measured = Measured(-1.5, -1.6, -1.4, 0.1)
    assert parts.equal("slope", measured, target=-1, margin=0.25).distance == pytest.approx(2)
    assert parts.missing("slope", "x").distance == 0
    assert parts.positive("gain", measured).distance == 0


@pytest.mark.parametrize(
    ("estimate", "half", "ahead", "level"),
    [
        (0.3, 0.2, "reproduced", "not reproduced"),
        (-0.3, 0.2, "not reproduced", "not reproduced"),
        (0.15, 0.2, "not decided", "reproduced"),
        (0.25, 0.3, "not decided", "not decided"),  # few seeds: 2.5 standard errors, and 0 in the interval
        (-0.25, 0.3, "not decided", "not decided"),
        (0.0, 0.2, "not decided", "reproduced"),
        (0.3, np.nan, "not decided", "not decided"),
    ],
)
def test_a_difference_is_judged_in_standard_errors_of_a_tenth(estimate, half, ahead, level):
    measured = Measured(estimate, estimate - half, estimate + half, 0.1 if np.isfinite(half) else np.nan)
    assert parts.ahead("gain", measured).verdict == ahead
    assert parts.level("same", measured).verdict == level
    assert parts.level("same", measured).target == 0


def test_a_difference_without_any_error_is_judged_by_its_sign():
    exact = [Measured(value, value, value, 0.0) for value in (0.1, 0.0, -0.1)]
    assert [parts.ahead("gain", each).verdict for each in exact] == ["reproduced", "not decided", "not reproduced"]
    assert [parts.level("same", each).verdict for each in exact] == ["not reproduced", "reproduced", "not reproduced"]
