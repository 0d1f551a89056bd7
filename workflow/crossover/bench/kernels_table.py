"""The table of `crossover bench kernels`, in Markdown, which reads well in a terminal too."""

import numpy as np
import xarray as xr

from crossover.bench.kernels import DIMENSION, ROWS
from crossover.bench.table import machine_note, number

HEADER = ("kernel", "n", "layers of weights", "h", "method", "seconds", "table built in", "faster", "peak memory", "difference")


def rows(data: xr.Dataset) -> list[list[str]]:
    """The cells of each run under `HEADER`; how much faster than the straightforward method of the same matrix."""
    frame = data.to_dataframe()
    case = ["kernel", "n", "weight_layers", "h"]
    # the straightforward method comes second, where there is one
    slow = frame.groupby(case, dropna=False, sort=False)["seconds"].transform(
        lambda each: each.iloc[-1] if len(each) > 1 else np.nan
    )
    return [
        [
            run.kernel,
            str(run.n),
            str(run.weight_layers),
            number(run.h, ".0f") if np.isfinite(run.h) else "infinite",
            run.method,
            number(run.seconds, ".2g"),
            f"{number(run.build_seconds, '.2g')} s" if run.build_seconds else "–",
            number(against / run.seconds, ".3g") if against > run.seconds else "–",
            f"{number(run.peak_memory, '.2g')} GB",
            number(run.difference, ".0e"),
        ]
        for run, against in zip(frame.itertuples(), slow, strict=True)
    ]


def as_markdown(data: xr.Dataset) -> str:
    """The table, to print and to paste into a README."""
    cells = [list(HEADER), *rows(data)]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells]
    rule = "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|"
    notes = [
        f"Peak memory is above that before the matrix. Differences are to the other method, on {ROWS} rows, in parts of the "
        f"largest entry. Analytic kernels are of points drawn on the unit sphere of {DIMENSION} dimensions; empirical ones of "
        "the embedded images, one network drawn at random.",
        machine_note(data.attrs),
    ]
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n\n" + "\n\n".join(notes) + "\n"
