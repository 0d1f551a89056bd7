"""What a comparison found, as plain values: the tables, the page and the JSON are made of these."""

from enum import IntEnum
from typing import NamedTuple

import xarray as xr

from crossover.tolerances import Tolerance


class Verdict(IntEnum):
    """Of a variable, a file or two folders; of the whole comparison it is the exit code."""

    IDENTICAL = 0
    WITHIN = 1
    DIFFERENT = 2
    NOT_COMPARABLE = 3


MEANING = {
    Verdict.IDENTICAL: "identical",
    Verdict.WITHIN: "within tolerance or insignificant",
    Verdict.DIFFERENT: "different",
    Verdict.NOT_COMPARABLE: "not comparable",
}


class Options(NamedTuple):
    """How to compare.

    tolerances : by name, laid over those of the schema; absolute, relative : for all other variables, None for the schema's;
    common : what one side alone has is listed, not counted; level : probability, at most, that a file is called different
    though only the seeds differ.
    """

    tolerances: dict[str, Tolerance] = {}  # noqa: RUF012
    absolute: float | None = None
    relative: float | None = None
    common: bool = False
    level: float = 0.05


class Extreme(NamedTuple):
    """One of the largest differences: where, both values, b - a, |b - a| in tolerances, and whether its cell is significant."""

    at: dict
    a: float | str
    b: float | str
    difference: float
    excess: float
    significant: bool


class VariableDiff(NamedTuple):
    """One variable.

    compared, unequal, beyond : elements; cells, significant : cells that a test could find, and those beyond tolerance that
    it found (or that have no test); test : paired, combined, none or not counted; result : one word or two.
    """

    name: str
    tolerance: Tolerance
    test: str
    compared: int
    unequal: int
    beyond: int
    cells: int
    significant: int
    largest: list[Extreme]
    result: str
    verdict: Verdict
    plane: xr.Dataset | None = None


class Change(NamedTuple):
    """A status, a verdict or an attribute that changed."""

    name: str
    at: dict
    a: object
    b: object


class FileDiff(NamedTuple):
    """Two files: which coordinates, cells and variables one alone has, what changed, and the verdict.

    rule : that a file which is not comparable breaks; only : dimension -> labels that A, B alone have; lengths : dimension
    without labels -> its two lengths; cells : cells that the grid of one file alone has; variables_only : names that A, B
    alone have.
    """

    name: str
    a: str
    b: str
    verdict: Verdict
    kind: str = ""
    reason: str = ""
    rule: str = ""
    only: dict[str, tuple[list, list]] = {}  # noqa: RUF012
    lengths: dict[str, tuple[int, int]] = {}  # noqa: RUF012
    cells: tuple[list[dict], list[dict]] = ([], [])
    variables_only: tuple[list[str], list[str]] = ([], [])
    statuses: list[Change] = []  # noqa: RUF012
    variables: list[VariableDiff] = []  # noqa: RUF012
    provenance: list[Change] = []  # noqa: RUF012


class Diff(NamedTuple):
    """A comparison: its files, what one folder alone has, and the verdict."""

    a: str
    b: str
    verdict: Verdict
    files: list[FileDiff]
    files_only: tuple[list[str], list[str]] = ([], [])
    not_compared: tuple[list[str], list[str]] = ([], [])


def judge(tolerated: bool, explained: bool, unequal: int) -> tuple[str, Verdict]:
    """The result of a variable: ``tolerated``, nothing is beyond tolerance; ``explained``, nothing beyond it is significant."""
    if not unequal:
        return "identical", Verdict.IDENTICAL
    if tolerated:
        return "within tolerance", Verdict.WITHIN
    return ("insignificant", Verdict.WITHIN) if explained else ("different", Verdict.DIFFERENT)
