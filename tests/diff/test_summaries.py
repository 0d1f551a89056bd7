"""Summary cubes, whose observables have error bars, and judged claims."""

import copy
import json

import numpy as np
import pytest

from crossover import schema, tolerances
from crossover.claims import judge
from crossover.claims.evidence import of_cube
from crossover.diff.folders import diff
from crossover.diff.result import Options, Verdict
from made_pairs import changed, compare, of
from synthetic import summary

SPARE = [f"{name}_replicate" for name in schema.OBSERVABLES]


@pytest.mark.parametrize("kind", ["jackknife", "bootstrap"])
def test_other_seeds_of_the_same_laws_are_insignificant(kind, tmp_path):
    # six seeds off by 5 % each; the second summary draws others
    a = summary(noise=0.05, seeds=6, kind=kind)
    b = summary(noise=0.05, seeds=6, kind=kind, a=(1e-4, *a["sqrt_h_alpha"].values)).isel(sqrt_h_alpha=slice(1, None))
    found = compare(tmp_path, a, b)
    assert of(found, "kernel_change_mean").result == "insignificant"
    assert of(found, "kernel_change_mean").beyond > 10
    assert found.verdict == Verdict.WITHIN


@pytest.mark.parametrize("spare", [[], SPARE], ids=["replicates", "intervals alone"])
def test_a_shift_of_many_error_bars_is_different_with_replicates_or_intervals(spare, tmp_path):
    a = summary(noise=0.01, seeds=10, kind="bootstrap")
    # the made intervals are +- 2 noise; those of ten seeds +- 2 noise / sqrt(10)
    b = changed(a, "kernel_change_mean", lambda values: values[0, 1, 4:5].__imul__(1.3))
    found = compare(tmp_path, a.drop_vars(spare), b)
    variable = of(found, "kernel_change_mean")
    assert (variable.unequal, variable.significant, variable.result) == (1, 1, "different")
    assert variable.largest[0].at == {"L": 3, "h": 40, "sqrt_h_alpha": a["sqrt_h_alpha"].values[4]}
    assert found.verdict == Verdict.DIFFERENT


def test_a_summary_without_replicates_is_identical_to_its_own(tmp_path):
    a = summary()
    found = compare(tmp_path, a.drop_vars(SPARE), a)
    assert found.verdict == Verdict.IDENTICAL
    assert set(found.files[0].variables_only[1]) == set(SPARE)


def test_error_bars_alone_never_make_a_file_different(tmp_path):
    a = summary()
    found = compare(tmp_path, a, a.assign(test_error_mean_interval=a["test_error_mean_interval"] * 1.5))
    assert of(found, "test_error_mean_interval").beyond > 0
    assert found.verdict == Verdict.WITHIN


def test_points_that_one_grid_lacks_are_listed(tmp_path):
    found = compare(tmp_path, summary(), summary(absent=[(0, 1)]), common=True)
    assert found.files[0].cells == ([{"L": 3, "h": 20, "sqrt_h_alpha": 0.01}], [])
    assert of(found, "seeds_wanted").unequal == 0


def test_curves_that_end_elsewhere_are_not_beyond_tolerance(tmp_path):
    a = summary()
    b = changed(a, "rescaled_loss_mean", lambda values: values[..., -1].fill(np.nan))
    found = compare(tmp_path, a, b)
    assert (of(found, "rescaled_loss_mean").unequal, of(found, "rescaled_loss_mean").beyond) == (27, 0)
    assert found.verdict == Verdict.WITHIN


@pytest.fixture(scope="module")
def claims() -> list[dict]:
    evidence = {"made": of_cube(summary(noise=0.01))}
    return [judge.judge(name, evidence, {}) for name in ("C5", "C6", "C7")]


def _compared(folder, a: list[dict], b: list[dict], **options):
    for name, judged in (("a", a), ("b", b)):
        (folder / f"{name}.json").write_text(json.dumps(judged), encoding="utf-8")
    return diff(folder / "a.json", folder / "b.json", Options(**options))


def _moved(claims: list[dict], errors: float) -> list[dict]:
    """The first part's estimate and interval moved by standard errors, its verdict kept."""
    moved = copy.deepcopy(claims)
    part = moved[0]["parts"][0]
    shift = errors * (part["high"] - part["low"]) / 2 / 1.959964
    for key in ("estimate", "low", "high"):
        part[key] += shift
    return moved


def test_claims_judged_again_are_identical(claims, tmp_path):
    assert _compared(tmp_path, claims, claims).verdict == Verdict.IDENTICAL


@pytest.mark.parametrize(("errors", "verdict"), [(1.0, Verdict.WITHIN), (10.0, Verdict.DIFFERENT)])
def test_an_estimate_is_judged_by_the_claims_own_error_bars(claims, errors, verdict, tmp_path):
    found = _compared(tmp_path, claims, _moved(claims, errors), tolerances={"claims": tolerances.EXACT})
    assert found.verdict == verdict
    assert of(found, "estimate").largest[0].at["claim"] == "C5"


def test_a_verdict_that_changed_is_different_and_listed(claims, tmp_path):
    other = copy.deepcopy(claims)
    other[1]["verdict"] = "another"
    found = _compared(tmp_path, claims, other)
    assert found.verdict == Verdict.DIFFERENT
    [change] = found.files[0].statuses
    assert (change.name, change.at, change.a, change.b) == ("verdict", {"claim": "C6"}, claims[1]["verdict"], "another")


def test_a_claim_of_one_file_alone_is_listed(claims, tmp_path):
    found = _compared(tmp_path, claims, claims[:-1])
    assert found.verdict == Verdict.DIFFERENT
    assert {"claim": "C7"} in found.files[0].cells[0]
    assert _compared(tmp_path, claims, claims[:-1], common=True).verdict == Verdict.WITHIN


def test_a_file_that_holds_no_claims_is_not_comparable(claims, tmp_path):
    found = _compared(tmp_path, claims, [{"id": "C1"}])
    assert found.verdict == Verdict.NOT_COMPARABLE
    assert "b.json: is no file of claims" in found.files[0].reason
