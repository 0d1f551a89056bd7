"""What `crossover status` tells of scratch folders and of SLURM jobs."""

import os
import re

import pytest
from typer.testing import CliRunner

from crossover.cli import app
from owners import JOB, ended_process, squeue_that, write


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A results folder in a project, which is the working directory; SLURM knows nothing of it."""
    monkeypatch.chdir(tmp_path)
    squeue_that(monkeypatch, tmp_path, "exit 0")
    folder = tmp_path / "results" / "demo"
    (folder / "scratch").mkdir(parents=True)
    return folder


def shown(*arguments) -> str:
    done = CliRunner().invoke(app, ["status", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def row(printed: str, job: str = JOB) -> list[str]:
    """The cells of a job's row."""
    (line,) = (line for line in printed.splitlines() if job in line)
    return re.split(r"\s{2,}", line.strip())


def test_an_owner_that_lives_is_shown_with_its_job_its_progress_and_how_to_end_it(results):
    alone = write(results / "scratch" / "a")
    (results / "scratch" / "a" / "0000-0003.safetensors").touch()
    log = results / "logs" / "train" / f"{JOB}.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"{JOB}: 0 of 4 members ended, t 1, evaluations 9\n{JOB}: 1 of 4 members ended, t 2, evaluations 80\n")
    cells = row(shown(results))
    assert cells[:2] == [JOB, "alive"]
    assert re.fullmatch(r"\d+ s ago", cells[3])
    assert cells[4:] == ["t 2, evaluations 80", f"kill {alone.pid}"]


def test_dead_ended_unknown_and_nameless_folders_are_told_apart(results):
    write(results / "scratch" / "a", job="dead/job", pid=ended_process(), process="1")
    write(results / "scratch" / "b", job="ended/job", ended=True)
    write(results / "scratch" / "c", job="touched/job", host="node7", slurm="12")
    os.utime(write(results / "scratch" / "d", job="silent/job", host="node7", slurm="13").path, (1, 1))
    (results / "scratch" / "e").mkdir()
    printed = shown()
    states = {job: row(printed, job)[1] for job in ("dead/job", "ended/job", "touched/job", "silent/job")}
    assert states == {"dead/job": "dead", "ended/job": "ended", "touched/job": "alive", "silent/job": "unknown"}
    assert row(printed, "silent/job")[-1] == "scancel 13"
    assert "scancel" not in row(printed, "dead/job")[-1] and "kill" not in row(printed, "dead/job")[-1]
    assert row(printed, "? (e)")[1] == "ended"


def test_slurm_jobs_of_this_folder_alone_are_listed_with_the_command_that_cancels_them(results, monkeypatch, tmp_path):
    mine = f"echo '41|RUNNING|1:02|{tmp_path}|rule_train_wildcards_fashion_3'; echo '42_7|PENDING|0:00|{tmp_path}|rule_kernels'"
    others = f"echo '50|RUNNING|0:01|/elsewhere|rule_train'; echo '51|RUNNING|0:02|{tmp_path}|(null)'"
    squeue_that(monkeypatch, tmp_path, f"{mine}; {others}")
    printed = shown(results)
    assert "  41  train  RUNNING 1:02\n  42_7  kernels  PENDING 0:00\n" in printed
    assert "50" not in printed and "51" not in printed
    assert "nobody waits for them. Before the next run:\n  scancel 41 42_7\n" in printed
    (tmp_path / ".snakemake" / "locks").mkdir(parents=True)
    (tmp_path / ".snakemake" / "locks" / "0.output.lock").touch()
    assert "If none runs any more, it was killed and has left them. Then:\n  scancel 41 42_7; snakemake --unlock\n" in shown(
        results
    )


def test_without_slurm_and_without_jobs_it_says_so(results, monkeypatch):
    assert f"SLURM: no jobs of {results.parents[1]}" in shown()
    monkeypatch.setenv("PATH", "")
    printed = shown(results)
    assert "no training job has begun and not ended" in printed
    assert "SLURM: not asked" in printed


def test_a_folder_that_is_not_there_is_named(results):
    with pytest.raises(ValueError, match="none: no such folder"):
        CliRunner().invoke(app, ["status", "none"], catch_exceptions=False)
