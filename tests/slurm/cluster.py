"""Snakemake with the shipped profile for SLURM, started and watched as a user would."""

import os
import shlex
import signal
import subprocess
import sys
import time

from project import Project

from crossover import owner

# What the cluster of the tests needs and a real one does not (Makefile).
HERE = shlex.split(os.environ.get("CROSSOVER_SLURM", ""))
# A job of seconds that writes checkpoints all the time.
SLOW = {
    "n": 40,
    "flow": {"name": "rkc", "tolerance": 1e-7, "order": 2},
    "grid": [{"L": [2], "h": [12], "sqrt_h_alpha": [1.0, 10.0], "seeds": 2}],
}
OFTEN = {"checkpoint_seconds": 0.05}
PATIENCE = 120  # seconds that anything here may take


def environment() -> dict[str, str]:
    """That of a user, without what tests add."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("SNAKEMAKE", "PYTHONPATH", "CROSSOVER"))}


class Run:
    """A Snakemake on the cluster, beside the tests."""

    def __init__(self, project: Project, *arguments: str, overlay: dict | None = None):
        self.project, self.printed = project, project.folder / f"printed_{time.monotonic_ns()}.txt"
        path = project.write(overlay)
        command = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm", *arguments, *HERE]
        command += ["--configfile", "config/config.yaml", str(path)]
        with self.printed.open("w") as file:
            self.process = subprocess.Popen(
                command, cwd=project.folder, env=environment(), stdout=file, stderr=subprocess.STDOUT, start_new_session=True
            )

    def ends(self, *, code: int) -> str:
        """What it printed until it ended, with this exit code."""
        try:
            assert self.process.wait(timeout=2 * PATIENCE) == code, self.text
        finally:
            self.kill()
        return self.text

    def kill(self) -> None:
        """SIGKILL to Snakemake alone; its SLURM jobs go on."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def text(self) -> str:
        return self.printed.read_text()[-8000:]

    def until(self, found, what: str):
        """What ``found`` returns as soon as it is something."""
        until = time.monotonic() + PATIENCE
        while not (result := found()):
            assert self.process.poll() is None, f"it ended, and {what} did not come: {self.text}"
            assert time.monotonic() < until, f"{what} did not come: {self.text}"
            time.sleep(0.02)
        return result

    def training(self, job) -> owner.Owner:
        """The process that trains a job, stopped as soon as it has saved a checkpoint: it lives, and does not end."""

        def stopped():
            for folder in (self.project.results / "scratch").glob("*"):
                who = owner.read(folder)
                if who and who.job == job.name and owner.alive(who) and list(folder.glob("*.safetensors")):
                    os.kill(who.pid, signal.SIGSTOP)
                    return who
            return None

        return self.until(stopped, f"a checkpoint of {job.name}")


def submitted(project: Project) -> set[str]:
    """The rules of all jobs that a project has sent to SLURM."""
    printed = owner.squeue("-t", "all", "-o", "%Z|%k")
    rows = [line.split("|", 1) for line in printed.splitlines()]
    return {comment.split("_")[1] for folder, comment in rows if folder == str(project.folder)}


def cancel(id: str) -> None:
    """Scancel, and wait until the job is gone."""
    subprocess.run(["scancel", id], check=True)
    until = time.monotonic() + PATIENCE
    while subprocess.run(["squeue", "-h", "-j", id], capture_output=True, text=True, check=False).stdout.strip():
        assert time.monotonic() < until, f"job {id} does not end"
        time.sleep(0.2)


def crossover(project: Project, *arguments: str, code: int = 0) -> str:
    """What a command prints in the folder of the project."""
    env = environment() | {"PYTHONPATH": str(project.folder / "workflow")}
    command = [sys.executable, "-m", "crossover", *map(str, arguments)]
    done = subprocess.run(command, cwd=project.folder, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
