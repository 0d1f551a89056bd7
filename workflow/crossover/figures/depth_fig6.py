"""Figure 6 of the depth paper: norms of the projection operator and of its matrix along the depth."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import style

NAMES = {"inf": r"$t = \infty$", "1/lambda": r"$t = 1 / \lambda_\mathrm{min}$"}


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """Left, of P_t(x), right, of A_t; a row for each number of points, dashed the limits of infinite depth."""
    data = summaries["theory"]
    sizes = data["points"].values
    figure, axes = style.panels(len(sizes), 2)
    for row, n in enumerate(sizes):
        cut = data.sel(points=n)
        _norms(axes[row, 0], cut, "projection", r"$|P_t(x)|$, mean over $x$")
        _norms(axes[row, 1], cut, "factor", r"$\|A_t\|$")
        for column, panel in enumerate(axes[row]):
            panel.set_title(f"$n$ = {n}")
            style.letter(panel, "abcdefgh"[2 * row + column])
    axes[0, 0].plot([], [], color="0.3", linestyle="--", linewidth=0.8, label="infinite depth")
    axes[0, 0].legend()
    return figure


def _norms(axes: Axes, data: xr.Dataset, name: str, label: str) -> None:
    for stop, colour in style.colours(data["stop"].values, "colorblind").items():
        cut = data.sel(stop=stop)
        axes.plot(data["weight_layers"], cut[f"{name}_norm"], color=colour, marker="o", label=NAMES.get(stop, f"$t$ = {stop}"))
        axes.axhline(float(cut[f"{name}_limit"]), color=colour, linestyle="--", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="layers of weights $L$", ylabel=label)
