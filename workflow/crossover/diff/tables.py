"""A comparison as tables: text for the terminal, and a page of HTML that needs nothing else."""

import base64
import io
from collections.abc import Iterable

import jinja2
from rich import box
from rich.console import Console
from rich.table import Table

from crossover.diff.result import MEANING, Change, Diff, Extreme, FileDiff, VariableDiff, Verdict

COLOURS = {
    Verdict.IDENTICAL: "green",
    Verdict.WITHIN: "yellow",
    Verdict.DIFFERENT: "red",
    Verdict.NOT_COMPARABLE: "red",
}
HEADER = ("variable", "result", "unequal", "beyond", "significant", "tolerance", "largest: A → B", "at")
CHANGED = ("changed", "at", "A", "B")
SHOWN = 12  # changes, labels and attributes shown; the JSON has all
CUT = 90  # characters of a value
PAGE = """\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>crossover diff</title><style>
body {font-family: sans-serif; margin: 2em; font-size: 90%} table {border-collapse: collapse; margin: 0.5em 0 1em}
th, td {padding: 2px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd} td {overflow-wrap: anywhere}
.v0 {color: #0a6b0a} .v1 {color: #8a6d00} .v2, .v3 {color: #b00020} img {max-width: 100%}
</style></head><body><h1>crossover diff: <span class="v{{ found.verdict }}">{{ meaning[found.verdict] }}</span></h1>
<p>A: {{ found.a }}<br>B: {{ found.b }}<br>exit code {{ found.verdict.value }}</p>
<ul>{% for note in notes %}<li>{{ note }}</li>{% endfor %}</ul>
<table class="files"><thead><tr><th>file</th><th>result</th></tr></thead><tbody>{% for file in files %}
<tr><td>{{ file.name }}</td><td class="v{{ file.verdict }}">{{ file.result }}</td></tr>{% endfor %}</tbody></table>
{% if image %}<img alt="differences over the plane of alpha and h" src="data:image/png;base64,{{ image }}">{% endif %}
{% for file in files %}<h2>{{ file.name }}: <span class="v{{ file.verdict }}">{{ file.result }}</span></h2>
<ul>{% for note in file.notes %}<li>{{ note }}</li>{% endfor %}</ul>
{% for title, header, rows in file.tables %}<h3>{{ title }}</h3><table><thead><tr>{% for name in header %}<th>{{ name }}</th>
{%- endfor %}</tr></thead><tbody>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>{% endfor %}{% endfor %}</body></html>
"""


def number(value) -> str:
    """A number in six digits; anything else as it is, cut."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "none" if value is None else str(value)
    return text if len(text) <= CUT else f"{text[: CUT - 1]}…"


def place(at: dict) -> str:
    """Coordinates as text."""
    return ", ".join(f"{dim} {number(label)}" for dim, label in at.items()) or "–"


def _cells(variable: VariableDiff) -> tuple[str, ...]:
    extreme: Extreme | None = variable.largest[0] if variable.largest else None
    tolerance = variable.tolerance
    parts = [f"{tolerance.absolute:g}"] * bool(tolerance.absolute) + [f"{tolerance.relative:g} |x|"] * bool(tolerance.relative)
    tested = {"none": "no error bar", "not counted": "not counted"}
    return (
        variable.name,
        variable.result,
        f"{variable.unequal} of {variable.compared}",
        str(variable.beyond),
        tested.get(variable.test) or f"{variable.significant} of {variable.cells}",
        " + ".join(parts) or "exact",
        f"{number(extreme.a)} → {number(extreme.b)}" if extreme else "–",
        place(extreme.at) if extreme else "–",
    )


def _minor(variable: VariableDiff) -> bool:
    return variable.test == "not counted" and variable.verdict < Verdict.DIFFERENT


def rows(file: FileDiff) -> list[tuple[str, ...]]:
    """A row under `HEADER` for each variable that differs, worst first; what is not counted is left to the notes."""
    shown = [variable for variable in file.variables if variable.verdict and not _minor(variable)]
    return [_cells(variable) for variable in sorted(shown, key=lambda variable: -variable.verdict)]


def _changes(changes: Iterable[Change]) -> list[tuple[str, ...]]:
    return [(change.name, place(change.at), number(change.a), number(change.b)) for change in list(changes)[:SHOWN]]


def _few(items: list) -> str:
    shown = ", ".join(place(item) if isinstance(item, dict) else number(item) for item in items[:SHOWN])
    return shown + (f" and {len(items) - SHOWN} more" if len(items) > SHOWN else "")


def _only(what: str, pair: tuple[list, list]) -> list[str]:
    return [f"{what} only in {side} ({len(items)}): {_few(items)}" for side, items in zip("AB", pair, strict=True) if items]


def notes(file: FileDiff) -> list[str]:
    """What one file alone has, which variables are identical, and what differs but is not counted."""
    found = [file.reason] if file.reason else []
    for dim, pair in file.only.items():
        found += _only(dim, pair)
    found += [f"{dim} has {a} in A, {b} in B: its variables are not compared" for dim, (a, b) in file.lengths.items()]
    found += _only("cells", file.cells) + _only("variables", file.variables_only)
    minor = [variable.name for variable in file.variables if variable.verdict and _minor(variable)]
    same = [variable.name for variable in file.variables if not variable.verdict]
    found += [f"error bars and single members that differ, not counted ({len(minor)}): {_few(minor)}"] if minor else []
    return found + ([f"identical ({len(same)}): {_few(same)}"] if same else [])


def tables(file: FileDiff) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Title, header and rows of the tables of a file that have rows."""
    changed, made = len(file.statuses), len(file.provenance)
    all_tables = [
        ("Variables that differ", HEADER, rows(file)),
        (f"Changed: {changed}" + (f", the first {SHOWN}" if changed > SHOWN else ""), CHANGED, _changes(file.statuses)),
        (
            f"Provenance that differs, not counted: {made}" + (f", the first {SHOWN}" if made > SHOWN else ""),
            ("attribute", "A", "B"),
            [(name, a, b) for name, _, a, b in _changes(file.provenance)],
        ),
    ]
    return [table for table in all_tables if table[2]]


def _notes(found: Diff) -> list[str]:
    """Of two folders."""
    return _only("not compared,", found.not_compared) + _only("files", found.files_only)


def as_text(found: Diff, *, width: int = 150, colour: bool = False) -> str:
    """The comparison for a terminal of ``width`` columns."""
    buffer = io.StringIO()
    console = Console(file=buffer, width=width, force_terminal=colour, highlight=False)
    console.print(f"A: {found.a}\nB: {found.b}", markup=False, soft_wrap=True)
    for note in _notes(found):
        console.print(note, markup=False)
    for file in found.files:
        console.print(f"\n{file.name}: {MEANING[file.verdict]}", style=f"bold {COLOURS[file.verdict]}", markup=False)
        for title, header, cells in tables(file):
            table = Table(title=title, title_justify="left", box=box.SIMPLE)
            for k, name in enumerate(header):
                table.add_column(name, no_wrap=k == 0, overflow="fold")
            for row in cells:
                table.add_row(*(cell.replace("[", r"\[") for cell in row))
            console.print(table)
        for note in notes(file):
            console.print(note, markup=False)
    result = f"\nResult: {MEANING[found.verdict]} (exit code {found.verdict.value})"
    console.print(result, style=f"bold {COLOURS[found.verdict]}", markup=False)
    return buffer.getvalue()


def as_html(found: Diff, *, image: bytes = b"") -> str:
    """The comparison as a page of its own, with the PNG ``image`` in it."""
    files = [
        {
            "name": file.name,
            "verdict": int(file.verdict),
            "result": MEANING[file.verdict],
            "notes": notes(file),
            "tables": tables(file),
        }
        for file in found.files
    ]
    template = jinja2.Environment(autoescape=True).from_string(PAGE)
    encoded = base64.b64encode(image).decode()
    return template.render(found=found, meaning=MEANING, notes=_notes(found), files=files, image=encoded) + "\n"
