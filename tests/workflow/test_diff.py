"""`snakemake diff`: a run against a baseline, in one command. The run is made by hand, so nothing has to be trained."""

import json

import pytest
from project import Project

from crossover import cubes
from crossover.claims import judge
from crossover.claims.evidence import of_cube
from crossover.diff.baseline import keep
from made_files import MADE
from synthetic import summary

# What makes the files of a run is left out: they are there.
DIFF = ("diff", "--allowed-rules", "compare", "diff")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A copy of the project with a summary cube and claims, and a baseline of them; the overlay that names it."""
    project = Project(tmp_path_factory.mktemp("diff") / "crossover")
    data = summary()
    cubes.write(data, project.results / "summary" / "tiny.nc")
    cubes.write(MADE["losses"](), project.results / "summary" / "losses.nc")
    claims = json.dumps([judge.judge("C5", {"tiny": of_cube(data)}, {})])
    (project.results / "claims.json").write_text(claims, encoding="utf-8")
    keep(project.results, project.folder / "baselines" / "tiny")
    return project, {"baseline": {"folder": "baselines/tiny"}}


def test_a_run_is_identical_to_its_own_baseline_and_the_comparison_is_shown(made):
    project, overlay = made
    assert "Result: identical (exit code 0)" in project.snakemake(*DIFF, overlay=overlay)
    assert json.loads((project.results / "diff.json").read_text(encoding="utf-8"))["exit_code"] == 0
    assert (project.results / "diff.html").is_file() and (project.results / "diff.txt").is_file()


def test_a_baseline_that_differs_fails_the_command_and_leaves_the_comparison(made):
    project, overlay = made
    path = project.folder / "baselines" / "tiny" / "summary" / "tiny.nc"
    with cubes.read(path) as data:
        moved = data.load().assign(t_half_mean=data["t_half_mean"] * 1.0001, t_stop_mean=data["t_stop_mean"] * 1000)
    cubes.write(moved, path)
    assert "Result: different (exit code 2)" in project.snakemake(*DIFF, overlay=overlay, check=False)
    found = json.loads((project.results / "diff.json").read_text(encoding="utf-8"))
    [file] = [file for file in found["files"] if file["name"] == "summary/tiny.nc"]
    results = {variable["name"]: variable["result"] for variable in file["variables"]}
    assert (results["t_half_mean"], results["t_stop_mean"]) == ("within tolerance", "different")
    loose = {"baseline": overlay["baseline"] | {"tolerances": {"t_stop_mean": [0, 1]}}}
    assert "Result: within tolerance or insignificant" in project.snakemake(*DIFF, overlay=loose)


def test_a_baseline_that_is_not_there_is_one_line_with_the_remedy(made):
    printed = made[0].snakemake("-n", "diff", overlay={"baseline": {"folder": "baselines/none"}}, check=False)
    assert "baseline.folder = 'baselines/none': no such baseline; keep one with crossover baseline results/tiny" in printed
