"""A summary cube as arrays to estimate from, with the replicates that give every estimate its error."""

import json
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy import stats

from crossover.schema import OBSERVABLES
from crossover.statistics import LEVEL, bootstrap_interval, jackknife_error


class Measured(NamedTuple):
    """An estimate with its 95 % interval and standard error."""

    estimate: float
    low: float
    high: float
    error: float


# From the arrays of the observables, each (row, h, sqrt_h_alpha, ...), to one number a row, (row,).
Estimator = Callable[[dict[str, np.ndarray]], np.ndarray]


class Evidence(NamedTuple):
    """One depth of a summary cube.

    Row 0 of each array of ``values`` is the estimate, the other rows are resamplings. Jackknife rows leave out one seed at
    one width each, widths being independent: width by width, ``strata`` holds their ranges.
    """

    L: int
    n: int
    h: np.ndarray  # (h,)
    a: np.ndarray  # (sqrt_h_alpha,)
    time: np.ndarray  # (time,)
    kind: str
    values: dict[str, np.ndarray]
    strata: list[range]
    scale: str

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

    def there(self, name: str) -> np.ndarray:
        """Which points (h, sqrt_h_alpha) have an estimate of the observable and of all its resamplings."""
        values = self.values[name]
        return np.isfinite(values.reshape(*values.shape[:3], -1)).any(-1).all(0)


def of_summary(summary: xr.Dataset) -> list[Evidence]:
    """The evidence of each depth of a summary cube."""
    described = json.loads(summary.attrs["spec"])
    experiment, kind = json.loads(summary.attrs["configuration"]), summary.attrs["replicates"]
    found = []
    for position, L in enumerate(summary["L"].values):
        plane = summary.isel(L=position)
        wanted = plane["seeds_wanted"].values
        values, strata = {}, []
        for name in OBSERVABLES:
            estimate = plane[name].values[None]  # (1, h, sqrt_h_alpha, ...)
            draws = plane[f"{name}_replicate"].values.astype(np.float64)  # (replicate, h, sqrt_h_alpha, ...)
            values[name], strata = (
                (np.concatenate([estimate, draws]), []) if kind == "bootstrap" else _leave_one_out(estimate, draws, wanted.max(1))
            )
        seeds = sorted(set(wanted[wanted > 0].tolist()))
        left_out = int((plane["seeds_converged"] < plane["seeds_wanted"]).sum())
        scale = (
            f"{described['experiment']} at preset {summary.attrs['preset']}: n = {experiment['n']}, L = {L}, "
            f"h = {', '.join(str(h) for h in summary['h'].values)}, {'/'.join(map(str, seeds))} seeds"
            + (f"; {left_out} points left out, not all seeds converged" if left_out else "")
        )
        found.append(
            Evidence(
                L=int(L),
                n=experiment["n"],
                h=summary["h"].values.astype(float),
                a=summary["sqrt_h_alpha"].values,
                time=summary["time"].values,
                kind=kind,
                values=values,
                strata=strata,
                scale=scale,
            )
        )
    return found


def _leave_one_out(estimate: np.ndarray, draws: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray, list[range]]:
    """Rows in which one width lacks one seed and the other widths are whole; ``seeds`` (h,) counts those of each width."""
    rows, strata = [estimate], []
    for width, count in enumerate(seeds):
        if count == 0:  # no network of this width at this depth
            continue
        block = np.repeat(estimate, count, axis=0)  # (count, h, sqrt_h_alpha, ...)
        block[:, width] = draws[:count, width]
        start = sum(len(row) for row in rows)
        strata.append(range(start, start + count))
        rows.append(block)
    return np.concatenate(rows), strata
