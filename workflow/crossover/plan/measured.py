"""What the jobs of a run took, from their logs, their benchmark files and their outputs, beside what was planned."""

import csv
import re
from pathlib import Path
from typing import NamedTuple

from crossover.plan.jobs import Estimate

# What `crossover train` and its like print when they are done: exact, where a benchmark file samples every 30 seconds.
USED = "used {seconds:.2f} s of processors, {gb:.3f} GB at the peak"
FOUND = re.compile(r"^used ([0-9.]+) s of processors, ([0-9.]+) GB at the peak$", re.MULTILINE)
OUTPUTS = {
    "train": ("members/{}.nc", "weights/{}.safetensors"),
    "kernels": ("kernels/{}.nc",),
    "initial": ("summary/{}.nc",),
    "gram": ("summary/{}.nc",),
}


class Taken(NamedTuple):
    """Of a job: seconds of processors and whether they are exact, GB at the peak, bytes of its files."""

    seconds: float
    exact: bool
    gb: float
    disk: float


class Comparison(NamedTuple):
    """Of the jobs of a name that are done: planned and taken; ``sampled`` of them have no exact seconds."""

    name: str
    jobs: int
    done: int
    sampled: int
    planned_hours: float
    hours: float
    planned_gb: float
    gb: float
    planned_disk: float
    disk: float


def taken(results: Path, job: Estimate) -> Taken | None:
    """What a job took; nothing where it has not been done in this folder or left no record."""
    files = [results / name.format(job.path) for name in OUTPUTS[job.stage]]
    if not all(path.is_file() for path in files):
        return None
    disk = sum(path.stat().st_size for path in files)
    log, benchmark = results / "logs" / job.stage / f"{job.path}.log", results / "benchmarks" / job.stage / f"{job.path}.tsv"
    if log.is_file() and (found := FOUND.findall(log.read_text(encoding="utf-8", errors="replace"))):
        seconds, gb = map(float, found[-1])
        return Taken(seconds, True, gb, disk)
    if not benchmark.is_file():
        return None
    with benchmark.open(encoding="utf-8") as file:
        [row] = csv.DictReader(file, delimiter="\t")
    try:
        return Taken(float(row["cpu_time"]), False, float(row["max_rss"]) / 1e3, disk)
    except ValueError:  # too quick for a sample
        return None


def compare(results: Path, planned: dict[str, list[Estimate]]) -> list[Comparison]:
    """A row for each name of which jobs are done, and the total."""
    found = []
    for name, jobs in planned.items():
        done = [(job, each) for job in jobs if (each := taken(results, job)) is not None]
        if done:
            found.append(_of(name, len(jobs), done))
    return [*found, _sum(found)] if found else []


def _of(name: str, jobs: int, done: list[tuple[Estimate, Taken]]) -> Comparison:
    return Comparison(
        name,
        jobs,
        len(done),
        sum(not each.exact for _, each in done),
        sum(job.seconds for job, _ in done) / 3600,
        sum(each.seconds for _, each in done) / 3600,
        max(job.gb for job, _ in done),
        max(each.gb for _, each in done),
        sum(job.disk for job, _ in done),
        sum(each.disk for _, each in done),
    )


def _sum(rows: list[Comparison]) -> Comparison:
    """The sum of all; of memory the largest."""
    largest = {name: max(getattr(row, name) for row in rows) for name in ("planned_gb", "gb")}
    summed = {name: sum(getattr(row, name) for row in rows) for name in Comparison._fields[1:] if name not in largest}
    return Comparison(name="total", **summed, **largest)
