"""The numbers that claims on the depth paper and on the regimes are judged on, and estimates with their intervals.

What is computed without chance has an interval of no width, or that from the least to the most of several pairs of points; what
is drawn has Student's interval over its draws or seeds.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy import stats

from crossover.claims.evidence import Measured
from crossover.claims.parts import Part, missing
from crossover.statistics import LEVEL


class Lacking(ValueError):
    """What a claim is judged on is not among the numbers of its item, whose sizes are a choice of the configuration."""


class Theory(NamedTuple):
    """The numbers of an item of another paper than the article; as `Evidence` it knows its data and its role."""

    values: Mapping[str, np.ndarray]
    spec: dict
    scale: str
    dataset: str
    stand_in_for: str
    role: str = ""

    @property
    def used(self) -> str:
        """The data set, and which one it stands in for."""
        return self.dataset + (f" (stands in for {self.stand_in_for})" if self.stand_in_for else "")

    def at(self, name: str, value) -> int:
        """The place of a value of a coordinate; `Lacking` without it."""
        found = np.flatnonzero(self.values[name] == value)
        if not len(found):
            raise Lacking(f"{name} = {value} wanted, {', '.join(map(str, self.values[name]))} there")
        return int(found[0])

    def from_on(self, name: str, first: float) -> np.ndarray:
        """Which values of a coordinate are ``first`` or more; `Lacking` with fewer than two."""
        inside = self.values[name] >= first
        if inside.sum() < 2:
            raise Lacking(f"two values of {name} from {first} on wanted, {int(inside.sum())} there")
        return inside


def open_where_lacking(parts: Callable[[Theory], list[Part]]) -> Callable[[Theory], list[Part]]:
    """The parts of a claim, or one that is not decided and says what is lacking."""

    @wraps(parts)
    def found(of: Theory) -> list[Part]:
        try:
            return parts(of)
        except Lacking as error:
            return [missing("all", str(error))]

    return found


def of_file(data: xr.Dataset) -> Theory:
    """The numbers of a file of a kind of `crossover.schema.THEORY`."""
    spec, stand_in_for = json.loads(data.attrs["spec"]), data.attrs.get("stand_in_for", "")
    used = spec.get("dataset", spec.get("text", ""))
    said = {key: value for key, value in spec.items() if key not in ("code", "seed", "files", "dataset", "text")}
    marked = f" (stands in for {stand_in_for})" if stand_in_for else ""
    scale = f"{data.attrs['kind']}: " + ", ".join([*([used + marked] if used else []), *(f"{k} = {v}" for k, v in said.items())])
    values = {name: data[name].values for name in (*data.data_vars, *data.coords)}
    return Theory(values, spec, scale, used, stand_in_for)


def exact(value: float) -> Measured:
    """A number without chance."""
    return Measured(float(value), float(value), float(value), 0.0)


def over(values: np.ndarray) -> Measured:
    """The mean of several numbers of which none is drawn, from the least to the most."""
    return Measured(float(np.mean(values)), float(np.min(values)), float(np.max(values)), float(np.std(values)))


def drawn(values: np.ndarray) -> Measured:
    """The mean of independent draws, with Student's interval."""
    if len(values) < 2:
        return Measured(float(values.mean()), np.nan, np.nan, np.nan)
    error = values.std(ddof=1) / np.sqrt(len(values))
    half = stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * error
    return Measured(float(values.mean()), float(values.mean() - half), float(values.mean() + half), float(error))


def slope_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least-squares slopes of log y, (..., k), on log x, (k,)."""
    return np.polynomial.polynomial.polyfit(np.log(x), np.log(y).reshape(-1, len(x)).T, 1)[1].reshape(y.shape[:-1])


def width_slope(widths: np.ndarray, values: np.ndarray) -> Measured:
    """Slope of log values, (width, seed), on log width over the upper half of the widths, three at least where there are three.

    The seeds of all widths are independent: their errors add, with Welch and Satterthwaite's degrees of freedom.
    """
    if len(widths) < 2:
        raise Lacking(f"two widths wanted, {len(widths)} there")
    first = min(len(widths) // 2, max(0, len(widths) - 3))
    x, y = np.log(widths[first:]), np.log(values[first:])
    weight = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    parts = weight**2 * y.var(1, ddof=1) / y.shape[1]
    error = np.sqrt(parts.sum())
    freedom = parts.sum() ** 2 / (parts**2 / (y.shape[1] - 1)).sum() if error else 1.0
    estimate, half = float(weight @ y.mean(1)), float(stats.t.ppf((1 + LEVEL) / 2, freedom) * error)
    return Measured(estimate, estimate - half, estimate + half, float(error))
