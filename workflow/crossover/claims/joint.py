"""Several experiments as one evidence, for what compares them point by point."""

from collections.abc import Mapping
from functools import reduce

import numpy as np

from crossover.claims.evidence import Evidence, Rows
from crossover.schema import OBSERVABLES, POINT


def joint(roles: Mapping[str, Evidence]) -> Evidence | None:
    """One evidence on the h and sqrt(h) alpha that all share; its values are named ``<role>.<observable>``, curves left out.

    Experiments with the same L and seeds of a width draw the same replicates and share their initial weights: their rows are
    taken pairwise. Else they count as independent: rows of a jackknife then leave out a seed of one experiment at a time.
    None when some were resampled by bootstrap and others by jackknife, whose rows cannot be joined.
    """
    first = next(iter(roles.values()))
    if len({each.kind for each in roles.values()}) > 1:
        return None
    h, a = (reduce(np.intersect1d, [getattr(each, axis) for each in roles.values()]) for axis in ("h", "a"))
    picked = {role: _positions(each, "h", h) for role, each in roles.items()}
    seeds = np.array([each.seeds[picked[role]] for role, each in roles.items()])  # (role, h)
    paired = (seeds == seeds[0]).all(0) & (len({each.L for each in roles.values()}) == 1)  # (h,)
    order = _order(roles, picked, paired) if first.kind == "jackknife" else None

    def read(name: str) -> np.ndarray:
        role, observable = name.split(".")
        values = roles[role].values[observable][:, picked[role]][:, :, _positions(roles[role], "a", a)]
        return values if order is None else values[[rows[role] for rows in order[0]]]

    names = [f"{role}.{name}" for role, each in roles.items() for name in each.values if OBSERVABLES[name].dims == POINT]
    strata = [] if order is None else order[1]
    return first._replace(h=h, a=a, time=np.array([]), values=Rows(tuple(names), read), strata=strata, seeds=seeds.max(0))


def _positions(evidence: Evidence, axis: str, wanted: np.ndarray) -> np.ndarray:
    return np.searchsorted(getattr(evidence, axis), wanted)


def _order(
    roles: Mapping[str, Evidence], picked: Mapping[str, np.ndarray], paired: np.ndarray
) -> tuple[list[dict[str, int]], list[range]]:
    """Which row of each experiment makes each joint row of the jackknife (row 0: nothing left out), and the strata."""
    whole = dict.fromkeys(roles, 0)
    rows, strata = [whole], []

    def stratum(leave_out: Mapping[str, range]) -> None:
        start, count = len(rows), len(next(iter(leave_out.values())))
        rows.extend(whole | {role: left[k] for role, left in leave_out.items()} for k in range(count))
        strata.append(range(start, len(rows)))

    for width, together in enumerate(paired):
        blocks = {role: dict(zip(np.flatnonzero(each.seeds), each.strata, strict=True)) for role, each in roles.items()}
        left = {role: block[at] for role, block in blocks.items() if (at := picked[role][width]) in block}
        if together and left:
            stratum(left)
        else:
            for role, block in left.items():
                stratum({role: block})
    return rows, strata
