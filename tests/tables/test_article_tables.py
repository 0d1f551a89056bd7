"""Tables 1 and 2: numbers and verdicts are those of the claims, and files say what they show."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from crossover import cubes, items, tables
from crossover.claims import judge
from crossover.claims.evidence import of_cube
from crossover.claims.regimes import BETTER
from crossover.cli import rules
from crossover.tables import table1, table2
from synthetic import summary

A = tuple(10.0**k for k in range(-4, 6))
ROLES = items.TABLES["table1"].roles


def _errors(lazy: float, feature: float = 0.05, stand_in_for: str = "", **made):
    def law(h, a):
        return np.where(a < 10, feature, lazy) + 0 * h

    cube = summary(a=A, **{"h": (100,)} | made, ensemble_test_error=law, test_error_mean=lambda h, a: law(h, a) + 0.01)
    cube.attrs["stand_in_for"] = stand_in_for
    return cube


@pytest.fixture(scope="module")
def made() -> tuple[dict, dict]:
    """Summaries and absent roles of Table 1: true rows, a false one (mnist), a stand-in (cifar10), one that is absent."""
    found = {role: _errors({"lazy": 0.04, "feature": 0.06, None: 0.05}[BETTER[role]]) for role in ROLES}
    found |= {"cnn_fashion": _errors(0.05, noise=0), "mnist": _errors(0.06), "cifar10": _errors(0.04, stand_in_for="cifar10")}
    del found["emnist"]
    return found, {"emnist": "no file gzip.zip of emnist_letters"}


def _rows(module, *arguments) -> list[dict]:
    header, rows = module.rows(*arguments)
    assert all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_table_1_has_the_rows_of_the_article_with_its_regimes(made):
    rows = _rows(table1, *made)
    assert tuple(table1.SETUPS) == ROLES
    assert [row["article: better"] for row in rows] == [BETTER[role] or "not clear" for role in ROLES]
    assert [(row["architecture"], row["data set"]) for row in rows[:2]] == [
        ("CNN (4 hidden layers)", "CIFAR-10"),
        ("CNN (4 hidden layers)", "Fashion-MNIST"),
    ]


def test_the_verdicts_of_table_1_are_those_of_claim_18(made):
    rows, (summaries, absent) = _rows(table1, *made), made
    claim = judge.judge("C18", {role: of_cube(summaries[role]) for role in ROLES if role in summaries}, absent)
    parts = {part["name"].split(":")[0]: part for part in claim["parts"]}
    assert [row["verdict"] for row in rows] == [parts[role]["verdict"] for role in ROLES]
    assert [row["why"] for row in rows] == [parts[role]["reason"] for role in ROLES]
    by_role = dict(zip(ROLES, rows, strict=True))
    assert by_role["fashion"]["verdict"] == "reproduced"
    assert by_role["mnist"]["verdict"] == "not reproduced"
    assert by_role["mnist"]["measured: better"] == "feature"


def test_the_numbers_of_table_1_are_lazy_minus_feature_in_standard_errors(made):
    row = dict(zip(ROLES, _rows(table1, *made), strict=True))["fashion"]
    assert row["lazy minus feature, ensemble error"] == pytest.approx(-0.01, rel=0.01)  # seeds off by 0.1 %
    assert row["lazy minus feature, single error"] == pytest.approx(-0.01, rel=0.02)
    ratio = abs(row["lazy minus feature, ensemble error"]) / row["standard error"]
    assert row["in standard errors"] == pytest.approx(ratio)
    assert row["scale"].startswith("made at preset demo: n = 500")


def test_a_stand_in_and_an_absent_data_set_are_said_in_table_1(made):
    by_role = dict(zip(ROLES, _rows(table1, *made), strict=True))
    assert by_role["cifar10"]["data set used"] == "fashion_subset (stands in for cifar10)"
    assert by_role["cifar10"]["verdict"] == "not decided"
    assert np.isfinite(by_role["cifar10"]["standard error"])
    assert by_role["emnist"]["data set used"] == "none"
    assert by_role["emnist"]["why"] == "not decided: no file gzip.zip of emnist_letters"


def test_every_width_has_its_row_in_table_1_and_one_without_both_sides_says_so(made):
    summaries, absent = made
    rows = _rows(table1, summaries | {"fashion": _errors(0.04, h=(100, 300))}, absent)
    assert [row["h"] for row in rows if row["data set"] == "Fashion-MNIST" and "3 hidden" in row["architecture"]] == [
        "100",
        "300",
    ]
    few = summary(a=(1.0, 10.0))
    [row] = [row for row in _rows(table1, {"fashion": few}, dict.fromkeys(set(ROLES) - {"fashion"}, "no")) if row["scale"]]
    assert "2 values of sqrt(h) alpha >= 1000" in row["why"]
    assert np.isnan(row["standard error"])


def _depths(stand_in_for: str = "", **deeper):
    """Exponents that the article measured at L = 5, at both depths."""
    laws = {"kernel_change_mean": lambda h, a: np.where(a < 30, (a / 30) ** -1.7, 30 / a)}
    found = {}
    for role, L in ({"deep": (5,), "shallow": (2,)} | deeper).items():
        found[role] = summary(L=L, a=A, **laws, weight_change_mean=lambda h, a: a**-0.23 / np.sqrt(h))
        found[role].attrs["stand_in_for"] = stand_in_for
    return found


def test_table_2_has_measured_exponents_beside_those_of_the_article():
    rows = _rows(table2, _depths(), {})
    assert tuple(table2.DEPTHS) == items.TABLES["table2"].roles
    assert [(row["observable"], row["L"]) for row in rows] == [
        (of, L) for of in ("kernel change", "weight change") for L in (5, 2)
    ]
    assert [row["article: measured"] for row in rows] == [1.7, 1.25, 0.23, 0.35]
    assert [row["article: predicted"] for row in rows] == pytest.approx([5 / 3, 4 / 3, 1 / 6, 1 / 3])
    assert [row["exponent"] for row in rows] == pytest.approx([1.7, 1.7, 0.23, 0.23], abs=0.01)
    assert [row["verdict"] for row in rows] == ["reproduced", "not reproduced"] * 2
    assert all(row["low"] < row["exponent"] < row["high"] for row in rows)


@pytest.mark.parametrize(("claim", "observable"), [("C6", "kernel change"), ("C10", "weight change")])
def test_the_verdicts_of_table_2_are_those_of_claims_6_and_10(claim, observable):
    made = _depths()
    parts = judge.judge(claim, {role: of_cube(cube) for role, cube in made.items()}, {})["parts"]
    found = [row["verdict"] for row in _rows(table2, made, {}) if row["observable"] == observable]
    assert [part["verdict"] for part in parts if "feature side" in part["name"]] == found


def test_an_experiment_of_several_depths_has_a_row_for_each():
    rows = _rows(table2, _depths(deep=(4, 5)), {})
    assert [row["L"] for row in rows] == [4, 5, 2] * 2
    assert np.isnan(rows[0]["article: measured"])
    assert rows[0]["why"] == "not decided at this scale: the article measured L = 2, 3, 5, not 4"


def test_a_depth_that_is_absent_has_the_articles_numbers_alone():
    rows = _rows(table2, {"shallow": _depths()["shallow"]}, {"deep": "no file of mnist"})
    assert [row["L"] for row in rows] == [5, 2, 5, 2]
    assert np.isnan(rows[0]["exponent"])
    assert (rows[0]["article: measured"], rows[0]["verdict"]) == (1.7, "not decided")
    assert rows[0]["why"] == "not decided: no file of mnist"


def test_a_stand_in_is_said_in_table_2():
    rows = _rows(table2, _depths(stand_in_for="mnist_pca10"), {})
    assert {row["verdict"] for row in rows} == {"not decided"}
    assert all(np.isfinite(row["exponent"]) for row in rows)
    assert {row["data set used"] for row in rows} == {"fashion_subset (stands in for mnist_pca10)"}


def test_the_page_is_well_formed_marks_verdicts_and_escapes_text():
    header, rows = ("what", "verdict", "number"), [("<b>&", "not decided", 0.12345), ("x", "reproduced", np.nan)]
    page = tables.as_text(".html", "Table", header, rows)
    parsed = ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))
    cells = [[cell.text for cell in row.iter("td")] for row in parsed.iter("tr")][1:]
    assert cells == [["<b>&", "not decided", "0.123"], ["x", "reproduced", "–"]]
    assert [cell.get("class") for cell in parsed.iter("td")] == [None, "not-decided", None, None, "reproduced", None]
    assert "http" not in page


def test_the_csv_has_all_digits_and_nothing_where_there_is_no_number():
    text = tables.as_text(".csv", "Table", ("what", "number"), [("a, b", 0.1 + 0.2), ("x", np.nan)])
    assert list(csv.reader(io.StringIO(text))) == [["what", "number"], ["a, b", repr(0.1 + 0.2)], ["x", ""]]


def test_another_ending_is_refused():
    with pytest.raises(ValueError, match=r"output ends in '.txt', wanted .html or .csv"):
        tables.as_text(".txt", "Table", (), [])


@pytest.mark.parametrize("name", ["table1", "table2"])
def test_the_command_writes_every_table_from_its_files(name, tmp_path):
    role, cube = {"table1": ("fashion", _errors(0.04)), "table2": ("deep", _depths()["deep"])}[name]
    cubes.write(cube, tmp_path / "made.nc")
    absent = dict.fromkeys(set(items.TABLES[name].roles) - {role}, "not there")
    spec = json.dumps({"table": name, "roles": {role: "made"}, "absent": absent})
    outputs = [tmp_path / f"{name}.{ending}" for ending in ("html", "csv")]
    rules.table(spec, outputs, [f"{role}={tmp_path / 'made.nc'}"])
    assert tables.load(name).TITLE in outputs[0].read_text(encoding="utf-8")
    read = list(csv.DictReader(io.StringIO(outputs[1].read_text(encoding="utf-8"))))
    header, rows = tables.load(name).rows({role: cube}, absent)
    assert tuple(read[0]) == header
    assert [row["verdict"] for row in read] == [row[header.index("verdict")] for row in rows]
