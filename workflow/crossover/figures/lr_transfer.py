"""Loss against the learning rate by width, and the best learning rate against the width."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from crossover.claims import pages
from crossover.claims.depth_numbers import width_slope
from crossover.figures import movement, style

RATE = "learning rate"
NAMES = movement.NAMES | {"standard": "standard"}


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """One panel a parametrisation, median over seeds; the last: the best learning rate, with slopes beside those expected."""
    data = summaries["transfer"]
    width, names = data["width"].values, movement.there(data)
    figure, [axes] = style.panels(1, len(names) + 1)
    for name, panel in zip(names, axes, strict=False):
        for each, colour in style.by_width(width).items():
            cut = data.sel(parameterization=name, width=each)
            loss = cut["trial_loss"].median("seed").values
            there = np.isfinite(loss) & (loss < 2)
            panel.plot(2.0 ** cut["log2_rate"].values[there], loss[there], marker="o", color=colour, label=f"$n$ = {each}")
        movement.logarithmic(panel, f"{RATE}, {NAMES[name]}", movement.LOSS)
        panel.set_xscale("log", base=2)
        panel.set_ylim(top=2)
    last = axes[-1]
    for name in names:
        best = 2.0 ** data["best_log2_rate"].sel(parameterization=name).values  # (width, seed)
        slope = width_slope(width.astype(float), best)
        text = f"{NAMES[name]}: {slope.estimate:.2f} ± {slope.error:.2f} ({pages.CRITICAL[name]:g})"
        movement.over_seeds(last, width, best, color=movement.COLOURS[name], label=text)
    movement.logarithmic(last, movement.WIDTH, f"best {RATE}")
    last.set_yscale("log", base=2)
    style.width_ticks(last.xaxis, width)
    style.legend(axes[0], loc="lower left")
    style.legend(last, headroom=0.25, loc="upper right", title="slope (expected)")
    style.letters(axes)
    style.say_points(figure, data)
    return figure
