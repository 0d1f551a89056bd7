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
    no_data: bool = False  # the data set that was wanted is not there

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
    return _part(name, measured, target, margin, verdict, why, more)


def positive(name: str, measured: Measured, *, more: str = "") -> Part:
    """Judge that a number is above 0: reproduced when its whole interval is, not reproduced when none of it is."""
    if not np.isfinite([measured.low, measured.high]).all():
        verdict, why = NOT_DECIDED, "the seeds give no interval"
    elif measured.low > 0:
        verdict, why = REPRODUCED, "the interval lies above 0"
    elif measured.high <= 0:
        verdict, why = NOT_REPRODUCED, "the interval does not reach above 0"
    else:
        verdict, why = NOT_DECIDED, "the interval holds 0; more seeds or points would decide"
    return _part(name, measured, 0.0, np.nan, verdict, why, more)


def _errors_away(measured: Measured) -> float:
    """How many standard errors a number is from 0, with its sign; NaN where the seeds give no standard error."""
    if measured.error == 0:
        return float(np.copysign(np.inf, measured.estimate)) if measured.estimate else 0.0
    return measured.estimate / measured.error


def ahead(name: str, measured: Measured, *, more: str = "") -> Part:
    """Judge that a number is above 0 by more than 2 standard errors; not reproduced when it is as far below.

    With few seeds the interval is wider than 2 standard errors: 0 must lie outside of it too.
    """
    errors, apart = _errors_away(measured), measured.low > 0 or measured.high < 0
    if not np.isfinite(measured.error):
        verdict, why = NOT_DECIDED, "the seeds give no standard error"
    elif abs(errors) > 2 and apart:
        verdict, why = (REPRODUCED if errors > 0 else NOT_REPRODUCED), f"{errors:.2g} standard errors from 0"
    else:
        verdict, why = NOT_DECIDED, f"{errors:.2g} standard errors from 0, more than 2 wanted; more seeds would decide"
    return _part(name, measured, 0.0, np.nan, verdict, why, more)


def level(name: str, measured: Measured, *, more: str = "") -> Part:
    """Judge that a number is 0 within 2 standard errors, which are printed: they tell how much the seeds can see.

    Not reproduced when it is farther and its interval, wider with few seeds, does not hold 0.
    """
    errors, apart = _errors_away(measured), measured.low > 0 or measured.high < 0
    if not np.isfinite(measured.error):
        verdict, why = NOT_DECIDED, "the seeds give no standard error"
    elif abs(errors) <= 2:
        verdict, why = REPRODUCED, f"{errors:.2g} standard errors of {measured.error:.2g} from 0"
    else:
        verdict = NOT_REPRODUCED if apart else NOT_DECIDED
        why = f"{errors:.2g} standard errors of {measured.error:.2g} from 0, at most 2 wanted"
    return _part(name, measured, 0.0, 2 * measured.error, verdict, why, more)


def _part(name: str, measured: Measured, target: float, margin: float, verdict: str, why: str, more: str) -> Part:
    estimate, low, high, _ = measured
    return Part(name, estimate, low, high, target, margin, verdict, "; ".join(filter(None, (why, more))))


def missing(name: str, what: str) -> Part:
    """A part that cannot be judged at this scale, and what is missing."""
    return Part(name, np.nan, np.nan, np.nan, np.nan, np.nan, NOT_DECIDED, f"not decided at this scale: {what}")


def absent(name: str, reason: str) -> Part:
    """A part whose data set is not there, nor anything that stands in for it."""
    return missing(name, reason)._replace(reason=f"not decided: {reason}", no_data=True)


def stand_in(part: Part, dataset: str, wanted: str) -> Part:
    """A part measured on a stand-in: its numbers are shown, and nothing is judged from them."""
    reason = f"{dataset} stands in for {wanted}; nothing about {wanted} is judged from it"
    if not np.isfinite(part.estimate):
        reason = f"{reason}; {part.reason}"
    return part._replace(verdict=NOT_DECIDED, reason=reason, no_data=True)
