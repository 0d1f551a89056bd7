"""Claims on several experiments: data that are absent, stand-ins, and what the verdict says of them."""

import pytest

from crossover import items
from crossover.claims import judge
from crossover.claims.evidence import of_cube
from crossover.claims.parts import NOT_DECIDED, NOT_REPRODUCED, REPRODUCED, Part
from crossover.claims.regimes import BETTER
from synthetic import summary

FALSE = {"kernel_change_mean": lambda h, a: 30 / a**2}


def _made(stand_in_for="", **made):
    cube = summary(**made)
    cube.attrs["stand_in_for"] = stand_in_for
    return of_cube(cube)


def test_every_claim_of_the_items_is_judged_and_no_other():
    assert set(judge.CLAIMS) == set(items.CLAIMS)
    assert [name for name in judge.CLAIMS if name.startswith("C")] == [f"C{k}" for k in range(1, 21)]
    assert set(BETTER) == set(items.CLAIMS["C18"])
    assert set(judge.TOGETHER) == {name for name, roles in items.CLAIMS.items() if name[0] == "C" and len(roles or ()) > 1} - {
        "C18"
    }


@pytest.mark.parametrize("claim", items.CLAIMS)
def test_a_claim_whose_data_are_nowhere_is_not_decided_and_says_why(claim):
    roles = items.CLAIMS[claim] or ("mnist",)
    found = judge.judge(claim, {}, dict.fromkeys(roles, "no file train-images of mnist"))
    assert found["verdict"] == "not decided"
    assert found["reason"] == f"{roles[0]}: not decided: no file train-images of mnist"
    assert (found["estimate"], found["scale"]) == (None, "no data")
    assert [part["name"] for part in found["parts"]] == list(roles)


def test_a_claim_without_experiments_is_not_decided():
    assert judge.judge("C5", {}, {})["verdict"] == "not decided"


def test_parts_are_named_by_their_experiment_where_there_are_several_and_by_depth():
    found = judge.judge("C5", {"one": _made(), "two": _made(L=(2, 5))}, {})
    start = "slope of the kernel change, lazy side"
    assert [part["name"] for part in found["parts"]] == [f"one: {start}", f"two: L = 2: {start}", f"two: L = 5: {start}"]
    assert found["scale"].count("; ") == 2


@pytest.mark.parametrize("made", [{}, FALSE], ids=["true", "false"])
def test_a_stand_in_shows_its_numbers_and_judges_nothing(made):
    found = judge.judge("C5", {"mnist": _made("mnist", **made)}, {})
    assert found["verdict"] == "not decided"
    assert found["estimate"] == pytest.approx(-2 if made else -1, abs=0.01)
    assert found["parts"][0]["reason"] == "fashion_subset stands in for mnist; nothing about mnist is judged from it"
    assert "fashion_subset (stands in for mnist)" in found["scale"]


def test_a_stand_in_without_points_says_what_is_missing_too():
    found = judge.judge("C5", {"mnist": _made("mnist", a=(1.0, 10.0))}, {})
    assert found["reason"].endswith("not decided at this scale: a decade of sqrt(h) alpha >= 1000 or kernel change < 0.01 wanted")


@pytest.mark.parametrize(("made", "verdict"), [({}, "reproduced"), (FALSE, "not reproduced")])
def test_what_was_judged_decides_and_the_rest_is_named(made, verdict):
    evidence = {"fashion": _made(**made), "mnist": _made("mnist", **({} if made else FALSE))}
    found = judge.judge("C5", evidence, {"emnist": "no files"})
    assert found["verdict"] == verdict
    assert found["reason"].startswith("fashion: ")
    assert found["reason"].endswith("; not judged: mnist: slope of the kernel change, lazy side, emnist")


def test_a_comparison_with_a_stand_in_is_not_judged():
    found = judge.judge("C20", {"shallow": _made("mnist"), "deep": _made("mnist", L=(9,))}, {})
    assert {part["verdict"] for part in found["parts"]} == {"not decided"}
    assert all(part["estimate"] is not None for part in found["parts"])


def test_a_comparison_of_one_experiment_with_nothing_is_not_decided():
    found = judge.judge("C20", {"shallow": _made()}, {"deep": "deep has no preset demo"})
    assert (found["verdict"], len(found["parts"])) == ("not decided", 1)
    assert found["reason"] == "deep: not decided: deep has no preset demo"


def test_a_comparison_wants_one_depth_and_one_way_of_resampling():
    found = judge.judge("C20", {"shallow": _made(), "deep": _made(L=(5, 9))}, {})
    assert found["reason"] == "deep: not decided at this scale: one depth wanted, L = 5, 9 there"
    found = judge.judge("C20", {"shallow": _made(), "deep": _made(L=(9,), kind="bootstrap", seeds=10)}, {})
    assert "the same way of resampling wanted" in found["reason"]


def _part(verdict, *, no_data=False):
    return Part("made", 0, 0, 0, 0, 1, verdict, "", no_data)


@pytest.mark.parametrize(
    ("parts", "verdict", "whole"),
    [
        ([_part(REPRODUCED)], REPRODUCED, REPRODUCED),
        ([_part(REPRODUCED), _part(NOT_DECIDED)], NOT_DECIDED, NOT_DECIDED),
        ([_part(NOT_REPRODUCED), _part(NOT_DECIDED)], NOT_REPRODUCED, NOT_REPRODUCED),
        ([_part(REPRODUCED), _part(NOT_DECIDED, no_data=True)], REPRODUCED, NOT_DECIDED),
        ([_part(NOT_DECIDED, no_data=True)], NOT_DECIDED, NOT_DECIDED),
    ],
)
def test_the_verdict_is_that_of_the_parts_with_data(parts, verdict, whole):
    assert (judge.overall(parts), judge.overall(parts, whole=True)) == (verdict, whole)
