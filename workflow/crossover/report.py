"""The report card as a table on the terminal and as the first page of the report."""

import io

import jinja2
from rich.console import Console
from rich.table import Table

COLOURS = {"reproduced": "green", "not reproduced": "red", "not decided": "yellow"}
HEADER = ("claim", "statement", "estimate [95 % interval]", "target ± margin", "verdict", "why")
PAGE = """\
<style>
#report-card table {border-collapse: collapse; font-size: 80%}
#report-card th, #report-card td {padding: 2px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd}
/* Snakemake's page is narrow and centres its text upright: a long one would lose its top */
.prose:has(#report-card) {max-width: none !important} .items-center:has(#report-card) {align-items: flex-start !important}
#report-card .reproduced {color: #0a6b0a} #report-card .not-reproduced {color: #b00020} #report-card .not-decided {color: #8a6d00}
</style>
<div id="report-card"><h2>Report card</h2>
<table><thead><tr>{% for name in header %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr>{% for cell in row %}<td
{%- if loop.index0 == 4 %} class="{{ cell | replace(" ", "-") }}"{% endif %}>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>
<p>Scale:</p><ul>{% for scale in scales %}<li>{{ scale }}</li>{% endfor %}</ul></div>
"""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _target(part: dict) -> str:
    if part["target"] is None:
        return "–"
    return "> 0" if part["margin"] is None else f"{_number(part['target'])} ± {_number(part['margin'])}"


def _cells(name: str, statement: str, part: dict) -> tuple[str, ...]:
    interval = f"{_number(part['estimate'])} [{_number(part['low'])}, {_number(part['high'])}]"
    return name, statement, interval, _target(part), part["verdict"], part["reason"]


def rows(claims: list[dict]) -> list[tuple[str, ...]]:
    """The cells of the table under `HEADER`: a row for each claim, and one for each part of a claim that has several."""
    found = []
    for claim in claims:
        if len(claim["parts"]) == 1:
            found.append(_cells(claim["id"], claim["statement"], claim["parts"][0]))
        else:
            found.append((claim["id"], claim["statement"], "", "", claim["verdict"], ""))
            found.extend(_cells("", part["name"], part) for part in claim["parts"])
    return found


def scales(claims: list[dict]) -> list[str]:
    """The scales at which the claims were judged, each once; a claim judged on several experiments has one of each."""
    return sorted({scale for claim in claims for scale in claim["scale"].split("; ")})


def as_text(claims: list[dict], *, width: int = 150) -> str:
    """The report card for a terminal of ``width`` columns."""
    table = Table(*HEADER, title="Report card", title_justify="left")
    for row in rows(claims):
        table.add_row(*row[:4], row[4], row[5], style=COLOURS[row[4]] if row[0] else None)
    buffer = io.StringIO()
    console = Console(file=buffer, width=width)
    console.print(table)
    for scale in scales(claims):
        console.print(f"Scale: {scale}", soft_wrap=True)
    return buffer.getvalue()


def as_html(claims: list[dict]) -> str:
    """The report card as a self-contained piece of HTML."""
    template = jinja2.Environment(autoescape=True).from_string(PAGE)
    return template.render(header=HEADER, rows=rows(claims), scales=scales(claims)) + "\n"
