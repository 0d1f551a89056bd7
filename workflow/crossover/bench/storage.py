"""`crossover bench cubes`: size of an article's raw cube and seconds to write and read it, by compression and by chunks.

The outputs are correlated random numbers, for this measurement alone: each member has those all share, its own, and one that
turns from one direction to another along sqrt(h) alpha, so that neighbours are alike as trained members are.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import netCDF4
import numpy as np
import xarray as xr

from crossover import assembly, cubes, grid, schema
from crossover.axes import decades
from crossover.bench import machine


class Size(NamedTuple):
    """A grid of members and their test patterns."""

    alphas: tuple[float, ...]
    widths: tuple[int, ...]
    seeds: int
    seeds_per_job: int
    test: int
    times: int

    @property
    def points(self) -> list[grid.Point]:
        """All points, three hidden layers each."""
        return [grid.Point(3, h, a) for h, a in product(self.widths, self.alphas)]


ARTICLE = Size(tuple(decades(-4, 7, 2)), (100, 300, 1000), 20, 10, 50_000, 261)
QUICK = Size((0.1, 1.0, 10.0), (4, 8), 4, 2, 500, 11)
REGIME = dict.fromkeys(("kernel_change", "linearization_error", "weight_change"), (0.1, 1.0))  # thresholds: any will do
SHUFFLED = {"shuffle": True}
COMPRESSIONS = {
    "none": {},
    "zlib 1, no shuffle": {"compression": "zlib", "complevel": 1, "shuffle": False},
    "zlib 1": {"compression": "zlib", "complevel": 1} | SHUFFLED,
    "zlib 4": {"compression": "zlib", "complevel": 4} | SHUFFLED,
    "zstd 3": {"compression": "zstd", "complevel": 3} | SHUFFLED,
}
CHUNKS = {
    "a member": lambda size: (1, 1, 1, 1, size.test),
    "a point": lambda size: (1, 1, 1, size.seeds, size.test),
    "all seeds, 1000 patterns": lambda size: (1, 1, 1, size.seeds, min(1000, size.test)),
    "of the library": lambda size: None,
}
CHOSEN = ("zlib 1", "a member")  # what `crossover.cubes` does
HEADER = ("compression", "chunk", "MB", "write", "all seeds of a point", "one seed everywhere", "mean over seeds")


def outputs(size: Size, point: int) -> np.ndarray:
    """Made outputs of all members of a point, float32, shape (seed, test)."""
    shared = np.random.default_rng([0, 0]).standard_normal(size.test)
    width, alpha = divmod(point, len(size.alphas))
    generator = np.random.default_rng([1, width])
    early, late = generator.standard_normal((2, size.seeds, size.test))
    turn = np.pi / 2 * alpha / max(1, len(size.alphas) - 1)
    return (shared + 0.3 * (np.cos(turn) * early + np.sin(turn) * late)).astype(np.float32)


def _timed(work: Callable, *arguments) -> float:
    """Seconds of the processor, so that other work on the machine does not count."""
    started = time.process_time()
    work(*arguments)
    return time.process_time() - started


def settings(size: Size, folder: Path) -> Iterator[tuple]:
    """A row under `HEADER` for each compression with the chosen chunks, and for the other chunks: one variable of outputs."""
    pairs = [(name, CHOSEN[1]) for name in COMPRESSIONS] + [(CHOSEN[0], name) for name in CHUNKS if name != CHOSEN[1]]
    made = [outputs(size, k) for k in range(len(size.points))]
    for compression, chunk in pairs:
        try:
            yield compression, chunk, *_setting(folder / "one.nc", size, made, compression, chunk)
        except RuntimeError as error:  # a build of the library without this compression
            yield compression, chunk, f"not in this build ({error})", *[""] * (len(HEADER) - 3)


def _setting(path: Path, size: Size, made: list[np.ndarray], compression: str, chunk: str) -> list[str]:
    """Megabytes of the file, seconds to write it, seconds of each read."""
    seconds = [_timed(_write_one, path, size, made, COMPRESSIONS[compression], CHUNKS[chunk](size))]
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        stored = data["F_test"]
        reads = (
            lambda: stored[0, 0, len(size.alphas) // 2],
            lambda: stored[0, :, :, size.seeds // 2],
            lambda: [stored[0, h, a].mean(0) for h, a in np.ndindex(stored.shape[1:3])],
        )
        seconds += map(_timed, reads)
    return [f"{path.stat().st_size / 1e6:.0f}", *(f"{value:.2g}" for value in seconds)]


def _write_one(path: Path, size: Size, made: list[np.ndarray], compression: dict, chunks: tuple | None) -> None:
    """The outputs of all points as one variable, job by job."""
    shape = dict(zip((*schema.MEMBER, "test"), (1, len(size.widths), len(size.alphas), size.seeds, size.test), strict=True))
    with netCDF4.Dataset(path, "w") as data:
        for dim, length in shape.items():
            data.createDimension(dim, length)
        stored = data.createVariable("F_test", "f4", tuple(shape), fill_value=np.nan, chunksizes=chunks, **compression)
        for (h, a), values in zip(np.ndindex(len(size.widths), len(size.alphas)), made, strict=True):
            for first in range(0, size.seeds, size.seeds_per_job):
                job = slice(first, first + size.seeds_per_job)
                stored[0, h, a, job] = values[job]


def job_files(size: Size, folder: Path) -> list[Path]:
    """Files of jobs as training and kernels leave them, of made numbers."""
    paths = []
    labels = np.arange(size.test) % 2 * 2 - 1
    shared = {"time": np.geomspace(1e-7, 1e6, size.times), "y_test": labels, "class_test": labels}
    lengths = {"test": size.test, "time": size.times, "layer": 4}
    for k, point in enumerate(size.points):
        made = outputs(size, k)
        for first in range(0, size.seeds, size.seeds_per_job):
            job = grid.Job("made", point.L, point.h, (point.sqrt_h_alpha,), first, first + size.seeds_per_job - 1)
            for kind, variables in (("members", schema.TRAIN), ("kernels", schema.KERNELS)):
                measured = {name: _made(name, each, made[first : job.last + 1], lengths) for name, each in variables.items()}
                attrs = cubes.provenance(
                    kind=kind,
                    title=job.name,
                    spec="{}",
                    device="cpu",
                    licence="made",
                    dtype='{"train": "float32"}',
                    inputs={"dataset": "made"},
                )
                paths.append(folder / kind / f"{job.name}.nc")
                cubes.write(cubes.members(kind, job, measured | (shared if kind == "members" else {}), attrs), paths[-1])
    return paths


def _made(name: str, variable: schema.Variable, made: np.ndarray, lengths: dict[str, int]) -> np.ndarray:
    if name in assembly.OUTPUTS:
        return made
    if name in schema.FLAGS:
        return np.full(len(made), list(schema.FLAGS[name])[1])
    return np.ones((len(made), *(lengths[dim] for dim in variable.dims[len(schema.MEMBER) :])))


def make_cube(size: Size, folder: Path) -> tuple[Path, tuple[str, str, str, str]]:
    """The cube of made files of jobs, and a row: what, seconds on the clock and of the processor, peak memory in MB."""
    paths, cube = job_files(size, folder), folder / "cube.nc"
    parts = [{"L": [3], "h": list(size.widths), "sqrt_h_alpha": list(size.alphas), "seeds": size.seeds}]
    spec = json.dumps({"experiment": "made", "preset": "made", "configuration": {"grid": parts, "regime": REGIME}})
    command = [sys.executable, "-m", "crossover", "cube", "--spec", spec, "--output", str(cube)]
    started = time.perf_counter()
    subprocess.run(command, input="\n".join(map(str, paths)), text=True, check=True)
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)  # in kB, on a Mac in bytes
    row = (f"`crossover cube` of {len(paths)} files", f"{seconds:.3g}", f"{used.ru_utime + used.ru_stime:.3g}", f"{peak:.0f}")
    return cube, row


def whole(size: Size, folder: Path) -> list[tuple[str, str, str, str]]:
    """What making and reading the whole cube takes: rows as that of `make_cube`."""
    cube, row = make_cube(size, folder)
    reads = [(what, "", f"{seconds:.2g}", "" if np.isnan(held) else f"{held:.1f}") for what, seconds, held in _reads(cube, size)]
    return [row, ("the file", "", "", f"{cube.stat().st_size / 1e6:.0f}"), *reads]


def _reads(cube: Path, size: Size) -> Iterator[tuple[str, float, float]]:
    """Typical reads of a cube, each of a file opened anew: what, seconds, MB of arrays at their most."""
    middle = {"L": 0, "h": len(size.widths) - 1, "sqrt_h_alpha": len(size.alphas) // 2}
    reads: dict[str, Callable[[xr.Dataset], object]] = {
        "open with plain xarray": lambda data: data,
        "test errors of all members": lambda data: data["test_error"].values,
        "outputs of one member": lambda data: data["F_test"].isel(middle | {"seed": 0}).values,
        "outputs of all seeds of a point": lambda data: data["F_test"].isel(middle).values,
        "outputs of one seed everywhere": lambda data: data["F_test"].isel(seed=0).values,
        "mean outputs over seeds, point by point": lambda data: [
            data["F_test"].isel(L=0, h=h, sqrt_h_alpha=a).mean("seed").values
            for h, a in np.ndindex(len(size.widths), len(size.alphas))
        ],
    }
    for what, read in reads.items():
        tracemalloc.start()
        yield what, _timed(_opened, cube, read), tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    yield "open and check (`cubes.read`)", _timed(lambda: cubes.read(cube).close()), np.nan


def _opened(cube: Path, read: Callable[[xr.Dataset], object]) -> None:
    with xr.open_dataset(cube) as data:
        read(data)


def as_markdown(header: tuple[str, ...], rows: list[tuple]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in [header, ["---"] * len(header), *rows])


def run(size: Size, output: Path) -> str:
    """Measure in a folder beside ``output``; the tables and what they were measured on, as Markdown."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=output.parent) as name:
        of_all = whole(size, Path(name))  # first: what this process holds would count in the peak of its child
        of_one = list(settings(size._replace(widths=size.widths[:1]), Path(name)))
    one = f"one width, {len(size.alphas)} x {size.seeds} members, {size.test} test patterns"
    on = f"{machine.described()['machine']}, {os.cpu_count()} cores, python {platform.python_version()}"
    versions = f"netCDF4 {netCDF4.__version__}, HDF5 {netCDF4.__hdf5libversion__}, xarray {xr.__version__}"
    return (
        f"Outputs of {one}, float32; seconds of the processor:\n\n{as_markdown(HEADER, of_one)}\n\n"
        f"The whole raw cube of {len(size.widths)} widths with all its variables:\n\n"
        f"{as_markdown(('what', 'seconds', 'seconds of the processor', 'MB'), of_all)}\n\n"
        f"MB are those of the file, of the process (its peak) and of the arrays (their peak). {on}, {versions}.\n"
    )
