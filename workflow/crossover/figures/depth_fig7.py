"""Figure 7 of the depth paper: the smallest eigenvalue of the kernel matrix falls with n, slower in deep networks."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import style


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) smallest eigenvalue, (b) its part of the bound 1 - max K_L, against n; mean over draws, bands from least to most."""
    data = summaries["theory"]
    figure, axes = style.panels(1, 2)
    share = data["smallest_eigenvalue"] / data["eigenvalue_bound"]
    for panel, values in zip(axes[0], (data["smallest_eigenvalue"], share), strict=True):
        for depth, colour in style.colours(data["weight_layers"].values, "viridis").items():
            cut = values.sel(weight_layers=depth)
            panel.plot(data["points"], cut.mean("draw"), color=colour, marker="o", label=f"$L$ = {depth}")
            panel.fill_between(data["points"], cut.min("draw"), cut.max("draw"), color=colour, alpha=0.15, linewidth=0)
        panel.set(xscale="log", xlabel="points $n$")
        style.width_ticks(panel.xaxis, data["points"].values)
    axes[0, 0].axhline(0.75, color="0.6", linestyle="--", linewidth=0.8, label="limit 3/4")
    axes[0, 0].set_ylabel(r"$\lambda_\mathrm{min}$ of $K_L(X, X)$")
    axes[0, 1].set_ylabel(r"$\lambda_\mathrm{min} / (1 - \max K_L)$")
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(bottom=axes[0, 0].get_ylim()[0] / 4)
    axes[0, 0].legend(ncols=3, loc="lower left")
    axes[0, 1].set_ylim(0, 1.05)
    for letter, panel in zip("ab", axes[0], strict=True):
        style.letter(panel, letter)
    return figure
