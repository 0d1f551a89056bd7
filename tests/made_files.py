"""Made files of every kind, from formulas. Written only inside tests."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

from crossover import assembly, cubes, regime, schema
from crossover.grid import Job, Point
from synthetic import TIME, bench, raw, summary

TEST = 5
THRESHOLDS = {"kernel_change": (0.1, 10), "linearization_error": (0.1, 1), "weight_change": (0.1, 1)}


def attrs_of(kind: str, spec: str = "{}", **more) -> dict:
    """Attributes of a made file."""
    more = {"licence": "made", "device": "cpu", "dtype": '{"train": "float32"}'} | more
    return cubes.provenance(kind=kind, title="made", spec=spec, **more)


def gathered(paths: list[Path], points, seeds, output: Path) -> Path:
    """The raw cube of files of jobs, written as the command does."""
    parts = assembly.gather(paths, points, seeds)
    configuration = json.dumps({"dataset": "made", "n": 20, "grid": [[list(point), sorted(seeds)] for point in points]})
    labels = regime.labels(parts.arrays, THRESHOLDS)
    attrs = attrs_of(
        "raw",
        json.dumps({"experiment": "made"}),
        experiment="made",
        preset="demo",
        configuration=configuration,
        inputs=assembly.inputs(parts.parts),
    )
    cubes.write(cubes.make("raw", parts.arrays | labels, attrs), output, assembly.outputs(parts.parts))
    return output


def _measured(kind: str, seeds: int, L: int, offset: float = 0.0) -> dict:
    """Made numbers of a job under the names of a stage."""
    sizes = {"test": TEST, "time": len(TIME), "layer": L + 1}
    found = {}
    for position, (name, variable) in enumerate(schema.KINDS[kind].items()):
        if "seed" not in variable.dims:
            continue
        shape = (seeds, *[sizes[dim] for dim in variable.dims[4:]])
        found[name] = np.arange(np.prod(shape)).reshape(shape) + 100.0 * position + offset
        if name in schema.FLAGS:
            found[name] = np.array(["converged", "time_limit"] * seeds)[:seeds]
    return found


def job_file(kind: str, point: Point, first: int, seeds: int = 2, offset: float = 0.0) -> xr.Dataset:
    """The members or kernels of one job."""
    measured = _measured(kind, seeds, point.L, offset)
    if kind == "members":
        measured |= {"time": TIME, "y_test": np.array([1, -1, 1, -1, 1]), "class_test": np.arange(TEST)}
    job = Job("made", point.L, point.h, (point.sqrt_h_alpha,), first, first + seeds - 1)
    spec = {
        "experiment": "made",
        **point._asdict(),
        "seeds": [job.first, job.last],
        "code": f"code of {kind}",
        "dtype": "float32",
    }
    return cubes.members(kind, job, measured, attrs_of(kind, json.dumps(spec), inputs={"dataset": "d" * 64}))


def _dataset() -> xr.Dataset:
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    arrays = {f"x_{part}": x for part in ("train", "test")} | {f"y_{part}": [1, -1, 1, -1] for part in ("train", "test")}
    return cubes.make("dataset", arrays | {f"class_{part}": [0, 1, 2, 3] for part in ("train", "test")}, attrs_of("dataset"))


def _losses() -> xr.Dataset:
    arrays = {"loss": ["hinge", "soft hinge"], "margin": [0.0, 1.0, 2.0], "loss_per_pattern": np.ones((2, 3))}
    return cubes.make("losses", arrays, attrs_of("losses"))


def from_schema(kind: str) -> xr.Dataset:
    """A file of three of everything."""
    variables = {name: schema.COORDINATES[name] for name in schema.COORDINATES_OF[kind]} | schema.KINDS[kind]
    arrays = {}
    for position, (name, variable) in enumerate(variables.items()):
        numbers = np.arange(3.0 ** len(variable.dims)).reshape([3] * len(variable.dims)) + position
        arrays[name] = numbers.astype(str).astype(object) if variable.dtype == "str" else numbers
    if "alpha" in arrays:
        arrays |= assembly.with_alpha({dim: arrays[dim] for dim in ("h", "sqrt_h_alpha")})
    more = {"machine": "1", "cores": "1", "threads": "1", "repeats": "1", "experiment": "made", "preset": "demo"}
    more |= {"configuration": "{}"}
    return cubes.make(kind, arrays, attrs_of(kind, **{name: more[name] for name in more if name in schema.ATTRIBUTES_OF[kind]}))


# A file of every kind.
MADE = {
    "dataset": _dataset,
    "losses": _losses,
    "members": lambda: job_file("members", Point(2, 4, 0.1), 2),
    "kernels": lambda: job_file("kernels", Point(2, 4, 0.1), 2),
    "raw": raw,
    "summary": summary,
    "bench": bench,
    **{kind: partial(from_schema, kind) for kind in ("initial", "pair", "gram", "bench_kernels", *schema.THEORY)},
}
