"""Files of owners as other processes would have left them, and a squeue that says what a test wants."""

import os
import subprocess
import sys
from datetime import UTC, datetime

from crossover import owner

JOB = "fashion/L3_h20_a1e0/s0000-0003"


def write(folder, number=1, **changes):
    """The file of an owner; on this machine without changes, and this process."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    own = owner.Owner(folder / f"owner.{number}", job=JOB, host=owner.platform.node(), boot=owner._boot(), started=started)
    own = own._replace(**{"pid": os.getpid(), "process": owner._process(os.getpid())} | changes)
    folder.mkdir(parents=True, exist_ok=True)
    own.path.write_text(owner._text(own), encoding="utf-8")
    return own


def ended_process() -> int:
    """The pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def squeue_that(monkeypatch, tmp_path, script: str) -> None:
    """A squeue of our own on the path."""
    program = tmp_path / "bin" / "squeue"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
