"""Each claim on made summaries: true, false, and too small to tell."""

import json

import numpy as np
import pytest

from crossover.claims import article, judge
from crossover.claims.evidence import of_cube
from synthetic import TIME, TRUE, A, summary

KEYS = {"id", "statement", "source", "estimate", "low", "high", "target", "margin", "verdict", "scale", "reason", "parts"}
CLAIMS = tuple(article.CLAIMS)


def _verdict(claim: str, **made) -> dict:
    return judge.judge(claim, {"made": of_cube(summary(**made))}, {})


def _slow(h, a):
    return np.exp(-TIME / h)


# What makes each claim false.
FALSE = {
    "C1": {"test_error_mean": lambda h, a: 0.06 - 0.01 / (1 + h**2 / a)},
    "C2": {"frozen_init_test_error_mean": lambda h, a: 0.08 + 0 * a},
    "C3": {"output_variance": lambda h, a: h**-0.3 + 0 * a},
    "C4": {"ensemble_test_error": lambda h, a: 0.04 + 0.03 * np.log10(h)},
    "C5": {"kernel_change_mean": lambda h, a: np.where(a < 30, (a / 30) ** -1.4, (30 / a) ** 2)},
    "C6": {"kernel_change_mean": lambda h, a: np.where(a < 1, 20 * a**-0.5, 20 / a)},
    "C7": {"kernel_change_mean": lambda h, a: 3e3 / a},
    "C8": {"t_half_mean": lambda h, a: 3 + 0 * a},
    "C9": {"rescaled_loss_mean": _slow},
}
# What makes each claim impossible to judge, and what the reason must say is missing.
SMALL = {
    "C1": ({"a": A[:8]}, "two widths with 6 values of sqrt(h) alpha >= 1 wanted"),
    "C2": ({"a": A[:6]}, "sqrt(h) alpha >= 1000 with kernels wanted"),
    "C3": ({"h": (20, 80)}, "3 widths over a factor 4 wanted, 2 over 4 there"),
    "C4": ({"h": (20, 80)}, "3 widths wanted, 2 there"),
    "C5": ({"a": A[:6]}, "a decade of sqrt(h) alpha >= 1000 or kernel change < 0.01 wanted"),
    "C6": ({"a": A[2:]}, "two decades of sqrt(h) alpha <= 0.3"),
    "C7": ({"a": A[:4]}, "no curve falls through a kernel change of 1"),
    "C8": ({"a": A[2:]}, "2 decade(s) of sqrt(h) alpha wanted"),
    "C9": ({"a": A[:7], "h": (20,)}, "two points with sqrt(h) alpha >= 1000 wanted"),
}


@pytest.mark.parametrize("kind", ["jackknife", "bootstrap"])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_true_claim_is_reproduced(claim, kind):
    judged = _verdict(claim, kind=kind, seeds=4 if kind == "jackknife" else 10)
    assert judged["verdict"] == "reproduced", judged
    assert {part["verdict"] for part in judged["parts"]} == {"reproduced"}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_false_claim_is_not_reproduced(claim):
    judged = _verdict(claim, **FALSE[claim])
    assert judged["verdict"] == "not reproduced", judged
    assert "outside the margin" in judged["reason"]


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_without_its_points_is_not_decided_and_says_what_is_missing(claim):
    made, missing = SMALL[claim]
    judged = _verdict(claim, **made)
    assert judged["verdict"] == "not decided", judged
    assert f"not decided at this scale: {missing}" in " ".join(part["reason"] for part in judged["parts"])


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_on_seeds_that_scatter_widely_is_never_reproduced(claim):
    judged = _verdict(claim, noise=1.0, seeds=3)
    assert judged["verdict"] != "reproduced", judged


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("made", [{}, {"a": A[:3], "h": (20,)}, {"noise": 1.0}, {"failed": [(0, k) for k in range(len(A))]}])
def test_a_judgement_is_plain_json_with_all_its_keys(claim, made):
    judged = _verdict(claim, **made)
    assert set(judged) == KEYS
    assert json.loads(json.dumps(judged, allow_nan=False)) == judged
    assert judged["verdict"] in ("reproduced", "not reproduced", "not decided")
    assert all(judged[key] for key in ("id", "statement", "source", "scale", "reason"))
    for part in judged["parts"]:
        if part["low"] is not None:
            assert part["low"] <= part["estimate"] <= part["high"]


def test_the_deciding_part_gives_its_numbers_to_the_claim():
    judged = _verdict("C3", **FALSE["C3"])
    [part] = [part for part in judged["parts"] if judged["reason"].startswith(part["name"] + ":")]
    assert {key: judged[key] for key in ("estimate", "low", "high", "target", "margin")} == {
        key: part[key] for key in ("estimate", "low", "high", "target", "margin")
    }
    # the made slope, with a noise of 0.1 % on each seed
    assert judged["estimate"] == pytest.approx(-0.3, abs=0.01)


def test_one_depth_that_fails_decides_a_claim_on_two_depths():
    judged = judge.judge("C3", {"made": of_cube(summary()) + of_cube(summary(**FALSE["C3"]))}, {})
    assert judged["verdict"] == "not reproduced"
    assert judged["scale"].count("made at preset demo") == 2


def test_the_variance_is_not_judged_at_large_n():
    judged = _verdict("C3", n=10000)
    assert judged["verdict"] == "not decided"
    assert "n <= 1000 wanted" in judged["reason"]


def test_the_variance_is_judged_on_the_larger_half_of_many_widths():
    h = (10, 20, 40, 80, 160, 320)
    bent = {"output_variance": lambda h, a: 1 / np.maximum(h, 80.0) + 0 * a}  # flat up to 80
    judged = _verdict("C3", h=h, **bent)
    assert judged["verdict"] == "reproduced"
    assert "h = 80, 160, 320" in judged["reason"]


def test_an_ensemble_above_its_members_is_not_reproduced():
    judged = _verdict("C4", ensemble_test_error=lambda h, a: 0.07 + 0 * a)
    assert judged["verdict"] == "not reproduced"
    assert judged["reason"].startswith("single minus ensemble error")


def test_a_width_whose_grid_is_too_coarse_for_a_crossing_is_named():
    between = [(1, k) for k in range(len(A)) if A[k] in (10.0, 100.0, 1000.0)]  # h = 40 keeps 1 and 1e4 around its crossing
    judged = _verdict("C7", absent=between)
    assert judged["verdict"] == "reproduced", judged
    assert [part["name"] for part in judged["parts"][:-1]] == [f"log10 of the crossing, h = {h}" for h in (20, 80)]
    assert "no crossing within a decade of sqrt(h) alpha at h = 40" in judged["parts"][-1]["reason"]


def test_widths_that_share_too_few_values_are_not_compared():
    apart = [(0, k) for k in (3, 5, 7)] + [(1, k) for k in (4, 6, 8)]
    judged = _verdict("C1", a=(*A[:3], 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4), h=(20, 80), absent=apart)
    assert judged["verdict"] == "not decided"
    assert "that the widths share wanted, 3 there" in judged["reason"]


def test_a_crossing_that_moves_with_the_width_is_not_reproduced():
    judged = _verdict("C7", h=(20, 80, 320), kernel_change_mean=lambda h, a: 0.1 * h / a)
    assert [part["verdict"] for part in judged["parts"]] == ["reproduced"] * 3 + ["not reproduced"]


@pytest.mark.parametrize(("L", "exponent"), [(2, 1.25), (3, 1.4), (5, 1.7)])
def test_the_exponent_of_the_kernel_change_is_that_of_the_depth(L, exponent):
    law = {"kernel_change_mean": lambda h, a: np.where(a < 30, (a / 30) ** -exponent, 30 / a)}
    judged = _verdict("C6", L=(L,), **law)
    assert judged["verdict"] == "reproduced"
    assert judged["target"] == -exponent
    assert f"-{2 / (1 + 1 / L):.3g}" in judged["reason"]


def test_the_exponent_of_an_unmeasured_depth_is_not_decided():
    assert "the article measured L = 2, 3, 5, not 4" in _verdict("C6", L=(4,))["reason"]


def test_a_small_true_difference_from_the_frozen_error_is_within_two_standard_errors():
    law = {"frozen_init_test_error_mean": lambda h, a: 0.054 + 0 * a, "test_error_mean": TRUE["test_error_mean"]}
    assert _verdict("C2", noise=1e-4, **law)["verdict"] == "not reproduced"
    noisy = _verdict("C2", noise=0.2, **law)
    assert noisy["verdict"] != "not reproduced"
    assert all(part["margin"] > 0.003 for part in noisy["parts"])
