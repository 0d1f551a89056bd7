"""Runs through a real SLURM: they equal a local run, and a job that is killed, cancelled or left behind does no harm."""

import subprocess
import sys

import pytest
from cluster import OFTEN, SLOW, Run, cancel, crossover, environment, submitted
from project import Project

CUBE = "results/tiny/cubes/tiny.nc"
OFFLINE = ("unshare", "--net")


def members(job) -> str:
    return f"results/tiny/members/{job.name}.nc"


@pytest.fixture(scope="module")
def out_of_time(tmp_path_factory):
    """A run whose only job will reach its limit of a minute: it is stopped when it has saved a checkpoint."""
    project = Project(tmp_path_factory.mktemp("time") / "crossover", **SLOW)
    limits = ("--set-resources", "train:runtime=attempt", "train:gpu=1")
    run = Run(project, members(project.jobs[0]), *limits, overlay=OFTEN)
    run.training(project.jobs[0])
    yield run
    run.kill()


@pytest.fixture(scope="module", autouse=True)
def local(tmp_path_factory, out_of_time):
    """The same on this machine alone, without any network where that can be taken away."""
    project = Project(tmp_path_factory.mktemp("local") / "crossover", **SLOW)
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        "1",
        CUBE,
        "--configfile",
        "config/config.yaml",
        str(project.write()),
    ]
    command = [*OFFLINE, *command] if offline() else command
    done = subprocess.run(
        command, cwd=project.folder, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def offline() -> bool:
    return subprocess.run([*OFFLINE, "true"], capture_output=True, check=False).returncode == 0


def test_jobs_need_no_network(local):
    if not offline():
        pytest.skip("this machine does not let a process give up its network (unshare --net)")
    assert (local.folder / CUBE).is_file()


def test_a_run_on_the_cluster_equals_one_on_this_machine_cell_by_cell(tmp_path, local):
    project = Project(tmp_path / "crossover", **SLOW)
    Run(project, "results/tiny/claims.json", "results/tiny/figures/fig5.png").ends(code=0)
    crossover(project, "diff", project.folder / CUBE, local.folder / CUBE)
    assert submitted(project) == {"dataset", "train", "kernels", "cube", "summary"}, (
        "claims and figures are made where it was started"
    )
    assert "no training job has begun and not ended" in crossover(project, "status")


def test_a_job_that_is_cancelled_leaves_the_others_and_a_rerun_finishes(tmp_path, local):
    project = Project(tmp_path / "crossover", **SLOW)
    first, second = map(members, project.jobs)
    run = Run(project, first, second, "--retries", "0", overlay=OFTEN)
    cancel(run.training(project.jobs[0]).slurm)
    run.ends(code=1)
    assert (project.folder / second).is_file()
    assert not (project.folder / first).exists()
    Run(project, first, second, overlay=OFTEN).ends(code=0)
    assert went_on(project)
    for name in (first, second):
        crossover(project, "diff", project.folder / name, local.folder / name)


def test_a_run_beside_jobs_that_were_left_behind_does_no_harm(tmp_path, local):
    project = Project(tmp_path / "crossover", **SLOW)
    run = Run(project, CUBE, overlay=OFTEN)
    left = run.training(project.jobs[0])
    run.kill()
    shown = crossover(project, "status")
    (told,) = (line.split() for line in shown.splitlines() if "snakemake --unlock" in line)
    assert told[0] == "scancel"
    assert left.slurm in [id.rstrip(";") for id in told]
    (row,) = (line for line in shown.splitlines() if project.jobs[0].name in line)
    assert f"alive   SLURM job {left.slurm}" in row

    Run(project, "--unlock").ends(code=0)
    Run(project, members(project.jobs[0]), "--retries", "0", overlay=OFTEN).ends(code=1)
    log = log_of(project)
    assert f"is being trained: SLURM job {left.slurm}" in log
    assert f"end it with: scancel {left.slurm}" in log

    cancel(left.slurm)
    Run(project, CUBE, overlay=OFTEN).ends(code=0)
    assert went_on(project)
    crossover(project, "diff", project.folder / CUBE, local.folder / CUBE)


def test_a_job_that_reaches_its_time_limit_goes_on_in_another_to_the_same_bits(out_of_time, local):
    run = out_of_time
    printed = run.ends(code=0)
    assert "Trying to restart" in printed
    assert went_on(run.project)
    name = members(run.project.jobs[0])
    crossover(local, "diff", run.project.folder / name, local.folder / name)


def log_of(project) -> str:
    """The log of the first training job, of its last attempt."""
    return (project.results / "logs" / "train" / f"{project.jobs[0].name}.log").read_text(encoding="utf-8")


def went_on(project) -> bool:
    """Whether the first training job went on from what an earlier one had saved."""
    return "goes on from the checkpoints in results/tiny/scratch/" in log_of(project)
