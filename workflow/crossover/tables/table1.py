"""Table 1: which regime does better, by architecture, data set and algorithm; the verdicts are those of claim C18."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from crossover.claims import judge
from crossover.claims.evidence import Evidence, of_cube
from crossover.claims.regimes import BETTER, gaps
from crossover.tables import Cell

TITLE = "Table 1: error of the lazy minus error of the feature regime"
CLAIM = "C18"
HEADER = (
    *("architecture", "data set", "algorithm", "h", "article: better"),
    *("lazy minus feature, ensemble error", "standard error", "in standard errors", "lazy minus feature, single error"),
    *("measured: better", "verdict", "why", "data set used", "scale"),
)
# As the article has them: architecture, data set, algorithm; its row of 3 and 9 hidden layers is two.
ADAM, FLOW = "Adam (batches of 32)", "gradient flow"
SETUPS = {
    "cnn_cifar10": ("CNN (4 hidden layers)", "CIFAR-10", ADAM),
    "cnn_fashion": ("CNN (4 hidden layers)", "Fashion-MNIST", ADAM),
    "cifar10_adam": ("FC (3 hidden layers)", "CIFAR-10", ADAM),
    "fashion": ("FC (3 hidden layers)", "Fashion-MNIST", FLOW),
    "fashion_deep": ("FC (9 hidden layers)", "Fashion-MNIST", FLOW),
    "mnist": ("FC (3 hidden layers)", "MNIST", FLOW),
    "emnist": ("FC (3 hidden layers)", "EMNIST letters", FLOW),
    "cifar10": ("FC (3 hidden layers)", "CIFAR-10", FLOW),
    "mnist_pca10_deep": ("FC (5 hidden layers)", "MNIST 10 PCA", FLOW),
}


def rows(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Header and rows: one for each setup of the article and each width that has both regimes.

    Differences are of means over sqrt(h) alpha >= 1e3 and over 1e-3..1e-1 (`crossover.claims.regimes.gaps`).
    """
    found = []
    for role in SETUPS:
        if role in summaries:
            for depth in of_cube(summaries[role]):
                found.extend(_rows(role, depth))
        else:
            found.append(_without_numbers(role, f"not decided: {absent[role]}", "none", ""))
    return HEADER, found


def _rows(role: str, depth: Evidence) -> list[tuple[Cell, ...]]:
    parts = judge.of_experiment(CLAIM, role, [depth])
    if not (measured := gaps(depth)):
        return [_without_numbers(role, parts[0].reason, depth.used, depth.scale)]
    return [
        (
            *(*SETUPS[role], f"{gap.h:g}", BETTER[role] or "not clear"),
            *(gap.ensemble.estimate, gap.ensemble.error, _ratio(gap.ensemble.estimate, gap.ensemble.error)),
            *(gap.single.estimate, _better(gap.ensemble.estimate, gap.ensemble.error)),
            *(part.verdict, part.reason, depth.used, depth.scale),
        )
        for gap, part in zip(measured, parts, strict=True)
    ]


def _without_numbers(role: str, reason: str, used: str, scale: str) -> tuple[Cell, ...]:
    return (*SETUPS[role], "–", BETTER[role] or "not clear", *[np.nan] * 4, "–", judge.NOT_DECIDED, reason, used, scale)


def _ratio(difference: float, error: float) -> float:
    return abs(difference) / error if error else np.nan


def _better(difference: float, error: float) -> str:
    """The regime whose error is smaller by more than 2 standard errors."""
    if not abs(difference) > 2 * error:
        return "not clear"
    return "lazy" if difference < 0 else "feature"
