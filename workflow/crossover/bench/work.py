"""`crossover bench work`: the counts of finished runs as power laws of what decides them (`crossover.plan.work`)."""

import json
from collections.abc import Callable, Iterable
from math import ceil, floor, log10
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from crossover import schema
from crossover.bench import flow as bench_flow
from crossover.plan.work import COUNTS, FROZEN, LAZIER, Member, features
from crossover.stages import dataset, kernels

NAMES = dict(zip(COUNTS[:3], ("evaluations", "kernel_evaluations", "kernel_products"), strict=True))
SHRINK = 0.3  # of exponents to 0: what hardly varied in the runs is not extrapolated
SMOOTH = 1.0  # of the second differences of g
FLAT = 1e-3  # of g itself, whose mean the constant holds
# Sizes (n, h, seeds) whose frozen flows are measured, on the images of `bench flow`.
FROZEN_SIZES = ((50, 16, 4), (50, 64, 4), (100, 16, 4), (100, 64, 4), (200, 32, 4), (500, 16, 2), (500, 64, 2), (1000, 100, 1))


class Row(NamedTuple):
    """A member, or the mean over the seeds of a point, and its counts; NaN where not known."""

    member: Member
    counts: tuple[float, ...]
    largest: tuple[float, ...] | None = None  # of the seeds of a point, where there are several


def rows(data: xr.Dataset, dimension: Callable[[str], int]) -> list[Row]:
    """The points of a raw cube or a file of members, or the runs of `bench flow` and `bench boundary`.

    Parameters
    ----------
    data : the file
    dimension : components of a pattern of a data set, by its name

    Raises
    ------
    ValueError
        When it is another kind of file.
    """
    kind = data.attrs.get("kind")
    if kind == "bench":
        return _of_bench(data)
    if kind not in ("raw", "members"):
        raise ValueError(f"kind is {kind}, wanted raw, members or bench; name raw cubes, files of members or of crossover bench")
    described = json.loads(data.attrs["configuration" if kind == "raw" else "spec"])
    return _of_members(data, described, dimension(described["dataset"]))


def _of_members(data: xr.Dataset, described: dict, d: int) -> list[Row]:
    """Of each point the seeds that have converged; where none has, those that a limit has ended, which took at least that."""
    common = (described["flow"], described["network"], described["n"], d)
    ended = [data["status"].values == schema.STATUS[name] for name in ("converged", "evaluation_limit", "time_limit")]
    converged, limited = ended[0], ended[1] | ended[2]
    counted = [data[name].values for name in NAMES.values()] + [np.isfinite(data["rescaled_loss"].values).sum(-1)]
    found = []
    for L, h, a in np.ndindex(converged.shape[:3]):
        some = converged[L, h, a] if converged[L, h, a].any() else limited[L, h, a]
        if some.any():
            sizes = (
                int(data["h"][h]),
                int(data["L"][L]),
                float(data["sqrt_h_alpha"][a]),
                described.get("subtract_initial", True),
            )
            seeds = [each[L, h, a][some].astype(float) for each in counted]
            largest = tuple(float(each.max()) for each in seeds) if some.sum() > 1 else None
            found.append(Row(Member(*common, *sizes), tuple(float(each.mean()) for each in seeds), largest))
    return found


def _of_bench(data: xr.Dataset) -> list[Row]:
    """Of each run at the settings that the flows are shipped with, and at others."""
    frame = data.to_dataframe()
    frame = frame[(frame["status"] == schema.STATUS["converged"]) & frame["role"].isin(["shipped", "curve"])]
    L, network, pixels = bench_flow.MEMBER["L"], bench_flow.MEMBER["network"], int(np.prod(bench_flow.DATA["image_shape"]))
    found = []
    for run in frame.itertuples():
        option = "gradient_change" if run.flow == "euler" else "tolerance"
        member = Member({"name": run.flow, option: run.tolerance}, network, run.n, pixels, run.h, L, run.sqrt_h_alpha)
        found.append(Row(member, (*(float(getattr(run, name)) for name in NAMES.values()), np.nan)))
    return found


def frozen(sizes: Iterable[tuple[int, int, int]]) -> list[Row]:
    """Products that flows on kernels frozen at w0 take, measured here."""
    found = []
    for n, h, seeds in sizes:
        data = dataset.run(bench_flow.DATA | {"n": n}, bench_flow.FILES)
        spec = bench_flow.MEMBER | {"h": h, "sqrt_h_alpha": [1.0], "dtype": "float64", "kernel_points": 10}
        spec |= {"flow": {"name": "rkc", "order": 2, "tolerance": bench_flow.AUTO.tolerance}}
        d = data["x_train"].shape[1]
        for seed in range(seeds):
            counted = _Counter()
            of_seed = spec | {"seeds": [seed, seed]}
            nothing = np.zeros((1, d * h + (spec["L"] - 1) * h**2 + h))
            kernels.run(of_seed, data, nothing, device="cpu", reporter=counted.reporter)
            member = Member({"name": FROZEN}, spec["network"], n, d, h, spec["L"], 1.0)
            found.append(Row(member, (np.nan, np.nan, float(counted.evaluations), np.nan)))
    return found


class _Counter:
    """Keeps the evaluations of the last state of an integration; of a frozen kernel each is a product."""

    evaluations = 0

    def reporter(self, label: str, members: int) -> Callable[[int, object], None]:
        """A progress of `crossover.flows.loop.integrate`."""

        def report(ended: int, state) -> None:
            if len(state.index):
                self.evaluations = int(state.work.evaluations.max())

        return report


def fit(found: list[Row]) -> dict:
    """The fits of every flow, see `crossover.plan.work`; counts of which nothing is known count as 0."""
    flows: dict[str, list[Row]] = {}
    for row in found:
        flows.setdefault(row.member.flow["name"], []).append(row)
    return {
        name: {
            count: _fit_count([(row.member, row.counts[k]) for row in some]) | _slowest(some, k) for k, count in enumerate(COUNTS)
        }
        for name, some in sorted(flows.items())
    }


def _slowest(some: list[Row], k: int) -> dict[str, float]:
    """The largest count of the seeds of a point over their mean, in the mean over points."""
    ratios = [row.largest[k] / row.counts[k] for row in some if row.largest and row.counts[k] > 0]
    return {"slowest": float(np.mean(ratios)) if ratios else 1.0}


def _fit_count(points: list[tuple[Member, float]]) -> dict:
    """Least squares of the logarithm of a count, at least 1, with exponents drawn to 0 and g to a straight line.

    The constant is that of the mean and not of the mean logarithm: what is wanted are sums (Duan, JASA 78, 605, 1983).
    """
    points = [(member, value) for member, value in points if np.isfinite(value)]
    if not points or not any(value for _, value in points):
        return {"zero": True, "points": len(points)}
    x = {name: np.array([features(member)[name] for member, _ in points]) for name in features(points[0][0])}
    varied = [name for name, values in x.items() if np.ptp(values) > 0 and np.ptp(x[name.removeprefix(LAZIER)]) > 0]
    centre = {name: float(x[name].mean()) for name in varied}
    a = np.array([log10(member.in_plane) for member, _ in points])
    knots = np.arange(floor(a.min()), ceil(a.max()) + 1.0)
    hats = np.stack([np.interp(a, knots, unit) for unit in np.eye(len(knots))], axis=1)
    columns = [np.ones(len(a)), *(x[name] - centre[name] for name in varied), *hats.T]
    p, k = len(varied), len(knots)
    second = np.diff(np.eye(k), n=2, axis=0) if k > 2 else np.zeros((0, k))
    penalty = np.zeros((p + len(second) + k, 1 + p + k))
    penalty[:p, 1 : 1 + p] = np.eye(p) * SHRINK**0.5
    penalty[p : p + len(second), 1 + p :] = second * SMOOTH**0.5
    penalty[p + len(second) :, 1 + p :] = np.eye(k) * FLAT**0.5
    wanted = np.log10(np.maximum([value for _, value in points], 1.0))
    matrix = np.concatenate([np.stack(columns, axis=1), penalty])
    solution = np.linalg.lstsq(matrix, np.concatenate([wanted, np.zeros(len(penalty))]), rcond=None)[0]
    residual = wanted - np.stack(columns, axis=1) @ solution
    return {
        "zero": False,
        "constant": float(solution[0] + np.log10(np.mean(10**residual))),
        "exponents": dict(zip(varied, solution[1 : 1 + p].tolist(), strict=True)),
        "centre": centre,
        "knots": knots.tolist(),
        "values": solution[1 + p :].tolist(),
        "points": len(points),
        "typical_factor": float(10 ** np.sqrt(np.mean(residual**2))),
        "measured": {name: [float(10 ** f(values)) for f in (np.min, np.max)] for name, values in x.items() if name in "nhLd"},
    }


def read(paths: Iterable[Path], dimension: Callable[[str], int]) -> tuple[list[Row], dict[str, str]]:
    """The rows of files, and the digest of the data of each by its name."""
    found, digests = [], {}
    for path in paths:
        with xr.open_dataset(path) as data:
            try:
                found += rows(data, dimension)
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path}: {error}") from error
            of_file = f"{data.attrs.get('title', path.stem)}"
            digests[of_file] = data.attrs.get("data_sha256", data.attrs.get("spec_sha256", ""))
    return found, digests
