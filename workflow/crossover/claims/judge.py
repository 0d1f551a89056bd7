"""How a claim is judged: the 95 % interval of an estimate against target and margin. Fixed before any run.

Parts without data of their own (a data set that is not there, or a stand-in for it) are shown and never judged. Where other
parts were judged the verdict is theirs, and the reason names what was not judged; a claim about every one of its experiments
(Table 1) stays open.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from crossover.claims import appendices, article, depth, depth_numbers, pages, regime_plane, regimes
from crossover.claims.evidence import Evidence, of_cube
from crossover.claims.joint import joint
from crossover.claims.parts import NOT_DECIDED, NOT_REPRODUCED, REPRODUCED, Part, absent, missing, stand_in
from crossover.schema import THEORY


def place(name: str) -> tuple[str, int]:
    """Where a claim stands among others: by letter and number."""
    return name[0], int(name[1:])


class Claim(NamedTuple):
    """A claim of a paper and the function that measures its parts.

    ``parts`` takes one experiment; of a claim in `TOGETHER` it takes those of all roles, and the same as one `joint` evidence.
    """

    statement: str
    source: str
    parts: Callable[[Evidence], list[Part]] | Callable[[Mapping[str, Evidence], Evidence], list[Part]]


CLAIMS = {
    name: Claim(*entry)
    for module in (article, appendices, regimes, depth, pages, regime_plane)
    for name, entry in module.CLAIMS.items()
}
CLAIMS = dict(sorted(CLAIMS.items(), key=lambda entry: place(entry[0])))
TOGETHER = ("C15", "C16", "C17", "C20")  # judged on the experiments of all roles at once
WHOLE = ("C18",)  # says something about each of its experiments: open while one of them has no data


def evidence_of(data: xr.Dataset) -> list[Evidence] | list[depth_numbers.Theory]:
    """The evidence of a file: that of each depth of an experiment, or the numbers of an item of another paper."""
    return [depth_numbers.of_file(data)] if data.attrs["kind"] in THEORY else of_cube(data)


def overall(parts: list[Part], *, whole: bool = False) -> str:
    """One verdict from those of the parts: a part that fails decides, a part that is open leaves the claim open.

    Parts without data do not count, unless there are no others or the claim is about the ``whole`` of them.
    """
    verdicts = {part.verdict for part in parts if whole or not part.no_data} or {NOT_DECIDED}
    for verdict in (NOT_REPRODUCED, NOT_DECIDED):
        if verdict in verdicts:
            return verdict
    return REPRODUCED


def of_experiment(name: str, role: str, depths: list[Evidence]) -> list[Part]:
    """The parts of a claim on one experiment, depth by depth."""
    found = []
    for each in depths:
        at = f"L = {each.L}: " if len(depths) > 1 else ""
        parts = [part._replace(name=f"{at}{part.name}") for part in CLAIMS[name].parts(each._replace(role=role))]
        found += [stand_in(part, each.dataset, each.stand_in_for) if each.stand_in_for else part for part in parts]
    return found


def _of_roles(name: str, evidence: Mapping[str, list[Evidence]]) -> list[Part]:
    """The parts of a claim on several experiments at once, one depth of each."""
    for role, depths in evidence.items():
        if len(depths) > 1:
            return [missing(role, f"one depth wanted, L = {', '.join(str(each.L) for each in depths)} there")]
    roles = {role: depths[0] for role, depths in evidence.items()}
    if len(roles) < 2:
        return []
    together = joint(roles)
    if together is None:
        return [missing(" and ".join(roles), "the same way of resampling wanted: 8 seeds or more in each, or fewer in each")]
    stand_ins = [each for each in roles.values() if each.stand_in_for]
    parts = CLAIMS[name].parts(roles, together)
    return [stand_in(part, stand_ins[0].dataset, stand_ins[0].stand_in_for) for part in parts] if stand_ins else parts


def parts_of(name: str, evidence: Mapping[str, list[Evidence]], lacking: Mapping[str, str]) -> list[Part]:
    """All parts of a claim: on the experiments that are there by role, and of the lacking ones the reason."""
    several = len(evidence) + len(lacking) > 1
    if name in TOGETHER:
        found = _of_roles(name, evidence)
    else:
        found = [
            part._replace(name=f"{role}: {part.name}") if several else part
            for role, depths in evidence.items()
            for part in of_experiment(name, role, depths)
        ]
    found += [absent(role, reason) for role, reason in lacking.items()]
    return found or [missing("experiments", "one wanted, none there")]


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _described(part: Part) -> dict:
    numbers = {key: _number(getattr(part, key)) for key in ("estimate", "low", "high", "target", "margin")}
    return {"name": part.name, **numbers, "verdict": part.verdict, "reason": part.reason}


def judge(name: str, evidence: Mapping[str, list[Evidence]], lacking: Mapping[str, str]) -> dict:
    """The object of ``claims.json`` for one claim.

    The numbers on top are those of the part that decides: the one farthest from its target in units of its margin among
    those with the verdict of the claim. All parts are under ``parts``.

    Parameters
    ----------
    evidence : the depths of the experiment of each role; a claim judged on any experiments has their names as roles
    lacking : the roles whose data are not there, and why
    """
    claim, parts = CLAIMS[name], parts_of(name, evidence, lacking)
    verdict = overall(parts, whole=name in WHOLE)
    counted = [part for part in parts if not part.no_data]
    fitting = [part for part in parts if part.verdict == verdict]
    deciding = max([part for part in fitting if not part.no_data] or fitting, key=lambda part: part.distance)
    without = [part.name for part in parts if part.no_data and part is not deciding] if counted else []
    described = _described(deciding)
    return {
        "id": name,
        "statement": claim.statement,
        "source": claim.source,
        **{key: described[key] for key in ("estimate", "low", "high", "target", "margin")},
        "verdict": verdict,
        "scale": "; ".join(each.scale for depths in evidence.values() for each in depths) or "no data",
        "reason": f"{deciding.name}: {deciding.reason}" + (f"; not judged: {', '.join(without)}" if without else ""),
        "parts": [_described(part) for part in parts],
    }
