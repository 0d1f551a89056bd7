"""One writer at a time: who owns a folder of checkpoints. Standard library only.

A folder has a file ``owner.N`` that names the process which writes there; the highest N counts. It is made with ``O_EXCL``,
which NFS knows too, and a dead owner is followed by N + 1: of two processes that find it dead, one becomes the owner. While it
runs, the owner touches its file. Whether another owner lives is decided without comparing the clocks of machines:

- on this machine by its process;
- elsewhere it is dead when SLURM says that its job has ended; else it is watched: alive when it touches its file, dead when it
  does not for `PATIENCE`.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

HEARTBEAT = 10.0  # seconds between touches
PATIENCE = 120.0  # seconds without a touch: more than a network file system takes to show one


class Owner(NamedTuple):
    """Who writes in a folder, as its file says; of a file that is not whole nothing else is known."""

    path: Path
    job: str = ""
    host: str = ""
    boot: str = ""  # of the kernel: machines may share a name
    pid: int = 0
    process: str = ""  # tells the process from a later one of the same pid
    slurm: str = ""  # id of its SLURM job, as scancel takes it
    cluster: str = ""
    started: str = ""
    ended: bool = False  # by an error, with checkpoints left

    @property
    def here(self) -> bool:
        """Whether it is, or was, a process of this machine."""
        return (self.host, self.boot) == (platform.node(), _boot())

    @property
    def cancel(self) -> str:
        """The command that ends it."""
        if self.slurm:
            return f"scancel {self.slurm}"
        return f"kill {self.pid}" if self.here else f"ssh {self.host} kill {self.pid}"

    def __str__(self) -> str:
        if not self.host:
            return f"a process that {self.path} does not name"
        return f"SLURM job {self.slurm}, " * bool(self.slurm) + f"process {self.pid} on {self.host} since {self.started}"


def _boot() -> str:
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _process(pid: int) -> str:
    """What tells a living process from others of its pid: when it started, where the system says so. Empty: no such process."""
    if Path("/proc/self/stat").exists():
        try:
            state, *fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if state in "ZX" else fields[18]  # starttime, field 22 of proc(5)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"


def slurm_id() -> str:
    """The SLURM job of this process, as scancel takes it: by its own id alone the last task of an array is the whole array."""
    array, task = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    return f"{array}_{task}" if array and task else os.environ.get("SLURM_JOB_ID", "")


def squeue(*arguments: str) -> str | None:
    """What squeue prints, nothing of a job that it has forgotten; None where there is no squeue or it does not answer."""
    if shutil.which("squeue") is None:
        return None
    with suppress(subprocess.TimeoutExpired):
        done = subprocess.run(["squeue", "--noheader", *arguments], capture_output=True, text=True, timeout=30, check=False)
        if done.returncode == 0 or "Invalid job id" in done.stderr:
            return done.stdout.strip()
    return None


def _number(path: Path) -> int:
    match = re.fullmatch(r"owner\.(\d+)", path.name)
    return int(match[1]) if match else 0


def read(folder: Path) -> Owner | None:
    """The owner of a folder, if there is one."""
    for path in sorted(folder.glob("owner.*"), key=_number, reverse=True):
        try:
            return Owner(path, **json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            continue  # it has just ended
        except (ValueError, TypeError):
            return Owner(path)
    return None


def touched(owner: Owner) -> int | None:
    """When the owner's file was touched last, nanoseconds by the clock of the file system; None when it is gone."""
    try:
        with owner.path.open("rb") as file:  # opening asks the server of a network file system, where stat may answer from memory
            return os.fstat(file.fileno()).st_mtime_ns
    except FileNotFoundError:
        return None


def alive(owner: Owner) -> bool | None:
    """Whether an owner lives, as far as can be said at once; None when it cannot."""
    if owner.ended:
        return False
    if owner.here:
        return _process(owner.pid) == owner.process
    # a job that was started again by SLURM has the id of the one before
    if owner.slurm and owner.slurm != slurm_id() and owner.cluster == os.environ.get("SLURM_CLUSTER_NAME"):
        return False if squeue("-j", owner.slurm, "-o", "%T") == "" else None
    return None


def _watch(owner: Owner) -> bool:
    """Whether an owner lives, watched until that is known."""
    before, until = touched(owner), time.monotonic() + PATIENCE
    while (known := alive(owner)) is None:
        if touched(owner) != before:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(HEARTBEAT / 2)
    return known


def _claim(folder: Path, number: int, job: str) -> Owner | None:
    """Make the file of this process with a number; nothing when another was first."""
    own = Owner(
        folder / f"owner.{number}",
        job=job,
        host=platform.node(),
        boot=_boot(),
        pid=os.getpid(),
        process=_process(os.getpid()),
        slurm=slurm_id(),
        cluster=os.environ.get("SLURM_CLUSTER_NAME", ""),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with own.path.open("x", encoding="utf-8") as file:
            file.write(_text(own))
    except (FileExistsError, FileNotFoundError):  # another was first; or it has ended, and removed the folder
        return None
    return own


def _text(owner: Owner) -> str:
    return json.dumps({key: value for key, value in owner._asdict().items() if key != "path"})


def _take(folder: Path, job: str) -> Owner:
    """Become the owner of a folder, or raise when another owner lives."""
    while True:
        other = read(folder)
        if other and _watch(other):
            if touched(other) is None:
                continue  # it ended while it was watched
            other = read(folder) or other
            raise ValueError(f"{folder}: {job} is being trained: {other}; wait for it, or end it with: {other.cancel}")
        own = _claim(folder, _number(other.path) + 1 if other else 1, job)
        if own is None:
            continue
        if read(folder) == own:
            if other and not other.ended:
                print(f"takes over from a job that is dead: {other}")
            for path in folder.glob("owner.*"):
                if _number(path) < _number(own.path):
                    path.unlink(missing_ok=True)
            return own
        own.path.unlink()


def _release(own: Owner) -> None:
    """Give the folder up: remove it, or say beside the checkpoints that are left that this owner has ended."""
    folder = own.path.parent
    if read(folder) != own:
        return  # another has taken it over
    if any(path != own.path for path in folder.iterdir()):
        after = folder / ".ended"
        after.write_text(_text(own._replace(ended=True)), encoding="utf-8")
        after.replace(own.path)
    else:
        own.path.unlink()
        with suppress(OSError):  # another has come
            folder.rmdir()


@contextmanager
def owned(folder: Path, job: str) -> Iterator[Callable[[], None]]:
    """A folder that this process owns while the block runs, and a function that raises when it has lost it.

    Raises
    ------
    ValueError
        When another process owns it and lives; later, when another has taken it over because this one was silent for too long.
    """
    own, ended = _take(folder, job), threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT):
            with suppress(OSError):
                os.utime(own.path)

    def check() -> None:
        if (now := read(folder)) != own:
            raise ValueError(f"{folder}: {job} was taken over, by {now}; this process was silent for too long and writes no more")

    threading.Thread(target=beat, daemon=True).start()
    try:
        yield check
    finally:
        ended.set()
        _release(own)
