"""How a claim is judged: the 95 % interval of an estimate against target and margin. Fixed before any run."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from crossover.claims import article
from crossover.claims.evidence import Evidence
from crossover.claims.parts import NOT_DECIDED, NOT_REPRODUCED, REPRODUCED, Part


class Claim(NamedTuple):
    """A claim of a paper and the function that measures its parts."""

    statement: str
    source: str
    parts: Callable[[Evidence], list[Part]]


CLAIMS = {name: Claim(*entry) for name, entry in article.CLAIMS.items()}


def overall(parts: list[Part]) -> str:
    """One verdict from those of the parts: a part that fails decides, a part that is open leaves the claim open."""
    verdicts = {part.verdict for part in parts}
    for verdict in (NOT_REPRODUCED, NOT_DECIDED):
        if verdict in verdicts:
            return verdict
    return REPRODUCED


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def judge(name: str, evidence: list[Evidence]) -> dict:
    """The object of ``claims.json`` for one claim.

    The numbers on top are those of the part that decides: the one farthest from its target in units of its margin among
    those with the verdict of the claim. All parts are under ``parts``.
    """
    claim = CLAIMS[name]
    parts = [part for depth in evidence for part in claim.parts(depth)]
    verdict = overall(parts)
    deciding = max((part for part in parts if part.verdict == verdict), key=lambda part: part.distance)
    described = [
        {
            "name": part.name,
            "estimate": _number(part.estimate),
            "low": _number(part.low),
            "high": _number(part.high),
            "target": _number(part.target),
            "margin": _number(part.margin),
            "verdict": part.verdict,
            "reason": part.reason,
        }
        for part in parts
    ]
    return {
        "id": name,
        "statement": claim.statement,
        "source": claim.source,
        **{key: described[parts.index(deciding)][key] for key in ("estimate", "low", "high", "target", "margin")},
        "verdict": verdict,
        "scale": "; ".join(depth.scale for depth in evidence),
        "reason": f"{deciding.name}: {deciding.reason}",
        "parts": described,
    }
