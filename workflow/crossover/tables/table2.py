"""Table 2: exponents of the kernel's and the weights' change with sqrt(h) alpha; the verdicts are those of claims C6 and C10."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from crossover.claims import judge
from crossover.claims.appendices import WEIGHT_EXPONENT
from crossover.claims.article import KERNEL_EXPONENT
from crossover.claims.evidence import Evidence, of_cube
from crossover.claims.parts import Part
from crossover.tables import Cell

TITLE = "Table 2: exponent a of observables that fall like (sqrt(h) alpha)^-a on the feature side"
HEADER = (
    *("observable", "L", "exponent", "low", "high", "article: measured", "article: predicted"),
    *("verdict", "why", "data set used", "scale"),
)
DEPTHS = {"deep": 5, "shallow": 2}  # of the article, in its order, by the role of the experiment
# observable: claim, what the article measured, what it predicts
OBSERVABLES = {
    "kernel change": ("C6", KERNEL_EXPONENT, lambda L: 2 / (1 + 1 / L)),
    "weight change": ("C10", WEIGHT_EXPONENT, lambda L: 1 / (1 + L)),
}


def rows(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Header and rows: one for each observable and each depth; of an experiment that is absent the article's numbers alone.

    Exponents are minus the slopes of claims C6 and C10; the interval is that of 95 %.
    """
    depths = {role: of_cube(summaries[role]) for role in DEPTHS if role in summaries}
    found = []
    for observable, (claim, measured, predicted) in OBSERVABLES.items():
        for role, L in DEPTHS.items():
            if role not in depths:
                article, reason = (measured[L], predicted(L)), f"not decided: {absent[role]}"
                found.append((observable, L, *[np.nan] * 3, *article, judge.NOT_DECIDED, reason, "none", ""))
            for depth in depths.get(role, []):
                part, article = _feature_part(claim, role, depth), (measured.get(depth.L, np.nan), predicted(depth.L))
                judged = part.verdict, part.reason, depth.used, depth.scale
                found.append((observable, depth.L, -part.estimate, -part.high, -part.low, *article, *judged))
    return HEADER, found


def _feature_part(claim: str, role: str, depth: Evidence) -> Part:
    [part] = [part for part in judge.of_experiment(claim, role, [depth]) if "feature side" in part.name]
    return part
