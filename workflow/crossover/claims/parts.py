"""One judged number of a claim."""

from typing import NamedTuple

import numpy as np

from crossover.claims.evidence import Measured

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NOT_DECIDED = "not decided"


class Part(NamedTuple):
    """An estimate with interval, target and margin, its verdict and the reason; NaN where there is no number."""

    name: str
    estimate: float
    low: float
    high: float
    target: float
    margin: float
    verdict: str
    reason: str

    @property
    def distance(self) -> float:
        """How far the estimate is from the target, in margins; 0 without numbers."""
        away = abs(self.estimate - self.target) / self.margin if self.margin else 0.0
        return float(away) if np.isfinite(away) else 0.0


def equal(name: str, measured: Measured, *, target: float, margin: float, more: str = "") -> Part:
    """Judge that a number is ``target`` within ``margin``.

    Reproduced when the interval lies inside target +- margin, not reproduced when it is disjoint from it, else not decided.
    """
    low, high = target - margin, target + margin
    if not np.isfinite([measured.low, measured.high]).all():
        verdict, why = NOT_DECIDED, "the seeds give no interval"
    elif low <= measured.low and measured.high <= high:
        verdict, why = REPRODUCED, "the interval lies inside the margin"
    elif measured.high < low or measured.low > high:
        verdict, why = NOT_REPRODUCED, "the interval lies outside the margin"
    else:
        verdict, why = NOT_DECIDED, "the interval reaches over an end of the margin; more seeds or points would decide"
    return Part(
        name,
        measured.estimate,
        measured.low,
        measured.high,
        target,
        margin,
        verdict,
        "; ".join(filter(None, (why, more))),
    )


def positive(name: str, measured: Measured) -> Part:
    """Judge that a number is above 0: reproduced when its whole interval is, not reproduced when none of it is."""
    if not np.isfinite([measured.low, measured.high]).all():
        verdict, why = NOT_DECIDED, "the seeds give no interval"
    elif measured.low > 0:
        verdict, why = REPRODUCED, "the interval lies above 0"
    elif measured.high <= 0:
        verdict, why = NOT_REPRODUCED, "the interval does not reach above 0"
    else:
        verdict, why = NOT_DECIDED, "the interval holds 0; more seeds or points would decide"
    return Part(name, measured.estimate, measured.low, measured.high, 0.0, np.nan, verdict, why)


def missing(name: str, what: str) -> Part:
    """A part that cannot be judged at this scale, and what is missing."""
    return Part(name, np.nan, np.nan, np.nan, np.nan, np.nan, NOT_DECIDED, f"not decided at this scale: {what}")
