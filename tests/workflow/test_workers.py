"""Many workers, one result: fewer at a time, a run in two halves, more threads in a job."""

import os
import signal
import subprocess
import sys
import time

import pytest
from project import Project
from typer.testing import CliRunner

from crossover.cli import app

CUBE = "results/tiny/cubes/tiny.nc"
# One block of the tiny run, which the fixture made with -c 2.
BLOCK = {"grid": [{"L": [2], "h": [4], "sqrt_h_alpha": [1.0, 100.0], "seeds": 2}]}


def compared(one: Project, other: Project) -> set[int]:
    """Exit codes of `crossover diff` for their jobs' files, which are all that a cube holds."""
    names = [f"results/tiny/{kind}/{job.name}.nc" for job in one.jobs for kind in ("members", "kernels")]
    arguments = [["diff", str(one.folder / name), str(other.folder / name)] for name in names]
    return {CliRunner().invoke(app, each, catch_exceptions=False).exit_code for each in arguments}


def kill_after_the_first_job(project: Project) -> None:
    """Run with one worker, and kill everything when the first job has trained."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", CUBE, "--configfile", "config/config.yaml"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SNAKEMAKE", "PYTHONPATH", "CROSSOVER"))}
    running = subprocess.Popen(
        [*command, str(project.write())], cwd=project.folder, env=clean, stdout=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 120
    while not (found := list((project.results / "members").rglob("*.nc"))):
        assert running.poll() is None and time.monotonic() < until, "no job has trained"
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert len(found) < len(project.jobs)


def test_one_worker_in_two_halves_gives_the_bits_of_two_workers(tiny, tmp_path):
    project = Project(tmp_path / "crossover", **BLOCK)
    kill_after_the_first_job(project)
    project.snakemake("--unlock")
    project.snakemake(CUBE, "--cores", "1")
    assert compared(project, tiny) == {0}


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core")
def test_two_threads_in_a_job_give_the_same_within_tolerance(tiny, tmp_path):
    project = Project(tmp_path / "crossover", **BLOCK)
    printed = project.snakemake(CUBE, "--set-threads", "train=2", "kernels=2", "--printshellcmds")
    assert "--threads 2" in printed
    assert compared(project, tiny) <= {0, 1}
