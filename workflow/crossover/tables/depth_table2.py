"""Table 2 of the depth paper: ten classes learnt by the normalized kernel from few images."""

import json
from collections.abc import Mapping

import xarray as xr

from crossover.claims.depth_numbers import of_file
from crossover.tables import Cell

TITLE = "Table 2 of the depth paper: ten classes learnt by the normalized kernel from few images"
HEADER = ("L", "time", "mean squared error (s.d. over test images)", "accuracy", "macro F1", "n", "draws", "data set used")


def rows(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Header and rows: a depth and a time of K_L; means over draws, of accuracy and F1 with their s.d. over draws."""
    if "mnist" not in summaries:
        return ("item", "why"), [("all", absent["mnist"])]
    data = summaries["mnist"]
    described = json.loads(data.attrs["spec"])
    found = []
    for stop in data["stop"].values:
        for depth in data["weight_layers"].values:
            cut = data.sel(stop=stop, weight_layers=depth)
            error = f"{float(cut['square_error'].mean()):.3g} ({float(cut['square_error_spread'].mean()):.2g})"
            scores = [f"{float(cut[name].mean()):.3f} ({float(cut[name].std(ddof=1)):.3f})" for name in ("accuracy", "macro_f1")]
            sizes = (str(described["points"]), str(data.sizes["draw"]))
            found.append((str(depth), str(stop), error, *scores, *sizes, of_file(data).used))
    return HEADER, found
