"""Figure 10: how the output grows."""

from collections.abc import Mapping, Sequence

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import panels, style

WIDTH = 300  # of (a)
ALPHAS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  # of (a), sqrt(h) alpha
FEATURE, LAZY = 1e-2, 1e5  # of (b, c, d)
CHANGE = r"\|f(w_t) - f(w_0)\|"


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """Against t/t_half: (a) |f - f0| at one h; at fixed sqrt(h) alpha (b) |f|/(sqrt(h) |f0|), (c, d) |f - f0| rescaled.

    Where the grid lacks a width or a value of the article, the nearest is drawn.
    """
    plane = style.full_sweeps(style.first_depth(summaries["plane"]))
    figure, axes = style.panels(2, 2)
    figure.suptitle(style.scale_of(summaries["plane"]), fontsize=7, color="0.4")
    _along_alpha(axes[0, 0], plane)
    _norms(axes[0, 1], plane)
    _changes(axes[1, 0], plane, "sqrt_h_alpha", rf"$\sqrt{{h}}\,\alpha\, {CHANGE}$")
    _changes(axes[1, 1], plane, "alpha", rf"$\alpha\, {CHANGE}$")
    for where, free in zip(axes.flat, ("upper left", "upper left", "lower right", "lower right"), strict=True):
        where.set(xscale="log", yscale="log", xlabel=r"$t / t_{\mathcal{L}/2}$")
        style.legend(where, loc=free)
    style.letters(axes.flat)
    return figure


def _along_alpha(axes: Axes, plane: xr.Dataset) -> None:
    width = style.nearest(plane["h"].values, WIDTH)
    values = style.preferred(plane["sqrt_h_alpha"].values, ALPHAS)
    for value, colour in style.by_alpha(values).items():
        point = plane.sel(h=width, sqrt_h_alpha=value)
        panels.growth(axes, point, "output_change_mean", "t_half", color=colour, label=_value(value))
    axes.set(ylabel=f"${CHANGE}$, $h$ = {width}")


def _norms(axes: Axes, plane: xr.Dataset) -> None:
    value = style.nearest(plane["sqrt_h_alpha"].values, FEATURE)
    for width, colour in _widths(plane):
        point = plane.sel(h=width, sqrt_h_alpha=value)
        start = float(point["output_norm_mean"].isel(time=0))
        line = {"color": colour, "label": f"$h$ = {width}"}
        panels.growth(axes, point, "output_norm_mean", "t_half", scale=1 / (width**0.5 * start), **line)
    axes.set(ylabel=rf"$\|f(w_t)\| / (\sqrt{{h}}\, \|f(w_0)\|)$, {_value(value)}")


def _changes(axes: Axes, plane: xr.Dataset, factor: str, label: str) -> None:
    """The change of the output times alpha or sqrt(h) alpha."""
    found = {style.nearest(plane["sqrt_h_alpha"].values, wanted): line for wanted, line in ((FEATURE, "-"), (LAZY, "--"))}
    for width, colour in _widths(plane):
        for value, line in found.items():
            point, drawn = plane.sel(h=width, sqrt_h_alpha=value), {"color": colour, "linestyle": line}
            panels.growth(axes, point, "output_change_mean", "t_half", scale=float(point[factor]), **drawn)
        axes.plot([], [], color=colour, label=f"$h$ = {width}")
    for value, line in found.items():
        axes.plot([], [], color="0.3", linestyle=line, label=_value(value))
    axes.set(ylabel=label)


def _widths(plane: xr.Dataset) -> Sequence[tuple[int, tuple]]:
    return list(style.by_width(style.few(plane["h"].values, 3)).items())


def _value(value: float) -> str:
    return f"{style.SQRT_H_ALPHA} = {style.power(value)}"
