"""Figure 9: how far the weights move."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from crossover.claims.appendices import WEIGHT_FEATURE
from crossover.claims.article import LAZY
from crossover.claims.points import between
from crossover.figures import panels, style


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """sqrt(h) |w - w0|/|w0| against alpha (a) and sqrt(h) alpha (b), there with the exponent of each side."""
    plane = style.first_depth(summaries["plane"])
    figure, [axes] = style.panels(1, 2)
    figure.suptitle(style.scale_of(summaries["plane"]), fontsize=7, color="0.4")
    for where, abscissa in zip(axes, ("alpha", "sqrt_h_alpha"), strict=True):
        panels.by_widths(where, plane, "weight_change_mean", abscissa, lambda curve: float(curve["h"]) ** 0.5)
        where.set_ylabel(r"$\sqrt{h}\, \|w - w_0\| / \|w_0\|$")
        style.legend(where)
    x = plane["sqrt_h_alpha"].values
    y = plane["weight_change_mean"].values * plane["h"].values[:, None] ** 0.5
    for inside in (between(x, *WEIGHT_FEATURE), x >= LAZY):
        panels.slope_triangle(axes[1], x, y, np.broadcast_to(inside, y.shape))
    style.letters(axes)
    return figure
