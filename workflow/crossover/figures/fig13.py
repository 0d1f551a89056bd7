"""Figure 13: what the discretisation and the momentum change, and what they cost."""

import json
from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import panels, style

ROWS = {"output_difference": "relative difference of outputs", "evaluations_ratio": "evaluations, second / first"}


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """Two pairs of experiments with the same members: (a, b) |F1 - F2|/|F2|, (c, d) evaluations of the second over the first."""
    figure, axes = style.panels(2, 2)
    shown = [
        panels.filled(axes[row, column], [role], summaries, absent, panels.of_one(lambda *given, name=name: _pair(*given, name)))
        for row, name in enumerate(ROWS)
        for column, role in enumerate(("steps", "momentum"))
    ]
    style.say_scales(figure, shown)
    style.letters(axes.flat)
    return figure


def _pair(axes: Axes, pair: xr.Dataset, name: str) -> None:
    """Mean over the seeds, and each member, against sqrt(h) alpha; points count at which every seed of the width is there."""
    x = pair["sqrt_h_alpha"].values
    for width, colour in style.by_width(pair["h"].values).items():
        members = pair[name].sel(h=width).values  # (sqrt_h_alpha, seed)
        members = members[:, np.isfinite(members).any(0)]
        mean = members.mean(1) if members.size else np.full(len(x), np.nan)
        there = np.isfinite(mean)
        axes.plot(x[there], mean[there], color=colour, marker="o", label=f"$h$ = {width}: mean of {members.shape[1]} seeds")
        for seed in members.T:
            axes.plot(x[there], seed[there], ".", color=colour, alpha=0.4, markersize=3)
    axes.set(xscale="log", xlabel=style.SQRT_H_ALPHA, ylabel=ROWS[name])
    axes.set(yscale="log") if name == "output_difference" else axes.set_ylim(0, None)
    described = json.loads(pair.attrs["spec"])
    style.legend(axes, headroom=0.25, loc="upper center", title=f"first: {described['first']}\nsecond: {described['second']}")
