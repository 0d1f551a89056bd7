"""The commands on tiny runs: what is planned, what was taken, and a device that is measured."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from crossover import grid
from crossover.cli import app
from crossover.plan import device, jobs, measured, run, work
from helpers import ROOT, run_of, tiny_experiment

DEVICE, MODEL = ROOT / "config" / "devices" / "epyc.json", ROOT / "config" / "work.json"


@pytest.fixture(scope="module")
def tiny() -> jobs.Planner:
    resolved = run_of(experiments=["fashion"], figures=[], claims=[])
    return jobs.Planner(resolved | {"experiments": {"fashion": tiny_experiment()}}, device.read(DEVICE), work.read(MODEL))


def test_the_sums_of_a_tiny_run(tiny):
    [row, total] = run.rows(tiny, replicates=10)
    experiment = tiny.run["experiments"]["fashion"]
    members = sum(map(len, grid.points(experiment).values()))
    assert (row.members, row.jobs) == (members, 2 * len(grid.jobs("fashion", experiment)))
    assert row._replace(name="total") == total
    planned = run.estimates(tiny)["fashion"]
    assert row.hours == pytest.approx(sum(each.seconds for each in planned) / 3600)
    assert row.gb == max(each.gb for each in planned)
    of_weights = sum(job.members * (784 * job.h + job.h**2 + job.h) * 4 for job in grid.jobs("fashion", experiment))
    outputs, curves, points = members * 60 * 4 * 3, members * 25 * 3 * 4, len(grid.points(experiment))
    assert row.disk == of_weights + 2 * (outputs + curves) + points * 10 * 25 * 4


@pytest.mark.parametrize("preset", ["demo", "laptop", "article"])
def test_every_flow_and_network_of_the_shipped_experiments_is_planned(preset):
    everything = dict.fromkeys(("experiments", "figures", "tables", "claims"), "all")
    planner = jobs.Planner(run_of(preset, **everything), device.read(DEVICE), work.read(MODEL))
    planned = run.estimates(planner)
    assert set(planned) >= set(planner.run["experiments"]) | set(planner.run["initial"]) | set(planner.run["grams"])
    assert all(each.seconds > 0 and each.gb > 0 and each.flops > 0 for some in planned.values() for each in some)


def test_a_matrix_alone_needs_the_job_of_its_member_alone():
    resolved = run_of("laptop", experiments=["cifar10_gram"], figures=[], tables=[], claims=[])
    planned = run.estimates(jobs.Planner(resolved, device.read(DEVICE), work.read(MODEL)))
    assert [each.stage for each in planned["cifar10_gram"]] == ["train", "gram"]
    assert "cifar10_resnet" not in planned


def _command(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_prints_the_run_and_the_article(tmp_path):
    overlay = tmp_path / "mine.yaml"
    overlay.write_text(
        yaml.safe_dump({"experiments": ["fashion_variance"], "figures": ["fig1"], "claims": ["C3"]}), encoding="utf-8"
    )
    command = ("plan", "--root", str(ROOT), "--configfile", str(overlay), "--device", "epyc")
    found = json.loads(_command(*command, "--json"))
    assert [row["name"] for row in found["rows"]] == ["fashion_variance"]
    assert found["total"]["members"] == found["rows"][0]["members"]
    assert found["article"]["members"] > 10_000
    printed = _command(*command)
    assert "fashion_variance" in printed
    assert "The article (config/article.yaml): " in printed


def test_an_unknown_device_is_named():
    with pytest.raises(ValueError, match="device 'abacus': no such file, and config/devices has epyc"):
        CliRunner().invoke(app, ["plan", "--root", str(ROOT), "--device", "abacus"], catch_exceptions=False)


def test_what_jobs_took_is_read_from_their_logs_and_else_from_their_benchmark_files(tiny, tmp_path):
    planned = run.estimates(tiny)
    first, second = [each for each in planned["fashion"] if each.stage == "train"][:2]
    for job in (first, second):
        for name, size in (("members/{}.nc", 1000), ("weights/{}.safetensors", 500)):
            path = tmp_path / name.format(job.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"0" * size)
        path = tmp_path / "benchmarks" / "train" / f"{job.path}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("s\tmax_rss\tcpu_time\n30\t400.0\t20.0\n", encoding="utf-8")
    log = tmp_path / "logs" / "train" / f"{first.path}.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"{first.path}: converged\n{measured.USED.format(seconds=25.5, gb=0.5)}\n", encoding="utf-8")
    [row, total] = measured.compare(tmp_path, planned)
    assert (row.done, row.sampled) == (2, 1)
    assert row.hours == pytest.approx((25.5 + 20.0) / 3600)
    assert row.planned_hours == pytest.approx((first.seconds + second.seconds) / 3600)
    assert (row.gb, row.disk) == (0.5, 3000)
    assert total == row._replace(name="total")


def test_a_device_is_measured_and_the_plan_takes_it(tmp_path):
    path = tmp_path / "device.json"
    _command("bench", "device", "--quick", "--repeats", "1", "--device", "cpu", "--name", "here", "--output", str(path))
    found = device.read(path)
    assert found["name"] == "here"
    assert found["threads"]["1"]["start"] > 0
    for dtype in ("float32", "float64"):
        rates = device.rates(found, dtype)
        assert set(rates) == set(device.TERMS)
        assert min(rates.values()) >= 0 < max(rates.values())
    assert "On here" in _command("plan", "--root", str(ROOT), "--device", str(path))
