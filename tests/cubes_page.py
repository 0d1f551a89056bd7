"""The parts of docs/cubes.md that are made from the schema; `python tests/cubes_page.py` writes them into the page."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "cubes.md"
sys.path.insert(0, str(ROOT / "workflow"))

from crossover import contract, schema  # noqa: E402


def _table(*rows: tuple) -> str:
    lines = [" | ".join(str(cell).replace("|", r"\|") for cell in row) for row in rows]
    head, *body = [f"| {line} |" for line in lines]
    return "\n".join([head, "|---" * len(rows[0]) + "|", *body])


def _code(names) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _kinds() -> str:
    rows = [
        (f"`{kind}`", f"`{schema.RULE_OF[kind]}`", _code(dict.fromkeys(dim for v in variables.values() for dim in v.dims)))
        for kind, variables in schema.KINDS.items()
    ]
    return _table(("kind", "made by", "dimensions"), *rows)


def _dimensions() -> str:
    return _table(("dimension", "what"), *((f"`{name}`", text) for name, text in schema.DIMS.items()))


def _variables() -> str:
    """Of each kind; intervals and replicates, which follow from the observables, are told in a sentence."""
    parts = []
    derived = {f"{name}_{ending}" for name in schema.OBSERVABLES for ending in ("interval", "replicate")}
    for kind, variables in schema.KINDS.items():
        coordinates, first = {name: schema.COORDINATES[name] for name in schema.COORDINATES_OF[kind]}, ""
        if kind == "raw":
            coordinates, variables, first = {}, schema.LABELS, "Those of members and kernels, and\n\n"
        rows = [
            (f"`{name}`", ", ".join(v.dims), v.dtype, "flags" if name in schema.FLAGS else v.units, v.long_name)
            for name, v in (coordinates | variables).items()
            if name not in derived
        ]
        more = "\n\nEach observable `x` has `x_interval` (interval, ...) and `x_replicate` (replicate, ...), float32."
        more = more if kind == "summary" else ""
        parts.append(f"**{kind}**\n\n{first}{_table(('variable', 'dimensions', 'type', 'units', 'what'), *rows)}{more}")
    return "\n\n".join(parts)


def _flags() -> str:
    tables = (("status", schema.STATUS), ("regime", schema.REGIME))
    return "\n\n".join(
        _table(("value", said), *((value, f"`{name}`") for name, value in codes.items())) for said, codes in tables
    )


def _attributes() -> str:
    rows = []
    for name, text in schema.ATTRIBUTES.items():
        kinds = [kind for kind, names in schema.ATTRIBUTES_OF.items() if name in names]
        where = "all" if len(kinds) == len(schema.KINDS) else ", ".join(kinds) or "where there is something to say"
        rows.append((f"`{name}`", text, where, "yes" if name in schema.VOLATILE_ATTRS else ""))
    return _table(("attribute", "what", "in", "volatile"), *rows)


def _rules() -> str:
    rows = [("`netcdf`", "the file opens as NetCDF", contract.REMEDIES["netcdf"])]
    rows += [(f"`{name}`", rule.says, rule.remedy) for name, rule in contract.RULES.items()]
    return _table(("rule", "what must hold", "remedy"), *rows)


def _version() -> str:
    return f"This is version {schema.VERSION}."


PARTS = {
    "version": _version,
    "kinds": _kinds,
    "dimensions": _dimensions,
    "variables": _variables,
    "flags": _flags,
    "attributes": _attributes,
    "rules": _rules,
}


def filled(page: str) -> str:
    """The page with the parts between its markers made anew.

    Raises
    ------
    ValueError
        When a part has no place in the page.
    """
    for name, make in PARTS.items():
        block = re.compile(rf"(<!-- schema: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if len(block.findall(page)) != 1:
            raise ValueError(f"{PAGE}: wanted one place for the part {name!r}: <!-- schema: {name} --> ... <!-- end -->")
        before, after = block.search(page).groups()
        text = f"{before}{make()}\n{after}".replace("\\", r"\\")
        page = block.sub(text, page)
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
