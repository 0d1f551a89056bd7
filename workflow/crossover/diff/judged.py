"""Two files of judged claims: verdicts that changed, and estimates against their own error bars."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import stats

from crossover import tolerances
from crossover.diff import compare
from crossover.diff.result import Change, Extreme, FileDiff, Options, VariableDiff, Verdict, judge
from crossover.statistics import LEVEL

NAME = "claims"
NUMBERS = ("estimate", "low", "high")
DEFINITION = ("target", "margin")


def diff_claims(a: Path, b: Path, options: Options, *, name: str = "") -> FileDiff:
    """Compare two ``claims.json``; one that cannot be read gives NOT_COMPARABLE and the reason."""
    try:
        first, second = _read(a), _read(b)
    except (ValueError, OSError) as error:
        return FileDiff(name, str(a), str(b), Verdict.NOT_COMPARABLE, NAME, reason=str(error))
    keys = [key for key in first if key in second]
    alone = tuple([_at(key) for key in here if key not in other] for here, other in ((first, second), (second, first)))
    changed = [
        Change(what, _at(key), first[key].get(what), second[key].get(what))
        for what in ("verdict", *DEFINITION)
        for key in keys
        if first[key].get(what) != second[key].get(what)
    ]
    variable = _estimates([first[key] for key in keys], [second[key] for key in keys], keys, options)
    scales = [Change("scale", {"claim": key[0]}, first[key]["scale"], second[key]["scale"]) for key in keys if not key[1]]
    worst = Verdict.DIFFERENT if changed else variable.verdict
    if any(alone):
        worst = max(worst, Verdict.WITHIN if options.common else Verdict.DIFFERENT)
    provenance = [change for change in scales if change.a != change.b]
    return FileDiff(name, str(a), str(b), worst, NAME, cells=alone, statuses=changed, variables=[variable], provenance=provenance)


def _read(path: Path) -> dict[tuple, dict]:
    """Claims and their parts by (claim, name of the part, how many of that name came before); '' names the claim itself."""
    try:
        claims = json.loads(Path(path).read_text(encoding="utf-8"))
        return dict(_parts(claims))
    except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: is no file of claims ({type(error).__name__}: {error}); make it again") from error


def _parts(claims: list[dict]) -> Iterator[tuple[tuple, dict]]:
    for claim in claims:
        yield (claim["id"], "", 0), {"verdict": claim["verdict"], "scale": claim["scale"]}
        names = [part["name"] for part in claim["parts"]]
        for k, part in enumerate(claim["parts"]):
            yield (claim["id"], part["name"], names[:k].count(part["name"])), part


def _at(key: tuple) -> dict:
    at = {"claim": key[0]}
    if key[1]:
        at["part"] = key[1]
    return at | ({"number": key[2] + 1} if key[2] else {})


def _estimates(first: list[dict], second: list[dict], keys: list[tuple], options: Options) -> VariableDiff:
    """The estimates of the parts, each against the error bars of both: the half interval is 1.96 standard errors."""
    parts = [k for k, key in enumerate(keys) if key[1]]
    a, b = (
        np.array([[np.nan if side[k][n] is None else side[k][n] for k in parts] for n in NUMBERS], dtype=float).reshape(3, -1)
        for side in (first, second)
    )  # (estimate low high, part)
    tolerance = options.tolerances.get(NAME) or tolerances.of(NAME)
    found = compare.numbers(a[0], b[0], tolerance)
    errors = [(side[2] - side[1]) / 2 / stats.norm.ppf((1 + LEVEL) / 2) for side in (a, b)]
    total = np.hypot(*errors)
    p = np.where(np.isfinite(total), compare.two_sided(b[0] - a[0], total, np.inf), 0.0)
    significant = found.beyond & (found.one_sided | (p <= options.level / max(1, len(parts))))
    intervals = ~((a[1:] == b[1:]) | (np.isnan(a[1:]) & np.isnan(b[1:]))).all(0)
    order = sorted(np.flatnonzero(found.unequal), key=lambda k: -found.excess[k])
    largest = [
        Extreme(
            _at(keys[parts[k]]),
            *(float(array[k]) for array in (a[0], b[0], found.difference, found.excess)),
            bool(significant[k]),
        )
        for k in order[:5]
    ]
    result, verdict = judge(not found.beyond.any(), not significant.any(), int((found.unequal | intervals).sum()))
    counts = (len(parts), int(found.unequal.sum()), int(found.beyond.sum()), len(parts), int(significant.sum()))
    return VariableDiff("estimate", tolerance, "combined", *counts, largest, result, verdict)
