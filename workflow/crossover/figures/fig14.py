"""Figure 14: how fluctuations depend on the number of training patterns, lazy side."""

import json
from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import panels, style

SQRT_H_ALPHA = 1e6


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """Var F/sqrt(n) against h at one sqrt(h) alpha, a curve a number of training patterns."""
    figure, [[axes]] = style.panels(1, 1)
    style.say_scales(figure, [panels.filled(axes, ("n1", "n2", "n3", "n4"), summaries, absent, _sizes)])
    return figure


def _sizes(axes: Axes, there: Mapping[str, xr.Dataset]) -> None:
    of_size = {json.loads(data.attrs["configuration"])["n"]: style.first_depth(data) for data in there.values()}
    for (n, data), colour in zip(sorted(of_size.items()), style.colours(of_size, "crest").values(), strict=True):
        value = style.nearest(data["sqrt_h_alpha"].values, SQRT_H_ALPHA)
        cut = data.sel(sqrt_h_alpha=value)
        h = cut["h"].values.astype(float)
        slope = style.fit(h, cut["output_variance"].values)
        label = f"$n$ = {n}, {style.SQRT_H_ALPHA} = {style.power(value)}: slope {slope:.2f}"
        style.curve(axes, h, cut, "output_variance", scale=n**-0.5, color=colour, label=label)
    axes.set(xscale="log", yscale="log", xlabel=style.WIDTH, ylabel=rf"{panels.VARIANCE}$\,/\sqrt{{n}}$")
    style.width_ticks(axes.xaxis, np.unique(np.concatenate([data["h"].values for data in of_size.values()])))
    panels.guide(axes, -1, "-1")
    style.legend(axes, headroom=0.05 + 0.07 * len(of_size), loc="upper center")
