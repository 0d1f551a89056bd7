"""A plan as text, JSON and HTML."""

import io
import json

import jinja2
from rich.console import Console
from rich.table import Table

from crossover.plan.measured import Comparison
from crossover.plan.run import Row

HEADER = ("", "members", "jobs", "evaluations", "flops", "hours", "longest job", "GB of the largest job", "GB on disk")
COMPARED = (
    "",
    "jobs done",
    "hours planned",
    "hours taken",
    "ratio",
    "GB planned",
    "GB taken",
    "disk planned",
    "disk taken",
    "ratio",
)
PAGE = """\
<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Plan</title><style>
body {font-family: sans-serif; margin: 1em} table {border-collapse: collapse; font-size: 90%}
th, td {padding: 2px 10px; text-align: right; border-bottom: 1px solid #ddd} th:first-child, td:first-child {text-align: left}
</style></head><body><h2>What was planned, and what it took</h2>
<table><thead><tr>{% for name in header %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>{% for note in notes %}<p>{{ note }}</p>{% endfor %}</body></html>
"""


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def cells(row: Row) -> tuple[str, ...]:
    """The cells of a row under `HEADER`."""
    counts = (f"{row.evaluations:.1e}", f"{row.flops:.1e}")
    return row.name, str(row.members), str(row.jobs), *counts, *map(_number, (row.hours, row.longest, row.gb, row.disk / 1e9))


def as_text(rows: list[Row], notes: list[str], *, width: int = 130) -> str:
    """The plan for a terminal of ``width`` columns."""
    return _text(HEADER, [cells(row) for row in rows], notes, width)


def _text(header: tuple[str, ...], rows: list[tuple[str, ...]], notes: list[str], width: int) -> str:
    table = Table(*header)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row)
    buffer = io.StringIO()
    console = Console(file=buffer, width=width)
    console.print(table)
    for note in notes:
        console.print(note, soft_wrap=True, markup=False, highlight=False)
    return buffer.getvalue()


def as_json(rows: list[Row], more: dict) -> str:
    """The plan with hours, GB and bytes as numbers; ``more`` beside its rows and its total."""
    *parts, total = [row._asdict() for row in rows]
    return json.dumps({"rows": parts, "total": total, **more}, indent=1)


def compared_cells(row: Comparison) -> tuple[str, ...]:
    """The cells of a comparison under `COMPARED`; ratios are taken over planned."""
    hours = (_number(row.planned_hours), _number(row.hours), f"{row.hours / row.planned_hours:.2f}")
    memory = (_number(row.planned_gb), _number(row.gb))
    disk = (f"{row.planned_disk / 1e9:.3g}", f"{row.disk / 1e9:.3g}", f"{row.disk / row.planned_disk:.2f}")
    return row.name, f"{row.done} of {row.jobs}", *hours, *memory, *disk


def compared_as_text(rows: list[Comparison], notes: list[str], *, width: int = 130) -> str:
    """The comparison for a terminal."""
    return _text(COMPARED, [compared_cells(row) for row in rows], notes, width)


def compared_as_html(rows: list[Comparison], notes: list[str]) -> str:
    """The comparison as a page."""
    template = jinja2.Environment(autoescape=True).from_string(PAGE)
    return template.render(header=COMPARED, rows=[compared_cells(row) for row in rows], notes=notes) + "\n"
