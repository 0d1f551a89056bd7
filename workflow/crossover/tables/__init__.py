"""Tables of the article, one module each: ``rows({role: summary cube}, {role: why absent})`` gives header and rows."""

import csv
import io
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

import jinja2
import numpy as np

Cell = str | float
PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><title>{{ title }}</title>
<style>
body {font-family: sans-serif; font-size: 85%}
table {border-collapse: collapse}
th, td {padding: 2px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd}
.reproduced {color: #0a6b0a} .not-reproduced {color: #b00020} .not-decided {color: #8a6d00}
</style></head>
<body><h1>{{ title }}</h1>
<table><thead><tr>{% for name in header %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr>{% for cell in row %}<td
{%- if header[loop.index0] == "verdict" %} class="{{ cell | replace(" ", "-") }}"{% endif %}>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></body></html>
"""


def load(name: str) -> ModuleType:
    """The module of the table ``name``: its ``TITLE`` and its ``rows``."""
    return import_module(f"crossover.tables.{name}")


def as_text(ending: str, title: str, header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    """The table as the text of a file with this ending, ``.html`` or ``.csv``.

    Raises
    ------
    ValueError
        For another ending.
    """
    if ending == ".html":
        return as_html(title, header, rows)
    if ending == ".csv":
        return as_csv(header, rows)
    raise ValueError(f"output ends in {ending!r}, wanted .html or .csv")


def as_csv(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    """The table with all digits; a number that is not there is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow("" if _empty(cell) else cell for cell in row)
    return buffer.getvalue()


def as_html(title: str, header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    """The table as a page of its own, numbers with three digits; a number that is not there is a dash."""
    shown = [["–" if _empty(cell) else cell if isinstance(cell, str) else f"{cell:.3g}" for cell in row] for row in rows]
    template = jinja2.Environment(autoescape=True).from_string(PAGE)
    return template.render(title=title, header=list(header), rows=shown) + "\n"


def _empty(cell: Cell) -> bool:
    return not isinstance(cell, str) and not np.isfinite(cell)
