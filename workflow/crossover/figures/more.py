"""More to show: the best width at fixed alpha, small sqrt(h) alpha, the growth of the output, gradients at the start."""

import json
from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.claims.estimators import CROSSING_DECADES
from crossover.figures import panels, style

ALPHAS = (1e-2, 1e-1, 1.0, 10.0)  # of (a)
SMALL = 1.0  # largest sqrt(h) alpha of (b)
GROWTH = (1e-3, 1e-2, 1e-1, 1.0)  # sqrt(h) alpha of (c)
LINES = ("-", "--", ":")


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """(a) ensemble error against h at fixed alpha; (b) error and h Var F; (c) alpha |f - f0| against t/t1; (d) |df/dW|."""
    figure, axes = style.panels(2, 2)
    shown = [
        panels.filled(axes[0, 0], ["plane"], summaries, absent, panels.of_one(_fixed_alpha)),
        panels.filled(axes[0, 1], ["plane", "below"], summaries, absent, _small),
        panels.filled(axes[1, 0], ["plane"], summaries, absent, panels.of_one(_growth)),
        panels.filled(axes[1, 1], ["initial"], summaries, absent, lambda where, there: _gradients(where, there["initial"])),
    ]
    style.say_scales(figure, shown)
    style.letters(axes.flat)
    return figure


def interpolated(plane: xr.Dataset, name: str, alpha: float) -> np.ndarray:
    """An observable at one alpha along each width, by straight lines in log alpha; NaN beyond the ends or across long gaps.

    Shape (h,). A gap is too long above `estimators.CROSSING_DECADES`.
    """
    found = np.full(plane.sizes["h"], np.nan)
    for row in range(len(found)):
        cut = plane[name].isel(h=row).dropna("sqrt_h_alpha")
        x = np.log10(cut["alpha"].values)
        after = np.searchsorted(x, np.log10(alpha))
        if 0 < after < len(x) and x[after] - x[after - 1] <= CROSSING_DECADES + 1e-9:
            found[row] = np.interp(np.log10(alpha), x, cut.values)
    return found


def _fixed_alpha(axes: Axes, plane: xr.Dataset) -> None:
    """Ensemble error against h; a star at the width at which it is smallest."""
    h = plane["h"].values
    for alpha, colour in style.by_alpha(ALPHAS).items():
        error = 100 * interpolated(plane, "ensemble_test_error", alpha)
        there = np.isfinite(error)
        if there.sum() < 2:
            continue
        axes.plot(h[there], error[there], color=colour, marker="o", label=f"{style.ALPHA} = {style.power(alpha)}")
        best = np.nanargmin(error)
        axes.plot(h[best], error[best], "*", color=colour, markersize=9, markeredgecolor="k", markeredgewidth=0.5)
    axes.set(xscale="log", xlabel=style.WIDTH, ylabel="ensemble test error [%]")
    style.width_ticks(axes.xaxis, h)
    style.legend(axes, headroom=0.2, ncols=2, loc="upper center", title="star: smallest")


def _small(axes: Axes, there: Mapping[str, xr.Dataset]) -> None:
    """Error (left axis, solid) and h Var F (right axis, dashed) at small sqrt(h) alpha, of a few widths."""
    swept = [style.full_sweeps(style.first_depth(data)) for data in there.values()]
    sizes = [json.loads(data.attrs["configuration"])["n"] for data in swept]
    widths = style.few(swept[-1]["h"].values, 3)  # of `below`, where it is there
    colours = style.colours(dict.fromkeys((width, n) for width in widths for n in sizes), "Paired")
    right = axes.twinx()
    for (width, n), colour in colours.items():
        for data in (each for each, size in zip(swept, sizes, strict=True) if size == n):
            small = data["sqrt_h_alpha"][(data["sqrt_h_alpha"] <= SMALL * (1 + 1e-9)).values]
            cut = data.reindex(h=[width]).sel(h=width, sqrt_h_alpha=small)
            x = cut["sqrt_h_alpha"].values
            panels.single(axes, x, cut, color=colour)
            style.curve(right, x, cut, "output_variance", scale=float(width), color=colour, **panels.ENSEMBLE)
        axes.plot([], [], color=colour, label=f"$h$ = {width}, $n$ = {n}")
    axes.set(xscale="log", xlabel=style.SQRT_H_ALPHA, ylabel=f"solid: {style.TEST_ERROR}")
    right.set(yscale="log", ylabel=f"dashed: $h$ {panels.VARIANCE}")
    style.legend(axes, headroom=0.2, ncols=2, loc="upper center")
    style.keep_free(right, 0.2)


def _growth(axes: Axes, plane: xr.Dataset) -> None:
    """The collapse of alpha |f - f0| against t/t1: one curve whatever h at fixed sqrt(h) alpha (Eq. 32)."""
    swept = style.full_sweeps(plane)
    small = swept["sqrt_h_alpha"].values[swept["sqrt_h_alpha"].values <= SMALL * (1 + 1e-9)]
    values = style.preferred(small, GROWTH)
    widths = style.few(swept["h"].values, len(LINES))
    for value, colour in style.by_alpha(values).items():
        for width, line in zip(widths, LINES, strict=False):
            point = swept.sel(h=width, sqrt_h_alpha=value)
            panels.growth(axes, point, "output_change_mean", "t1", scale=float(point["alpha"]), color=colour, linestyle=line)
        axes.plot([], [], color=colour, label=f"{style.SQRT_H_ALPHA} = {style.power(value)}")
    for width, line in zip(widths, LINES, strict=False):
        axes.plot([], [], color="0.3", linestyle=line, label=f"$h$ = {width}")
    axes.set(xscale="log", yscale="log", xlabel=r"$t / (\sqrt{h}\,\alpha)$", ylabel=r"$\alpha\, \|f(w_t) - f(w_0)\|$")
    style.legend(axes, loc="lower right")


def _gradients(axes: Axes, initial: xr.Dataset) -> None:
    """Root mean square of df/dW against h (Eqs. 20, 21): first and last weights as h^-1/2, those between as h^-1."""
    labels = {layer: f"$W^{layer}$" for layer in initial["layer"].values}
    panels.seed_means(axes, initial["gradient"], "layer", labels, {-0.5: "-1/2", -1: "-1"})
    axes.set_ylabel(r"$\partial f / \partial W$ at $t = 0$, root mean square")
