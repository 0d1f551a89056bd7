"""A comparison as JSON: what the tables show, in full."""

import json
import math

from crossover.diff.result import MEANING, Change, Diff, FileDiff, VariableDiff


def as_json(found: Diff) -> str:
    """The comparison as JSON text. A number that JSON does not know is null (not a number) or the text inf, -inf."""
    described = {
        "exit_code": int(found.verdict),
        "result": MEANING[found.verdict],
        "a": found.a,
        "b": found.b,
        "files_only": _sides(found.files_only),
        "not_compared": _sides(found.not_compared),
        "files": [_file(file) for file in found.files],
    }
    return json.dumps(_plain(described), indent=2, allow_nan=False) + "\n"


def _sides(pair) -> dict:
    return {"a": pair[0], "b": pair[1]}


def _file(file: FileDiff) -> dict:
    return {
        "name": file.name,
        "kind": file.kind,
        "exit_code": int(file.verdict),
        "result": MEANING[file.verdict],
        "reason": file.reason,
        "rule": file.rule,
        "coordinates_only": {dim: _sides(pair) for dim, pair in file.only.items()},
        "lengths": {dim: _sides(pair) for dim, pair in file.lengths.items()},
        "cells_only": _sides(file.cells),
        "variables_only": _sides(file.variables_only),
        "changes": [_change(change) for change in file.statuses],
        "variables": [_variable(variable) for variable in file.variables],
        "provenance": [_change(change) for change in file.provenance],
    }


def _change(change: Change) -> dict:
    return change._asdict()


def _variable(variable: VariableDiff) -> dict:
    kept = {key: value for key, value in variable._asdict().items() if key not in ("plane", "verdict")}
    return kept | {
        "exit_code": int(variable.verdict),
        "tolerance": variable.tolerance._asdict(),
        "largest": [extreme._asdict() for extreme in variable.largest],
    }


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
