"""Figure 12: how the kernel of a ReLU network changes."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from crossover.claims.appendices import RELU, STILL
from crossover.claims.points import between
from crossover.figures import panels, style


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """Kernel change against sqrt(h) alpha, with the exponents of three ranges; in the last one no ReLU changes its sign."""
    plane = style.first_depth(summaries["relu"])
    figure, [[axes]] = style.panels(1, 1)
    figure.suptitle(style.scale_of(summaries["relu"]), fontsize=7, color="0.4")
    panels.by_widths(axes, plane, "kernel_change_mean", "sqrt_h_alpha")
    x, y = plane["sqrt_h_alpha"].values, plane["kernel_change_mean"].values
    still = plane["sign_changes_mean"].values == 0
    for where, (_, low, high) in RELU.items():
        inside = np.broadcast_to(between(x, low, high), y.shape)
        panels.slope_triangle(axes, x, y, inside & still if where == STILL else inside)
    axes.set_ylabel(panels.KERNEL_CHANGE)
    style.legend(axes, loc="lower left")
    return figure
