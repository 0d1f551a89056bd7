"""What holds before anything runs: presets, errors of the configuration, lint, format."""

import math
import re
import subprocess
import sys

import pytest
from project import Project

from crossover import grid
from crossover.plan.jobs import Planner
from helpers import PRESETS, ROOT, run_of


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Project:
    """A copy of the project in which nothing has run."""
    return Project(tmp_path_factory.mktemp("fresh") / "crossover")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_dry_run_of_every_preset_lists_all_its_jobs(fresh, preset):
    overlay = [] if preset == "demo" else [f"config/{preset}.yaml"]
    printed = fresh.call("-n", "--configfile", "config/config.yaml", *overlay)
    run = run_of(preset, **({} if preset == "demo" else {"experiments": "all"}))
    experiments = [(name, run["experiments"][name]) for name in run["wanted"]["experiments"] if name in run["experiments"]]
    wanted = {
        "train": sum(len(grid.jobs(name, experiment)) for name, experiment in experiments),
        "kernels": sum(len(grid.jobs(name, experiment)) for name, experiment in experiments if experiment["kernel_points"]),
    }
    for rule, count in wanted.items():
        assert any(line.split() == [rule, str(count)] for line in printed.splitlines()), printed[-3000:]
    fetched = any(line.split()[:1] == ["fetch"] for line in printed.splitlines())
    assert fetched == (preset != "demo"), "the demo needs no network"


def test_a_job_asks_for_three_times_the_minutes_of_its_plan_and_never_for_more_than_its_limit(fresh):
    printed = fresh.call("-n", "--configfile", "config/config.yaml")
    run = run_of("demo")
    planner = Planner.of(run, ROOT)
    jobs = {job.name: job for name, experiment in run["experiments"].items() for job in grid.jobs(name, experiment)}
    asked = re.findall(r"output: results/demo/(members|kernels)/(\S+?)\.nc.*?runtime=(\d+)", printed, re.DOTALL)
    assert len(asked) > 12
    for stage, name, minutes in asked:
        estimate = planner.train(jobs[name]) if stage == "members" else planner.kernels(jobs[name])
        limit = run["experiments"][jobs[name].experiment]["limits"]["seconds"] / 60
        wanted = 10 + math.ceil(3 * estimate.seconds / 60)
        assert int(minutes) == (min(wanted, limit + 10) if stage == "members" else wanted), name


def test_twenty_thousand_members_are_a_graph_of_a_few_thousand_jobs(fresh):
    widths = [10 * k for k in range(1, 21)]
    grid_of = [{"L": [3], "h": widths, "sqrt_h_alpha": {"decades": [-4, 7], "per_decade": 2}, "seeds": 50}]
    overlay = {"overrides": {"tiny": {"seeds_per_job": 10, "grid": grid_of}}, "figures": ["fig1"], "claims": ["C1"]}
    planned = fresh.planned("--quiet", "rules", overlay=overlay)
    assert 20 * 23 * 50 > 20_000
    assert planned["train"] == planned["kernels"] == 20 * 23 * 50 // 10


BAD = {
    "an unknown preset": ({"preset": "huge"}, "preset = 'huge'"),
    "an unknown key": ({"presset": "demo"}, "unknown key 'presset'"),
    "too many patterns": ({"overrides": {"tiny": {"n": 10**6}}}, "experiments.tiny.n + n_test = 1000060"),
    "an infinite alpha": (
        {"overrides": {"tiny": {"grid": [{"L": [2], "h": [4], "sqrt_h_alpha": [float("inf")], "seeds": 2}]}}},
        "overrides.tiny.grid.0.sqrt_h_alpha.0 = inf",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_configuration_gives_one_line_and_no_traceback(fresh, what):
    overlay, message = BAD[what]
    printed = fresh.snakemake("-n", overlay=overlay, check=False)
    assert len([line for line in printed.splitlines() if message in line]) == 1, printed
    assert "Traceback" not in printed


def test_a_figure_of_the_depth_paper_needs_its_numbers_alone(fresh):
    planned = fresh.planned("depth_fig2")
    assert planned == {"theory": 1, "figure": 1, "depth_fig2": 1}


def test_a_figure_on_the_regimes_needs_its_numbers_and_their_images(fresh):
    assert fresh.planned("ntk_gap") == {"dataset": 1, "theory": 1, "figure": 1, "ntk_gap": 1}


def test_a_run_of_the_depth_paper_trains_no_member_and_needs_no_network(fresh):
    printed = fresh.call("-n", "--quiet", "rules", "--configfile", "config/config.yaml", "config/depth.yaml")
    counted = dict(line.split() for line in printed.splitlines() if len(line.split()) == 2 and line.split()[1].isdigit())
    assert counted == {"theory": "13", "dataset": "3", "figure": "10", "table": "2", "claims": "1", "report_card": "1"} | {
        "all": "1",
        "total": "31",
    }


def test_the_workflow_passes_the_lint_of_snakemake(fresh):
    printed = fresh.call("--lint")
    assert "Congratulations" in printed


def test_the_rules_are_formatted():
    command = [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "workflow/rules"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_default_profile_is_found_beside_the_snakefile(fresh):
    printed = fresh.snakemake("-n")
    assert "profiles/default" in printed
