"""Figure 6 of the depth paper: norms of the projection operator and of its matrix along the depth."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import style

NAMES = {"inf": r"$t = \infty$", "1/lambda": r"$t = 1 / \lambda_\mathrm{min}$"}
ROLES = ("sphere", "mnist")
SHOWN = {
    "projection_norm": r"$|P_t(x)|$, mean over $x$",
    "projection_distance": r"$|P_t(x) - P_t^\infty| \,/\, |P_t^\infty|$",
    "factor_norm": r"$\|A_t\|$",
}


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """Of P_t(x), its distance from that of infinite depth, of A_t; a row for each data set and number of points.

    Dashed: the limits of infinite depth.
    """
    rows = [(role, n) for role in ROLES for n in (summaries[role]["points"].values if role in summaries else [None])]
    figure, axes = style.panels(len(rows), 3)
    for (role, n), panels in zip(rows, axes, strict=True):
        if n is None:
            for panel in panels:
                style.absent(panel, f"{role}: {absent[role]}")
            continue
        data = summaries[role]
        for panel, (name, label) in zip(panels, SHOWN.items(), strict=True):
            _along_depth(panel, data.sel(points=n), name, label)
            above = style.points_of(data) or "uniform on the sphere"
            panel.set_title(f"{above.split(', n =')[0]}, n = {n}", loc="right", fontsize=6, color="0.4")
    style.letters(axes.flat)
    axes[0, 0].plot([], [], color="0.3", linestyle="--", linewidth=0.8, label="infinite depth")
    style.legend(axes[0, 0])
    return figure


def _along_depth(axes: Axes, data: xr.Dataset, name: str, label: str) -> None:
    for stop, colour in style.colours(data["stop"].values, "colorblind").items():
        cut = data.sel(stop=stop)
        axes.plot(data["weight_layers"], cut[name], color=colour, marker="o", label=NAMES.get(stop, f"$t$ = {stop}"))
        if name.endswith("_norm"):
            axes.axhline(float(cut[name.replace("_norm", "_limit")]), color=colour, linestyle="--", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="layers of weights $L$", ylabel=label)
