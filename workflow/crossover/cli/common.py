"""Options and small readers that the commands share."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from crossover import grid

Spec = Annotated[str, typer.Option(help="The spec of the job: one JSON object, made by the workflow.")]
Output = Annotated[Path, typer.Option(help="The file to write.")]
Device = Annotated[str, typer.Option(envvar="CROSSOVER_DEVICE", help="auto (CUDA when there is one), cpu or cuda.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads of torch.")]


def torch_device(device: str, threads: int) -> str:
    """Set the threads of torch and resolve ``auto``."""
    import torch

    torch.set_num_threads(threads)
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device is cuda, but torch finds no CUDA device; use auto or cpu")
    if device not in ("cpu", "cuda"):
        raise ValueError(f"device is {device!r}, wanted auto, cpu or cuda")
    return device


def device_name(device: str) -> str:
    """What `torch_device` resolved to, with the name of a card."""
    import torch

    return f"cuda ({torch.cuda.get_device_name()})" if device == "cuda" else "cpu"


def read_spec(spec: str) -> dict:
    """The content of a spec."""
    try:
        return json.loads(spec)
    except json.JSONDecodeError as error:
        raise ValueError(f"spec is {spec!r}, wanted one JSON object ({error}); the workflow makes it") from error


def named_paths(pairs: list[str]) -> dict[str, Path]:
    """Paths by name from arguments ``name=path``."""
    for pair in pairs:
        if "=" not in pair:
            raise ValueError(f"argument is {pair!r}, wanted name=path")
    return {name: Path(path) for name, path in (pair.split("=", 1) for pair in pairs)}


def job_of(described: dict) -> grid.Job:
    """The job that a spec describes."""
    alphas = tuple(described["sqrt_h_alpha"])
    return grid.Job(described["experiment"], described["L"], described["h"], alphas, *described["seeds"])


def file_digest(path: Path) -> str:
    """Sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_arrays(path: Path) -> tuple[dict, dict]:
    """The arrays of a file by name, and its attributes."""
    from crossover import cubes

    with cubes.read(path) as data:
        return {name: data[name].values for name in data.data_vars}, dict(data.attrs)


def members_at_once(described: dict, arrays: dict, limit: float) -> int:
    """How many members a job trains as one batch; says what they will take."""
    from crossover import memory

    (n, d), n_test = arrays["x_train"].shape, len(arrays["x_test"])
    shape = {"h": described["h"], "L": described["L"], "image_shape": described.get("image_shape")}
    size, members = memory.Size.of(described["network"], d=d, **shape), job_of(described).members
    more = {name: described[name] for name in ("dtype", "output_points", "patterns_at_once")}
    each = memory.member_gb(size, n=n, flow=described["flow"]["name"], **more)
    shared = memory.shared_gb(size, n=n, n_test=n_test, members=members)
    at_once = memory.members_at_once(members, each=each, shared=shared, limit=limit)
    planned = memory.BASE_GB + shared + at_once * each
    print(f"memory: {at_once} of {members} members at once, {planned:.2f} GB planned of {limit:g}")
    return at_once


def tell_used() -> None:
    """The last line of a job's log: seconds of processors and memory at the peak of this process, see `plan.measured`."""
    import resource

    from crossover.plan.measured import USED

    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)  # in kB, on a Mac in bytes
    print(USED.format(seconds=used.ru_utime + used.ru_stime, gb=peak))
