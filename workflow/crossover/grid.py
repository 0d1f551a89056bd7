"""Presets and grids -> members, jobs and file names. Standard library only: the Snakefiles import it.

A *point* is (L, h, sqrt_h_alpha); a *member* is a point and a seed; a *job* trains one block of consecutive seeds, and of one
value of sqrt_h_alpha or of those of some decades, of one (L, h). Blocks are fixed by ``seeds_per_job`` and ``decades_per_job``
alone, so adding seeds, or values of sqrt_h_alpha in other decades, adds jobs and changes none; but for ``decades_per_job: all``.
"""

import math
import re
from decimal import Decimal
from itertools import groupby, product
from typing import NamedTuple

from crossover.axes import axis

# What the wildcards of a path may be.
WILDCARDS = {
    "experiment": r"[a-z][a-z0-9_]*",
    "dataset": r"[a-z][a-z0-9_]*",
    "source": r"[a-z][a-z0-9_]*",
    "L": r"\d+",
    "h": r"\d+",
    "a": r"\d+e-?\d+",
    "block": r"\d+e-?\d+(_\d+e-?\d+)?",
    "n": r"\d+",
    "n_test": r"\d+",
    "first": r"\d{4}",
    "last": r"\d{4}",
    "seed": r"\d{4}",
}


class Point(NamedTuple):
    """Depth, width and sqrt(h) alpha of a network."""

    L: int
    h: int
    sqrt_h_alpha: float


class Job(NamedTuple):
    """The seeds ``first`` to ``last`` (both included) of one (L, h) and each of ``sqrt_h_alpha``, increasing."""

    experiment: str
    L: int
    h: int
    sqrt_h_alpha: tuple[float, ...]
    first: int
    last: int

    @property
    def name(self) -> str:
        """Path of the job below a stage's folder, without its ending."""
        block = "_".join(float_name(a) for a in dict.fromkeys((self.sqrt_h_alpha[0], self.sqrt_h_alpha[-1])))
        return f"{self.experiment}/L{self.L}_h{self.h}_a{block}/s{self.first:04d}-{self.last:04d}"

    @property
    def seeds(self) -> int:
        """How many seeds."""
        return self.last - self.first + 1

    @property
    def members(self) -> int:
        """How many members: the seeds of the first sqrt_h_alpha, then those of the next."""
        return self.seeds * len(self.sqrt_h_alpha)


def float_name(value: float) -> str:
    """A positive float as digits and exponent, safe in a file name: 0.32 -> '32e-2'. Exact inverse: `float`."""
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    if sign or not isinstance(exponent, int) or not any(digits):
        raise ValueError(f"`value` is {value!r}: only positive finite numbers name a file")
    return "".join(map(str, digits)) + f"e{exponent}"


def point_name(point: Point) -> str:
    """Folder of a point: ``L{L}_h{h}_a{sqrt(h) alpha}``."""
    return f"L{point.L}_h{point.h}_a{float_name(point.sqrt_h_alpha)}"


def parse_point(name: str) -> Point:
    """Inverse of `point_name`."""
    match = re.fullmatch(r"L(\d+)_h(\d+)_a(\d+e-?\d+)", name)
    if match is None:
        raise ValueError(f"`name` is {name!r}: wanted L<depth>_h<width>_a<digits>e<exponent>")
    return Point(int(match[1]), int(match[2]), float(match[3]))


def seeds_of(seeds) -> list[int]:
    """Seeds as written in YAML: a count N (0 to N-1) or a list."""
    return list(range(seeds)) if isinstance(seeds, int) else list(seeds)


def points(experiment: dict) -> dict[Point, list[int]]:
    """Every point of an experiment's grid with its seeds, sorted; overlapping parts of the grid unite.

    A part gives its values of sqrt(h) alpha, or of alpha.
    """
    found: dict[Point, set[int]] = {}
    for part in experiment["grid"]:
        for L, h in product(axis(part["L"]), axis(part["h"])):
            for a in axis(part["sqrt_h_alpha"]) if "sqrt_h_alpha" in part else [alpha * math.sqrt(h) for alpha in part["alpha"]]:
                found.setdefault(Point(L, h, float(a)), set()).update(seeds_of(part["seeds"]))
    return {point: sorted(seeds) for point, seeds in sorted(found.items())}


def blocks(seeds: list[int], per_job: int) -> list[tuple[int, int]]:
    """The blocks ``(first, last)`` that hold the seeds.

    Raises
    ------
    ValueError
        When the seeds do not fill whole blocks ``[k per_job, (k+1) per_job)``.
    """
    firsts = sorted({seed // per_job * per_job for seed in seeds})
    if sorted(seeds) != [first + k for first in firsts for k in range(per_job)]:
        raise ValueError(
            f"seeds {seeds} do not fill whole blocks of seeds_per_job = {per_job}; "
            f"use a multiple of {per_job} seeds that starts at a multiple of {per_job}, or change seeds_per_job"
        )
    return [(first, first + per_job - 1) for first in firsts]


def decades(values: list[float], per_job: int | str | None) -> list[tuple[float, ...]]:
    """Blocks of increasing values: those of the decades from ``10^(k per_job)`` to the next such, one each, or ``all``."""
    if per_job is None:
        return [(value,) for value in values]
    if per_job == "all":
        return [tuple(values)]
    # the exponent that is written decides, not the rounding of a logarithm
    return [tuple(block) for _, block in groupby(values, lambda value: Decimal(repr(value)).adjusted() // per_job)]


def jobs(name: str, experiment: dict) -> list[Job]:
    """All jobs of an experiment, sorted by (L, h), sqrt_h_alpha and seed; a width has the same seeds at each of its points."""
    found = points(experiment)
    return [
        Job(name, L, h, block, first, last)
        for (L, h), of_width in groupby(found, lambda point: (point.L, point.h))
        for block in decades([point.sqrt_h_alpha for point in of_width], experiment.get("decades_per_job"))
        for first, last in blocks(found[Point(L, h, block[0])], experiment["seeds_per_job"])
    ]


def alpha(point: Point) -> float:
    """The scale of the predictor, ``alpha = sqrt_h_alpha / sqrt(h)``."""
    return point.sqrt_h_alpha / math.sqrt(point.h)
