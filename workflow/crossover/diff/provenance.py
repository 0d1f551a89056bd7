"""What made two files: attributes that differ, the JSON ones key by key. Shown, never counted."""

import json
from collections.abc import Mapping

from crossover.diff.result import Change
from crossover.schema import VOLATILE_ATTRS

# Follow from other attributes, which are shown.
DERIVED = ("spec_sha256", "configuration_sha256", "data_sha256")


def changes(a: Mapping, b: Mapping) -> list[Change]:
    """Attributes that differ, sorted by key; ``attribute.key`` for what is JSON; None where one file has none."""
    flat = [_flat(attrs) for attrs in (a, b)]
    return [
        Change(key, {}, flat[0].get(key), flat[1].get(key))
        for key in sorted(set(flat[0]) | set(flat[1]))
        if flat[0].get(key) != flat[1].get(key)
    ]


def _flat(attrs: Mapping) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in attrs.items():
        if name in VOLATILE_ATTRS or name in DERIVED:
            continue
        _add(found, name, _parsed(value))
    if "configuration" in attrs:  # the spec of a raw cube repeats it
        found = {key: value for key, value in found.items() if not key.startswith("spec.configuration.")}
    return found


def _parsed(value):
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value if isinstance(value, str) else str(value)


def _add(found: dict[str, object], key: str, value) -> None:
    if not isinstance(value, dict):
        found[key] = value
        return
    for name, item in value.items():
        _add(found, f"{key}.{name}", item)
