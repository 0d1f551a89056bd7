"""A cube as arrays to estimate from, with the replicates that give every estimate its error."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy import stats

from crossover.schema import INITIAL, OBSERVABLES, PAIR
from crossover.seeding import stream
from crossover.statistics import (
    BOOTSTRAP_FROM,
    DRAWS,
    LEVEL,
    bootstrap_interval,
    bootstrap_weights,
    jackknife_error,
    jackknife_weights,
    weighted_mean,
)


class Measured(NamedTuple):
    """An estimate with its 95 % interval and standard error."""

    estimate: float
    low: float
    high: float
    error: float


# From the arrays of the observables, each (row, h, sqrt_h_alpha, ...), to one number a row, (row,).
Estimator = Callable[[Mapping[str, np.ndarray]], np.ndarray]


class Rows(Mapping[str, np.ndarray]):
    """Arrays by name, each read when it is asked for; curves, which fill the memory, are read anew each time."""

    def __init__(self, names: tuple[str, ...], read: Callable[[str], np.ndarray]):
        self._names, self._read, self._kept = names, read, {}

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            raise KeyError(name)
        if name in self._kept:
            return self._kept[name]
        rows = self._read(name)
        if rows.ndim == 3:  # (row, h, sqrt_h_alpha)
            self._kept[name] = rows
        return rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Evidence(NamedTuple):
    """One depth of a summary cube, of a pair, or of what is measured at initialisation.

    Row 0 of each array of ``values`` is the estimate, the other rows are resamplings. Jackknife rows leave out one seed at
    one width each, widths being independent: width by width, ``strata`` holds their ranges.
    """

    L: int
    n: int
    h: np.ndarray  # (h,)
    a: np.ndarray  # (sqrt_h_alpha,); at initialisation alpha, which is the same for all widths
    time: np.ndarray  # (time,); empty where there are no curves
    kind: str
    values: Mapping[str, np.ndarray]
    strata: list[range]
    seeds: np.ndarray  # (h,), 0 for a width that this depth does not have
    scale: str
    dataset: str
    stand_in_for: str  # the data set that was wanted and is not there; empty for none
    role: str = ""  # that the experiment plays in the claim

    def measure(self, estimator: Estimator) -> Measured:
        """The estimate and its interval: percentiles of the bootstrap, or Student's t of the jackknife.

        Jackknife: the variances of the widths add, with Welch and Satterthwaite's degrees of freedom.
        """
        rows = np.asarray(estimator(self.values), dtype=np.float64)
        if not np.isfinite(rows).all():
            return Measured(float(rows[0]), np.nan, np.nan, np.nan)
        if self.kind == "bootstrap":
            return Measured(float(rows[0]), *bootstrap_interval(rows[0], rows[1:]), float(rows[1:].std(ddof=1)))
        found = {stratum: jackknife_error(rows[list(stratum)]) ** 2 for stratum in self.strata}
        found = {stratum: variance for stratum, variance in found.items() if variance > 0}  # widths that matter
        total = sum(found.values())
        if total == 0:
            return Measured(float(rows[0]), float(rows[0]), float(rows[0]), 0.0)
        freedom = total**2 / sum(variance**2 / (len(stratum) - 1) for stratum, variance in found.items())
        half = stats.t.ppf((1 + LEVEL) / 2, freedom) * np.sqrt(total)
        return Measured(float(rows[0]), float(rows[0] - half), float(rows[0] + half), float(np.sqrt(total)))

    @property
    def used(self) -> str:
        """The data set, and which one it stands in for."""
        return self.dataset + (f" (stands in for {self.stand_in_for})" if self.stand_in_for else "")

    def there(self, name: str) -> np.ndarray:
        """Which points (h, sqrt_h_alpha) have an estimate of the observable and of all its resamplings."""
        values = self.values[name]
        return np.isfinite(values).any(axis=tuple(range(3, values.ndim))).all(0)


def of_cube(data: xr.Dataset) -> list[Evidence]:
    """The evidence of each depth of a file of kind summary, pair or initial.

    Of the last two, which hold members, the means over seeds are resampled as `crossover.statistics` does: jointly along
    sqrt(h) alpha, independently over h.
    """
    if data.attrs["kind"] == "initial":
        return [_of_members(data.expand_dims("sqrt_h_alpha", axis=1), tuple(INITIAL), _described(data)["L"])]
    find = _of_plane if data.attrs["kind"] == "summary" else lambda plane, L: _of_members(plane, tuple(PAIR), L)
    return [find(data.isel(L=position), int(L)) for position, L in enumerate(data["L"].values)]


def _of_plane(plane: xr.Dataset, L: int) -> Evidence:
    """The evidence of one depth of a summary cube."""
    wanted = plane["seeds_wanted"].values  # (h, sqrt_h_alpha)
    left_out = int((plane["seeds_converged"] < plane["seeds_wanted"]).sum())

    def read(name: str) -> tuple[np.ndarray, np.ndarray]:
        return plane[name].values, plane[f"{name}_replicate"].values.astype(np.float64)

    return _evidence(plane, L, wanted.max(1), plane.attrs["replicates"], tuple(OBSERVABLES), read, left_out)


def _of_members(plane: xr.Dataset, names: tuple[str, ...], L: int) -> Evidence:
    """The evidence of one depth of members: means over the seeds of the points at which all seeds of the width are there."""
    there = np.isfinite(plane[names[0]].transpose("h", "sqrt_h_alpha", "seed", ...).values)
    there = there.all(axis=tuple(range(3, there.ndim)))  # (h, sqrt_h_alpha, seed)
    wanted = there.any(1)  # (h, seed)
    counts = wanted.sum(1)
    kind = "bootstrap" if counts[counts > 0].min(initial=BOOTSTRAP_FROM) >= BOOTSTRAP_FROM else "jackknife"
    left_out = int((there.any(2) & (there != wanted[:, None]).any(2)).sum())
    draws = DRAWS if kind == "bootstrap" else counts.max()

    def read(name: str) -> tuple[np.ndarray, np.ndarray]:
        values = plane[name].transpose("seed", "h", "sqrt_h_alpha", ...).values
        rows = np.full((1 + draws, *values.shape[1:]), np.nan)
        for i in np.flatnonzero(counts):
            each = values[wanted[i], i]  # (seed, sqrt_h_alpha, ...)
            generator = stream(0, "resampling", L, int(plane["h"][i]))
            weights = bootstrap_weights(counts[i], draws, generator) if kind == "bootstrap" else jackknife_weights(counts[i])
            with np.errstate(invalid="ignore"):  # one seed alone, left out
                rows[0, i], rows[1 : 1 + len(weights), i] = each.mean(0), weighted_mean(weights, each)
        return rows[0], rows[1:]

    return _evidence(plane, L, counts, kind, names, read, left_out)


def _evidence(
    plane: xr.Dataset,
    L: int,
    seeds: np.ndarray,
    kind: str,
    names: tuple[str, ...],
    read: Callable[[str], tuple[np.ndarray, np.ndarray]],
    left_out: int,
) -> Evidence:
    """Evidence whose rows are made of an estimate and its replicates, (replicate, h, sqrt_h_alpha, ...), by ``read``."""
    described = _described(plane)

    def rows(name: str) -> np.ndarray:
        estimate, draws = read(name)
        return np.concatenate([estimate[None], draws]) if kind == "bootstrap" else _leave_one_out(estimate[None], draws, seeds)

    return Evidence(
        L=L,
        n=described["n"],
        h=plane["h"].values.astype(float),
        a=plane["sqrt_h_alpha"].values if "sqrt_h_alpha" in plane.coords else np.array([float(described["alpha"])]),
        time=plane["time"].values if "time" in plane.coords else np.array([]),
        kind=kind,
        values=Rows(names, rows),
        strata=_strata(seeds) if kind == "jackknife" else [],
        seeds=seeds,
        scale=_scale(plane, described, L, seeds, left_out),
        dataset=described["dataset"],
        stand_in_for=plane.attrs.get("stand_in_for", ""),
    )


def _described(data: xr.Dataset) -> dict:
    """What was asked for; of a pair, the first of its experiments."""
    configuration = json.loads(data.attrs["configuration"])
    return configuration["first"] if data.attrs["kind"] == "pair" else configuration


def _scale(plane: xr.Dataset, described: dict, L: int, seeds: np.ndarray, left_out: int) -> str:
    stand_in_for, widths = plane.attrs.get("stand_in_for"), ", ".join(f"{h:g}" for h in plane["h"].values)
    counts = "/".join(map(str, sorted(set(seeds[seeds > 0].tolist())))) or "no"
    used = f"{described['dataset']} (stands in for {stand_in_for}), " if stand_in_for else ""
    missing = f" ({left_out} points left out, not all seeds converged)" if left_out else ""
    made = f"{plane.attrs['experiment']} at preset {plane.attrs['preset']}"
    return f"{made}: {used}n = {described['n']}, L = {L}, h = {widths}, {counts} seeds{missing}"


def _strata(seeds: np.ndarray) -> list[range]:
    """The rows of `_leave_one_out` that belong to each width that has seeds."""
    ends = 1 + np.cumsum(seeds)
    return [range(end - count, end) for end, count in zip(ends, seeds, strict=True) if count]


def _leave_one_out(estimate: np.ndarray, draws: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Rows in which one width lacks one seed and the other widths are whole; ``seeds`` (h,) counts those of each width."""
    rows = np.repeat(estimate, 1 + seeds.sum(), axis=0)  # (1 + seeds, h, sqrt_h_alpha, ...)
    widths = [width for width, count in enumerate(seeds) if count]
    for width, stratum in zip(widths, _strata(seeds), strict=True):
        rows[stratum.start : stratum.stop, width] = draws[: len(stratum), width]
    return rows
