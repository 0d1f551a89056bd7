"""Tables 1 and 2 of the depth paper hold the numbers of their files."""

import csv
import io
import json

import numpy as np
import pytest

from crossover import cubes, tables
from crossover.claims.depth_numbers import width_slope
from crossover.cli import rules
from crossover.tables import depth_table1, depth_table2
from depth_specs import SPECS, made


def _file(name: str, **more):
    return cubes.make(name, made(name), cubes.provenance(kind=name, title="made", spec=json.dumps(SPECS[name]), **more))


def _rows(module, *arguments) -> list[dict]:
    header, rows = module.rows(*arguments)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_table_1_has_means_over_seeds_spreads_over_words_and_slopes():
    rows, data = _rows(depth_table1, {"words": _file("depth_table1")}, {}), made("depth_table1")
    assert len(rows) == 2 * (len(depth_table1.MEASURES) + len(depth_table1.LOSSES))
    [row] = [
        row for row in rows if row["parametrisation"].startswith("mup") and row["measure"] == depth_table1.MEASURES["neuron_mean"]
    ]
    values = data["neuron_mean"][1]  # (width, seed)
    mean, spread = row["n = 64"].rstrip(")").split(" (")
    assert float(mean) == pytest.approx(values[1].mean(), rel=5e-3)
    assert float(spread) == pytest.approx(data["neuron_mean_spread"][1, 1].mean(), rel=0.06)
    slope = width_slope(data["width"].astype(float), values)
    assert (row["slope in n"], row["low"], row["high"]) == slope[:3]
    assert row["scale"] == "V = 40, 120 steps of 32 words, 2 seeds"


def test_table_2_has_a_row_for_each_depth_and_time_and_says_a_stand_in():
    rows, data = _rows(depth_table2, {"mnist": _file("depth_table2", stand_in_for="mnist_rows")}, {}), made("depth_table2")
    assert [(row["L"], row["time"]) for row in rows] == [(L, t) for t in ("10", "inf") for L in ("2", "5", "100")]
    last = rows[-1]
    assert float(last["accuracy"].split()[0]) == pytest.approx(data["accuracy"][:, 1, 2].mean(), abs=5e-4)
    assert float(last["macro F1"].split()[0]) == pytest.approx(data["macro_f1"][:, 1, 2].mean(), abs=5e-4)
    assert float(last["mean squared error (s.d. over test images)"].split()[0]) == pytest.approx(
        np.mean(data["square_error"][:, 1, 2]), rel=5e-3
    )
    assert {row["data set used"] for row in rows} == {"digits (stands in for mnist_rows)"}


@pytest.mark.parametrize(("name", "role"), [("depth_table1", "words"), ("depth_table2", "mnist")])
def test_the_command_writes_the_table_and_the_reason_of_one_without_data(name, role, tmp_path):
    cubes.write(_file(name, stand_in_for=""), tmp_path / "made.nc")
    outputs = [tmp_path / f"{name}.{ending}" for ending in ("html", "csv")]
    spec = json.dumps({"table": name, "roles": {role: name}, "absent": {}})
    rules.table(spec, outputs, [f"{role}={tmp_path / 'made.nc'}"])
    assert tables.load(name).TITLE in outputs[0].read_text(encoding="utf-8")
    assert len(list(csv.reader(io.StringIO(outputs[1].read_text(encoding="utf-8"))))) > 5
    assert tables.load(name).rows({}, {role: "no file"})[1] == [("all", "no file")]
