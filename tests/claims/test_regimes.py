"""Claims C16 to C18 and C20 on made summaries."""

import numpy as np
import pytest

from crossover.claims import judge
from crossover.claims.evidence import of_cube
from crossover.claims.regimes import BETTER, gaps
from synthetic import summary

ALPHAS = tuple(10.0**k for k in range(-4, 6))


def flat(error: float):
    return lambda h, a: error + 0 * a


def crossing(feature: float, lazy: float):
    """An error on each side of sqrt(h) alpha = 10."""
    return lambda h, a: np.where(a < 10, feature, lazy) + 0 * h


def judged(claim: str, lacking: dict | None = None, **roles) -> dict:
    return judge.judge(claim, {role: of_cube(summary(**made)) for role, made in roles.items()}, lacking or {})


def errors(single, ensemble) -> dict:
    return {"test_error_mean": single, "ensemble_test_error": ensemble}


SAME = errors(flat(0.05), flat(0.04))
SCATTER = {"noise": 0.01, "kind": "bootstrap", "seeds": 20}
WORSE = errors(lambda h, a: 0.05 + 0.2 * (a / np.sqrt(h) > 1), lambda h, a: 0.04 + 0.1 * (a / np.sqrt(h) > 1))


def test_the_initial_output_hurts_at_large_alpha_alone():
    found = judged("C16", difference=SAME, plain=WORSE)
    assert found["verdict"] == "reproduced", found
    small, _, large, _ = found["parts"]
    assert (small["estimate"], small["margin"]) == (0, 0)  # the same made seeds: no difference and no error
    assert large["estimate"] == pytest.approx(0.2, rel=0.01)  # noise of 0.1 % on each seed
    # alpha <= 0.01: sqrt(h) alpha 1e-3 and 1e-2 of three widths
    assert "mean over 6 points" in small["reason"]


def test_an_initial_output_that_changes_nothing_at_large_alpha_leaves_the_claim_open():
    found = judged("C16", difference=SAME | SCATTER, plain=SAME | SCATTER | {"noise": 0.02})
    assert [part["verdict"] for part in found["parts"]] == ["reproduced"] * 2 + ["not decided"] * 2


@pytest.mark.parametrize(
    ("plain", "part"),
    [(errors(flat(0.06), flat(0.2)), 0), (errors(lambda h, a: 0.05 - 0.02 * (a > 100), flat(0.04)), 2)],
    ids=["worse at small alpha", "better at large alpha"],
)
def test_other_effects_of_the_initial_output_are_not_reproduced(plain, part):
    found = judged("C16", difference=SAME, plain=plain)
    assert found["verdict"] == "not reproduced"
    assert found["parts"][part]["verdict"] == "not reproduced"


def test_points_at_which_not_all_seeds_converged_are_left_out():
    failed = [(i, k) for i in range(3) for k in range(6, 9)]
    found = judged("C16", difference=SAME, plain=WORSE | {"failed": failed})
    assert [part["verdict"] for part in found["parts"][2:]] == ["not decided"] * 2
    assert "all seeds converged, wanted" in found["parts"][2]["reason"]


BIASED = errors(flat(0.051), flat(0.041)) | {"output_variance": lambda h, a: 1.1 * (1 + 1 / (1 + a)) / h}


def test_biases_that_change_little_are_negligible():
    found = judged("C17", unbiased=SAME, biased=BIASED)
    assert found["verdict"] == "reproduced", found
    assert [part["estimate"] for part in found["parts"]] == pytest.approx([0.001, 0.001, 0.1], rel=0.01)


@pytest.mark.parametrize(
    "change",
    [
        {"test_error_mean": lambda h, a: 0.05 + 0.01 * (a == 10)},
        {"ensemble_test_error": flat(0.03)},
        {"output_variance": lambda h, a: 1.5 * (1 + 1 / (1 + a)) / h},
    ],
)
def test_biases_that_change_something_at_one_point_are_not_negligible(change):
    found = judged("C17", unbiased=SAME, biased=BIASED | change)
    assert found["verdict"] == "not reproduced"


def test_biases_without_a_point_of_both_are_not_decided():
    found = judged("C17", unbiased=SAME, biased=BIASED | {"h": (30,)})
    assert found["verdict"] == "not decided"
    assert "a point of both" in found["reason"]


DEEP = errors(flat(0.06), flat(0.041)) | {"L": (9,)}


def test_a_deeper_network_has_the_larger_single_error_and_the_same_ensemble_error():
    found = judged("C20", shallow=SAME, deep=DEEP)
    assert found["verdict"] == "reproduced", found
    assert [part["name"] for part in found["parts"]] == [f"{of} error, L = 9 minus L = 3" for of in ("single", "ensemble")]
    assert [part["estimate"] for part in found["parts"]] == pytest.approx([0.01, 0.001], rel=0.02)
    assert "mean over 27 points" in found["parts"][0]["reason"]


@pytest.mark.parametrize("deep", [errors(flat(0.04), flat(0.04)), errors(flat(0.06), flat(0.05))])
def test_a_deeper_network_of_another_kind_is_not_reproduced(deep):
    assert judged("C20", shallow=SAME, deep=deep | {"L": (9,)})["verdict"] == "not reproduced"


LAZY = errors(crossing(0.05, 0.055), crossing(0.045, 0.035)) | {"a": ALPHAS, "h": (100,)}
FEATURE = errors(crossing(0.05, 0.055), crossing(0.035, 0.045)) | {"a": ALPHAS, "h": (100,)}


def test_the_gap_is_that_of_the_means_of_both_sides_without_the_best():
    def law(h, a):
        return np.select([a < 1e-3, a < 1, a < 1e3], [9.0, 0.01 * (1 + a), 7.0], 0.02 + 1e-7 * a)

    [gap] = gaps(of_cube(summary(h=(100,), a=ALPHAS, noise=0, ensemble_test_error=law))[0])
    lazy, feature = 0.02 + 1e-7 * np.mean([1e3, 1e4, 1e5]), 0.01 * (1 + np.mean([1e-3, 1e-2, 1e-1]))
    assert gap.ensemble.estimate == pytest.approx(lazy - feature, rel=1e-6)
    assert gap.values == "3 lazy, 3 feature values of sqrt(h) alpha"


@pytest.mark.parametrize("role", BETTER)
def test_table_1_is_judged_by_the_sign_that_it_has(role):
    made = {"lazy": LAZY, "feature": FEATURE, None: SAME | {"a": ALPHAS, "h": (100,), "noise": 0.0}}
    for winner, laws in made.items():
        part = judged("C18", **{role: laws})["parts"][0]
        if winner == BETTER[role]:
            assert part["verdict"] == "reproduced", part
            assert (part["estimate"] > 0) == (winner is not None)
        elif winner is None:
            assert part["verdict"] == "not decided"
        else:
            assert part["verdict"] == "not reproduced"


def test_the_single_error_is_printed_and_does_not_decide():
    part = judged("C18", fashion=LAZY)["parts"][0]
    assert part["name"] == "lazy better by, h = 100"
    assert part["estimate"] == pytest.approx(0.01, rel=0.01)
    assert "single error -0.005" in part["reason"]


def test_every_width_with_both_sides_is_a_part():
    found = judged("C18", fashion=LAZY | {"h": (20, 40, 80), "absent": [(1, k) for k in range(6, len(ALPHAS))]})
    assert [part["name"][-6:] for part in found["parts"]] == ["h = 20", "h = 80"]
    few = judged("C18", fashion=LAZY | {"a": (1e-2, 1.0, 1e3, 1e4)})
    assert few["verdict"] == "not decided"
    assert "2 values of sqrt(h) alpha >= 1000 and 2 in 0.001..0.1 wanted" in few["reason"]


def test_table_1_stays_open_while_a_row_has_no_data_unless_another_fails():
    open_ = judged("C18", {"mnist": "no files of mnist"}, fashion=LAZY)
    assert open_["verdict"] == "not decided"
    assert open_["reason"].startswith("mnist: not decided: no files of mnist")
    fails = judged("C18", {"mnist": "no files of mnist"}, fashion=FEATURE)
    assert fails["verdict"] == "not reproduced"
    assert fails["reason"].endswith("; not judged: mnist")
