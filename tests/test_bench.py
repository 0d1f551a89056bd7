import json
import warnings

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from typer.testing import CliRunner

from crossover import cli, cubes, figures, schema
from crossover.bench import flow, machine, table
from crossover.figures import bench_boundary
from synthetic import bench

CONVERGED = schema.STATUS["converged"]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The folder that the quick benchmark of flows leaves, and what it prints."""
    folder = tmp_path_factory.mktemp("bench")
    done = CliRunner().invoke(cli.app, ["bench", "flow", "--quick", "--output", str(folder), "--device", "cpu"])
    assert done.exit_code == 0, done.output
    return folder, done.stdout


def test_the_quick_benchmark_leaves_a_file_a_table_and_a_figure(measured):
    folder, printed = measured
    assert {path.name for path in folder.iterdir()} == {"flow.nc", "flow.md", "flow.png", "flow.pdf"}
    assert (folder / "flow.png").stat().st_size > 5000
    with cubes.read(folder / "flow.nc") as data:
        assert table.as_markdown(data) == (folder / "flow.md").read_text(encoding="utf-8")
        assert table.as_text(data).strip() in printed
        assert data.attrs["machine"] == machine.described()["machine"] != ""
        assert (data.attrs["threads"], data.attrs["repeats"], data.attrs["device"]) == ("1", "1", "cpu")
        assert json.loads(data.attrs["spec"])["problems"] == [list(problem) for problem in flow.QUICK.problems]


def test_auto_takes_fewer_evaluations_than_euler_and_is_as_good(measured):
    with cubes.read(measured[0] / "flow.nc") as data:
        assert (data["status"] == CONVERGED).all()
        assert (data["seconds"] > 0).all()
        shipped = data.isel(run=(data["role"] == "shipped").values)
        euler, auto, single = (shipped.isel(run=slice(k, None, 3)) for k in range(3))
        assert {*euler["flow"].values} == {"euler"}
        assert {*auto["flow"].values, *single["flow"].values} == {"auto"}
        assert {*single["dtype"].values} == {"float32"}
        for found in (auto, single):
            assert (found["evaluations"].values < euler["evaluations"].values / 2).all()
            assert (found["flops"].values < euler["flops"].values / 2).all()
            assert (found["F_error"] < 7e-4).all()
            assert (found["t_error"] < 3e-3).all()


def test_the_tight_run_is_far_better_than_what_is_measured_against_it(measured):
    with cubes.read(measured[0] / "flow.nc") as data:
        reference = data.isel(run=(data["role"] == "reference").values)
        assert np.isnan(reference["F_error"]).all()
        known = data["reference_error"].values
        assert known[np.isfinite(known)].max() < 1e-5
        [check] = data.isel(run=(data["role"] == "check").values)["F_error"].values
        assert check in known


def test_tighter_settings_of_auto_have_smaller_errors(measured):
    with cubes.read(measured[0] / "flow.nc") as data:
        lazy = (data["flow"] == "auto") & (data["dtype"] == "float64") & (data["sqrt_h_alpha"] == 1e4)
        curve = data.isel(run=lazy.values).sortby("tolerance")
        assert len(curve["run"]) == 5
        assert curve["F_error"].values[0] < curve["F_error"].values[-1] / 2


def test_a_plan_has_its_curves_at_problems_of_its_own():
    for plan in (flow.FULL, flow.QUICK):
        assert set(plan.curve) < set(plan.problems)
    assert len(flow.FULL.problems) == 12


def _fake(spec, data, *, device, progress, at_once):
    """A training job whose outputs are off by the tolerance of its flow; Euler reaches a limit."""
    tolerance = flow.Method("", spec["flow"]["name"], spec["flow"]).tolerance
    counts = dict.fromkeys(("evaluations", "kernel_evaluations", "kernel_products"), np.array([10]))
    status = np.array(["time_limit" if spec["flow"]["name"] in ("euler", "rkc") else "converged"])
    return counts | {"status": status, "F_test": np.array([[1 + tolerance, 1.0]]), "t_stop": np.array([2.0])}, {}


def test_a_tight_run_that_does_not_converge_is_replaced_and_a_run_that_does_not_has_no_error(monkeypatch):
    monkeypatch.setattr(flow.train, "run", _fake)
    rows = flow.run(flow.Plan(flow.SHIPPED, (flow.Problem(50, 8, 1.0),)), repeats=3, device="cpu")
    assert rows["role"].tolist() == ["reference", "shipped", "shipped", "shipped"]
    assert rows["flow"].tolist() == ["tangent", "euler", "auto", "auto"]
    assert rows["status"].tolist() == [1, schema.STATUS["time_limit"], 1, 1]
    assert np.isnan(rows["F_error"][:2]).all()
    np.testing.assert_allclose(rows["F_error"][2:], (6e-4 - 1e-5) / np.hypot(1 + 1e-5, 1), rtol=1e-9)
    assert np.isnan(rows["reference_error"]).all()


def test_the_table_has_each_problem_and_the_totals_of_each_size():
    rows = table.rows(bench())
    assert [row[:3] for row in rows] == [
        [[n], [h], [label]] for n, h in (("50", "8"), ("100", "16")) for label in ("1", "10000", "total")
    ]
    first, total = rows[0], rows[2]
    assert first[3:] == [
        ["50000", "5000", "5000"],
        ["0", "4", "4"],
        ["5.0e10", "5.0e9", "5.0e9"],
        ["5", "0.5", "0.5"],
        *[["1", "10", "10"]] * 3,
        ["2.0e-5", "1.0e-4", "1.0e-4"],
    ]
    assert total[3:6] == [["100000", "10000", "10000"], ["0", "8", "8"], ["1.0e11", "1.0e10", "1.0e10"]]
    assert total[6] == ["10", "1", "1"]


def test_a_run_that_did_not_converge_shows_its_status_and_no_ratio():
    row, _, total = table.rows(bench(failed=("euler",)))[:3]
    assert row[3] == ["–", "5000", "5000"]
    assert row[-1] == ["time_limit", "1.0e-4", "1.0e-4"]
    assert row[7] == total[7] == ["–"] * 3
    assert total[-1] == ["–", "1.0e-4", "1.0e-4"]


def test_markdown_and_text_name_machine_versions_and_repeats():
    for shown in (table.as_markdown(bench()), table.as_text(bench())):
        assert "made, 2 cores, 1 thread(s), device cpu" in shown
        assert "torch" in shown
        assert "repeats: 1" in shown
        assert "at most 2e-6 where it was measured" in shown


def test_the_figure_marks_the_shipped_settings_and_joins_the_tolerances():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = figures.load("bench_flow")({"bench": bench(failed=("euler",))}, {})
        drawn.canvas.draw()
    assert [axes.get_title(loc="left") for axes in drawn.axes] == [f"({letter})" for letter in "abcd"]
    lines = drawn.axes[0].lines
    shipped = [line for line in lines if line.get_linestyle() == "None" and np.isfinite(line.get_xdata()).any()]
    joined = [line for line in lines if len(line.get_xdata()) == 2 and np.isfinite(line.get_xdata()).all()]
    assert len(shipped) == 5  # three methods at one alpha, two at the other
    assert len(joined) == 3
    assert {to_rgba(line.get_markerfacecolor()) for line in joined} == {to_rgba("w")}


def test_the_quick_boundary_has_each_method_alone_and_auto_near_the_better(tmp_path):
    done = CliRunner().invoke(cli.app, ["bench", "boundary", "--quick", "--output", str(tmp_path), "--device", "cpu"])
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {f"boundary.{ending}" for ending in ("nc", "md", "png", "pdf")}
    with cubes.read(tmp_path / "boundary.nc") as data:
        shipped = data.isel(run=(data["role"] == "shipped").values)
        assert (shipped["status"] == CONVERGED).all()
        work = shipped["flops"].values.reshape(3, 3)  # (problem, method)
        assert shipped["flow"].values[:3].tolist() == ["rkc", "tangent", "auto"]
        assert work[-1, 1] < work[-1, 0]  # lazy: a few kernels
        assert work[0, 0] < work[0, 1]  # feature: hundreds of kernels of a small network
        # a small problem is over before what was spent on the other method is small
        assert (work[:, 2] < 2 * work[:, :2].min(1)).all()


def test_the_methods_change_places_where_their_works_are_equal():
    a = np.array([0.1, 1.0, 10.0, 100.0])
    rkc, tangent = np.array([1.0, 1.0, 1.0, 1.0]), np.array([10.0, 10.0, 0.1, 0.01])
    assert bench_boundary.boundaries(a, rkc, tangent) == pytest.approx([10**0.5])
    assert bench_boundary.boundaries(a, rkc, 2 * rkc) == []


@pytest.mark.parametrize(("architecture", "L"), [("fc", 2), ("cnn", 2), ("wide_resnet", 7)])
def test_the_kernel_bench_says_what_it_measured(architecture, L):
    done = CliRunner().invoke(cli.app, ["bench", "ntk", "--architecture", architecture, "--n", "3", "--h", "4", "--L", str(L)])
    assert done.exit_code == 0, done.output
    assert all(name in done.output for name in ("parameters", "seconds", "peak_GB"))
