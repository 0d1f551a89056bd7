"""Figure 4: fluctuations of the output, and what averaging over an ensemble gains."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import style

VARIANCE = r"Var $F$"


def draw(summaries: Mapping[str, xr.Dataset]) -> Figure:
    """(a) Var F against h; (b) h Var F, (c) errors against sqrt(h) alpha; (d) errors against h."""
    plane, variance = (style.first_depth(summaries[role]) for role in ("plane", "variance"))
    figure, axes = style.panels(2, 2)
    titles = "; (a) ".join(style.scale_of(summaries[role]) for role in ("plane", "variance"))
    figure.suptitle(titles, fontsize=7, color="0.4")
    _variance_against_width(axes[0, 0], variance)
    _scaled_variance(axes[0, 1], plane)
    _errors_against_alpha(axes[1, 0], plane)
    _errors_against_width(axes[1, 1], plane)
    for letter, panel in zip("abcd", axes.flat, strict=True):
        style.letter(panel, letter)
    return figure


def _variance_against_width(axes: Axes, variance: xr.Dataset) -> None:
    """Var F against h, with the exponent fitted to the larger half of the widths (at least three)."""
    swept = style.width_sweeps(variance)
    h = swept["h"].values.astype(float)
    upper = slice(-max(3, (len(h) + 1) // 2), None)
    chosen = style.preferred(swept["sqrt_h_alpha"].values, (1e-2, 1, 1e2, 1e4))
    for value, colour in style.by_alpha(chosen).items():
        cut = swept.sel(sqrt_h_alpha=value)
        slope = style.fit(h[upper], cut["output_variance"].values[upper])
        label = f"{style.SQRT_H_ALPHA} = {style.power(value)}: slope {slope:.2f}"
        style.curve(axes, h, cut, "output_variance", color=colour, label=label)
    middle = swept["output_variance"].sel(sqrt_h_alpha=chosen).values[len(h) // 2]
    if np.isfinite(middle).any():
        style.triangle(axes, (h[upper][0], h[upper][0] * 2), np.nanmin(middle) / 1.5, -1, text="-1")
    axes.set(xscale="log", yscale="log", xlabel=style.WIDTH, ylabel=VARIANCE)
    style.width_ticks(axes.xaxis, h)
    style.legend(axes)


def _scaled_variance(axes: Axes, plane: xr.Dataset) -> None:
    swept = style.full_sweeps(plane)
    for width, colour in style.by_width(swept["h"].values).items():
        cut = swept.sel(h=width)
        style.curve(
            axes,
            cut["sqrt_h_alpha"].values,
            cut,
            "output_variance",
            scale=float(width),
            color=colour,
            label=f"$h$ = {width}",
        )
    axes.set(xscale="log", yscale="log", xlabel=style.SQRT_H_ALPHA, ylabel=f"$h$ {VARIANCE}")
    style.legend(axes)


def _single_and_ensemble(axes: Axes, x: np.ndarray, cut: xr.Dataset, colour, label: str) -> None:
    style.curve(axes, x, cut, "test_error_mean", scale=100, color=colour, label=label)
    style.curve(axes, x, cut, "ensemble_test_error", scale=100, color=colour, linestyle="--", marker="s", markersize=2.5)


def _errors_against_alpha(axes: Axes, plane: xr.Dataset) -> None:
    """Single error (solid) and ensemble error (dashed) against sqrt(h) alpha."""
    swept = style.full_sweeps(plane)
    for width, colour in style.by_width(swept["h"].values).items():
        _single_and_ensemble(axes, swept["sqrt_h_alpha"].values, swept.sel(h=width), colour, f"$h$ = {width}")
    axes.set(xscale="log", xlabel=style.SQRT_H_ALPHA, ylabel="test error [%]")
    style.legend(axes, headroom=0.25, ncols=3, loc="upper center", title="solid: single, dashed: ensemble")


def _errors_against_width(axes: Axes, plane: xr.Dataset) -> None:
    """The same against h at some sqrt(h) alpha."""
    swept = style.width_sweeps(plane)
    for value, colour in style.by_alpha(style.preferred(swept["sqrt_h_alpha"].values, (1e-2, 1, 1e4))).items():
        label = f"{style.SQRT_H_ALPHA} = {style.power(value)}"
        _single_and_ensemble(axes, swept["h"].values, swept.sel(sqrt_h_alpha=value), colour, label)
    axes.set(xscale="log", xlabel=style.WIDTH, ylabel="test error [%]")
    style.width_ticks(axes.xaxis, swept["h"].values)
    style.legend(axes, headroom=0.25, ncols=3, loc="upper center", title="solid: single, dashed: ensemble")
