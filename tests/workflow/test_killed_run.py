"""A run of Snakemake that is killed with its jobs, and run again."""

import os
import signal
import subprocess
import sys
import time

from project import Project

from crossover import cubes

# so tight that a job takes seconds
SLOW = {
    "n": 60,
    "flow": {"name": "rkc", "tolerance": 1e-9, "order": 2},
    "grid": [{"L": [2], "h": [12], "sqrt_h_alpha": [1.0], "seeds": 2}],
}
OFTEN = {"checkpoint_seconds": 0.05}


def _kill_after_a_checkpoint(project: Project, target: str) -> None:
    """Start Snakemake on the target and kill it and its jobs when a checkpoint is there."""
    project.snakemake("-n", target, overlay=OFTEN)  # writes the configuration
    command = [sys.executable, "-m", "snakemake", "--cores", "1", target, "--configfile", "config/config.yaml", "tiny.yaml"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SNAKEMAKE", "PYTHONPATH", "CROSSOVER"))}
    running = subprocess.Popen(
        command, cwd=project.folder, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 120
    while not list((project.results / "scratch").glob("*/*.safetensors")):
        assert running.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until, "no checkpoint came"
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def test_a_rerun_goes_on_from_the_checkpoint_to_the_same_bits(tmp_path):
    killed, whole = Project(tmp_path / "killed", **SLOW), Project(tmp_path / "whole", **SLOW)
    target = f"results/tiny/members/{killed.jobs[0].name}.nc"
    _kill_after_a_checkpoint(killed, target)
    assert not (killed.folder / target).exists()
    killed.snakemake("--unlock", overlay=OFTEN)
    killed.snakemake(target, overlay=OFTEN)
    log = killed.results / "logs" / "train" / f"{killed.jobs[0].name}.log"
    assert "goes on from the checkpoints in results/tiny/scratch/" in log.read_text(encoding="utf-8")
    assert not list((killed.results / "scratch").iterdir())
    whole.snakemake(target)
    with cubes.read(killed.folder / target) as one, cubes.read(whole.folder / target) as other:
        assert one.equals(other)
