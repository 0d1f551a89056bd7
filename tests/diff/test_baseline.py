"""The baseline of the demo in the repository: it is that of the shipped configuration, and the code still gives its numbers."""

import json

import pytest
from typer.testing import CliRunner

from crossover import cli, config, cubes, grid
from crossover.diff.folders import diff
from crossover.diff.result import Options, Verdict
from helpers import ROOT, run_of

BASELINE = ROOT / "baselines" / "demo"
# A cheap point: width, sqrt(h) alpha. One of `fashion` (n = 500, with kernels) takes several times as long.
POINTS = {"fashion_variance": (16, 1e4)}


@pytest.mark.parametrize("experiment", ["fashion", "fashion_variance"])
def test_the_baseline_is_of_the_shipped_configuration(experiment):
    with cubes.read(BASELINE / "summary" / f"{experiment}.nc") as data:
        kept = json.loads(data.attrs["configuration"])
    assert kept == json.loads(config.cube_spec(run_of(), experiment))["configuration"], "make it again: make baseline"


def test_the_baseline_is_small_and_judged():
    assert sum(path.stat().st_size for path in BASELINE.rglob("*") if path.is_file()) < 1_000_000
    claims = json.loads((BASELINE / "claims.json").read_text(encoding="utf-8"))
    assert [claim["id"] for claim in claims] == list(run_of()["claims"])


def _crossover(*arguments, stdin: str = "") -> None:
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments], input=stdin)
    assert result.exit_code == 0, (result.output, result.exception)


def _summary_of_point(run: dict, experiment: str, folder):
    """The summary cube of one point, made by the commands of the rules."""
    described = run["experiments"][experiment]
    spec = config.dataset_spec(run, described["dataset"], described["n"], described["n_test"])
    source = run["sources"][json.loads(spec)["source"]]
    files = [ROOT / "workflow" / "resources" / source["resource"] / name for name in source["files"]]
    _crossover("dataset", "--spec", spec, "--output", folder / "data.nc", *files)
    paths = []
    for job in grid.jobs(experiment, described):
        data, weights = ("--data", folder / "data.nc"), folder / f"{job.first}.safetensors"
        paths.append(folder / f"members{job.first}.nc")
        train = ("train", "--spec", config.train_spec(run, job), *data, "--device", "cpu", "--output", paths[-1])
        _crossover(*train, "--weights", weights)
        if described["kernel_points"]:
            paths.append(folder / f"kernels{job.first}.nc")
            kernels = ("kernels", "--spec", config.kernels_spec(run, job), *data, "--device", "cpu", "--output", paths[-1])
            _crossover(*kernels, "--weights", weights)
    cube = ("cube", "--spec", config.cube_spec(run, experiment), "--output", folder / "cube.nc")
    _crossover(*cube, stdin="\n".join(map(str, paths)))
    summary = ("summary", "--spec", config.summary_spec(run, experiment), "--raw", folder / "cube.nc")
    _crossover(*summary, "--output", folder / "summary.nc")
    return folder / "summary.nc"


@pytest.mark.parametrize("experiment", POINTS)
def test_a_point_of_the_demo_trained_now_is_that_of_the_baseline(experiment, tmp_path):
    """Within the tolerances of the schema, or its seeds' error bars: other machines round otherwise."""
    h, a = POINTS[experiment]
    [seeds] = {part["seeds"] for part in run_of()["experiments"][experiment]["grid"] if h in part["h"]}
    one = {"grid": [{"L": [3], "h": [h], "sqrt_h_alpha": [a], "seeds": seeds}]}
    path = _summary_of_point(run_of(overrides={experiment: one}), experiment, tmp_path)
    found = diff(BASELINE / "summary" / f"{experiment}.nc", path, Options(common=True))
    assert found.verdict == Verdict.WITHIN  # not identical: the baseline has more points
    [file] = found.files
    assert file.statuses == [] and file.cells == ([], []) and not file.only["h"][1]
    beyond = {
        variable.name: variable.largest[0] for variable in file.variables if variable.test == "combined" and variable.beyond
    }
    assert beyond == {}, "the same seeds agree within the tolerances, without recourse to error bars"
    assert sum(variable.compared for variable in file.variables if variable.name == "test_error_mean") == 1
