"""Figure 3: the plane of alpha and h, and the test error across it."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.claims.estimators import log_crossing
from crossover.figures import panels, style


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) the plane; (b) error against h; (c) error against alpha; (d) rescaled error against sqrt(h) alpha."""
    plane = style.first_depth(summaries["plane"])
    figure, axes = style.panels(2, 2)
    figure.suptitle(style.scale_of(summaries["plane"]), fontsize=7, color="0.4")
    _plane(axes[0, 0], plane)
    _error_against_width(axes[0, 1], plane)
    _error_against_alpha(axes[1, 0], plane)
    panels.rescaled_error(axes[1, 1], plane)
    style.letters(axes.flat)
    return figure


def _plane(axes: Axes, plane: xr.Dataset) -> None:
    """The points trained, the line alpha = h^-1/2, and where the kernel change is measured to be 1."""
    trained = (plane["seeds_wanted"] > 0).values
    alpha, h = np.broadcast_arrays(plane["alpha"].values, plane["h"].values[:, None])
    axes.plot(alpha[trained], h[trained], ".", color="0.6", markersize=3, label="trained")
    widths = np.geomspace(plane["h"].values.min() / 1.5, plane["h"].values.max() * 1.5, 50)
    axes.plot(widths**-0.5, widths, color="k", label=r"$\alpha^* = h^{-1/2}$")
    crossings = []
    for width in plane["h"].values:
        change = plane["kernel_change_mean"].sel(h=width).dropna("sqrt_h_alpha")
        crossing = 10 ** log_crossing(change["sqrt_h_alpha"].values, change.values[None])[0]
        if np.isfinite(crossing):
            crossings.append((crossing / width**0.5, width))
        else:
            print(f"fig3a: h = {width} has no crossing of a kernel change of 1 within a decade of sqrt(h) alpha")
    if crossings:
        axes.plot(*zip(*crossings, strict=True), "D", color="C3", label=r"kernel change $= 1$")
    axes.set(xscale="log", yscale="log", xlabel=style.ALPHA, ylabel=style.WIDTH, ylim=(widths[0], widths[-1] * 1.9))
    style.width_ticks(axes.yaxis, plane["h"].values)
    axes.text(0.03, 0.06, "feature training", transform=axes.transAxes, fontsize=7, color="0.25")
    axes.text(0.97, 0.06, "lazy training", transform=axes.transAxes, fontsize=7, color="0.25", ha="right")
    style.legend(axes, ncols=3, loc="upper center", columnspacing=0.8, handlelength=1.2)


def _error_against_width(axes: Axes, plane: xr.Dataset) -> None:
    """Test error against h at some sqrt(h) alpha, and that of the frozen initial kernel."""
    swept = style.width_sweeps(plane)
    chosen = style.preferred(swept["sqrt_h_alpha"].values, (1e-4, 1e-2, 1, 1e4))
    colours = style.by_alpha(chosen)
    for value in chosen:
        cut = swept.sel(sqrt_h_alpha=value)
        label = f"{style.SQRT_H_ALPHA} = {style.power(value)}"
        panels.single(axes, swept["h"].values, cut, color=colours[value], label=label)
    lazy = swept.sel(sqrt_h_alpha=chosen[-1])
    line = {"color": "k", "marker": "", "linestyle": "--", "label": r"frozen kernel $\Theta(w_0)$"}
    panels.single(axes, swept["h"].values, lazy, "frozen_init_test_error_mean", band=False, **line)
    axes.set(xscale="log", xlabel=style.WIDTH, ylabel=style.TEST_ERROR)
    style.width_ticks(axes.xaxis, swept["h"].values)
    style.legend(axes, headroom=0.25, ncols=2, loc="upper right")


def _error_against_alpha(axes: Axes, plane: xr.Dataset) -> None:
    swept = style.full_sweeps(plane)
    colours = style.by_width(swept["h"].values)
    for width, colour in colours.items():
        cut = swept.sel(h=width)
        panels.single(axes, cut["alpha"].values, cut, color=colour, label=f"$h$ = {width}")
    axes.set(xscale="log", xlabel=style.ALPHA, ylabel=style.TEST_ERROR)
    style.legend(axes)
