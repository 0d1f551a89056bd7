"""The table of `crossover bench flow` and `bench boundary`, for the terminal and as Markdown."""

import io
import json
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from rich.console import Console
from rich.table import Table

from crossover import schema

COUNTS = ["evaluations", "kernel_evaluations", "flops", "seconds"]
HEADER = (
    "n",
    "h",
    "sqrt(h) alpha",
    "evaluations",
    "kernels",
    "flops",
    "seconds",
    "fewer evaluations",
    "fewer flops",
    "faster",
    "error of F_test",
)
Row = list[list[str]]  # the cells under `HEADER`, each with what its methods have: one text, or one of each


def number(value: float, form: str) -> str:
    """A number for a cell, its exponent without zeros; a dash where there is none."""
    return re.sub(r"e\+?(-?)0*", r"e\1", format(value, form)) if np.isfinite(value) else "–"


def _cells(n: int, h: int, label: str, counted: pd.DataFrame, errors: list[str]) -> Row:
    """A row of the table from `COUNTS` of each method; how many times fewer: than the first."""
    fewer = counted.iloc[0] / counted
    counts = (("evaluations", ".0f"), ("kernel_evaluations", ".0f"), ("flops", ".1e"))
    return [
        [str(n)],
        [str(h)],
        [label],
        *([number(value, form) for value in counted[name]] for name, form in counts),
        [number(value, ".0f" if value >= 100 else ".3g") for value in counted["seconds"]],
        *([number(value, ".3g") for value in fewer[name].round(1)] for name in ("evaluations", "flops", "seconds")),
        errors,
    ]


def methods(data: xr.Dataset) -> dict[tuple[str, str], str]:
    """Flow and dtype of the shipped settings, in the order in which they ran, and their names."""
    shipped = data.isel(run=(data["role"] == "shipped").values)
    found = dict.fromkeys(zip(shipped["flow"].values.tolist(), shipped["dtype"].values.tolist(), strict=True))
    return {(flow, dtype): flow + (f", {dtype}" if dtype != "float64" else "") for flow, dtype in found}


def rows(data: xr.Dataset) -> list[Row]:
    """A row for each problem at its shipped settings, and the totals of each size.

    A run that did not converge has its status in place of an error, and no numbers; nor have their totals.
    """
    frame = data.to_dataframe().query("role == 'shipped'").set_index(["flow", "dtype"])
    names = {code: name for name, code in schema.STATUS.items()}
    frame["status"] = frame["status"].map(names)
    frame[COUNTS] = frame[COUNTS].astype(float)
    frame.loc[frame["status"] != "converged", COUNTS] = np.nan
    found = []
    for (n, h), size in frame.groupby(["n", "h"], sort=False):
        problems = {value: each.loc[list(methods(data))] for value, each in size.groupby("sqrt_h_alpha")}
        for value, each in problems.items():
            ends = zip(each["F_error"], each["status"], strict=True)
            errors = [number(error, ".1e") if status == "converged" else status for error, status in ends]
            found.append(_cells(n, h, number(value, "g"), each[COUNTS], errors))
        worst = np.max([each["F_error"] for each in problems.values()], axis=0)  # NaN where one has none
        total = sum(each[COUNTS] for each in problems.values())
        found.append(_cells(n, h, "total", total, [number(error, ".1e") for error in worst]))
    return found


def machine_note(attrs: Mapping[str, str]) -> str:
    """The machine, the versions and the number of repeats, from the attributes of a file."""
    versions = json.loads(attrs["versions"])
    commit, _, dirty = attrs["git_commit"].partition("-")
    return (
        f"{attrs['machine']}, {attrs['cores']} cores, {attrs['threads']} thread(s), device {attrs['device']}; "
        f"python {versions['python']}, torch {versions['torch']}, numpy {versions['numpy']}; "
        f"repeats: {attrs['repeats']} (median of seconds); code {commit[:12]}{' with edits' * bool(dirty)}"
    )


def notes(data: xr.Dataset) -> list[str]:
    """The machine, the versions, the number of repeats, and what the errors are against."""
    tight = data["reference_error"].values
    known = tight[np.isfinite(tight)]
    return [
        machine_note(data.attrs),
        "Errors are relative, on 1000 test patterns, against a tight run, whose own error "
        + (f"was at most {number(known.max(), '.0e')} where it was measured; " if len(known) else "was not measured; ")
        + "a total has the largest. Kernels, and products of a kernel and a vector, count in the flops.",
    ]


def as_text(data: xr.Dataset, *, width: int = 150) -> str:
    """The table for a terminal of ``width`` columns, a line for each method."""
    table = Table(*HEADER[:3], "flow", *HEADER[3:], show_lines=True)
    for column in table.columns:
        column.justify = "left" if column.header == "flow" else "right"
    for row in rows(data):
        cells = ["\n".join(cell) for cell in row]
        table.add_row(*cells[:3], "\n".join(methods(data).values()), *cells[3:])
    buffer = io.StringIO()
    console = Console(file=buffer, width=width)
    console.print(table)
    for note in notes(data):
        console.print(note, soft_wrap=True, markup=False, highlight=False)
    return buffer.getvalue()


def as_markdown(data: xr.Dataset) -> str:
    """The table to paste into a README, a line for each problem."""
    cells = [[" / ".join(cell) for cell in row] for row in rows(data)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in [HEADER, ["---:"] * len(HEADER), *cells])
    return f"{table}\n\nCells: {' / '.join(methods(data).values())}.\n\n" + "\n\n".join(notes(data)) + "\n"
