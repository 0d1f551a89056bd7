"""Figure 8 of the depth paper: to what depth the kernel tells the closest points apart, against the number of points."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import style


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """A panel for each dimension: 3 pi / theta, (1 - rho)^(-1/2) of the closest points, the law n^(2/(d-1)), some depths."""
    data = summaries["theory"]
    figure, axes = style.panels(1, len(data["dimension"]))
    for letter, panel, d in zip("abcdefgh", axes[0], data["dimension"].values, strict=False):
        _bounds(panel, data.sel(dimension=d))
        panel.set_title(f"$d$ = {d}")
        style.letter(panel, letter)
    axes[0, 0].legend()
    return figure


def _bounds(axes: Axes, data: xr.Dataset) -> None:
    n, angle = data["points"].values, data["smallest_angle"]
    bounds = (
        (r"$3 \pi / \theta_\mathrm{min}$", 3 * np.pi / angle, "C0"),
        (r"$(1 - \rho_\mathrm{max})^{-1/2}$", 1 / (np.sqrt(2) * np.sin(angle / 2)), "C1"),
    )
    for label, values, colour in bounds:
        axes.plot(n, values.median("draw"), color=colour, marker="o", label=label)
        low, high = (values.quantile(share, "draw") for share in (0.1, 0.9))
        axes.fill_between(n, low, high, color=colour, alpha=0.15, linewidth=0)
    law = 3 * np.pi / data["likely_angle"].values
    axes.plot(n, law, color="k", linestyle="--", linewidth=0.8, label=r"$\propto n^{2/(d-1)}$, large $n$")
    for depth in data["weight_layers"].values:
        axes.axhline(depth, color="0.6", linewidth=0.8, linestyle=":")
        axes.annotate(
            f"$L$ = {depth}", (0.98, depth), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=6, color="0.4"
        )
    axes.set(xscale="log", yscale="log", xlabel="points $n$", ylabel="depth")
    style.width_ticks(axes.xaxis, n)
