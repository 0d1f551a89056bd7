"""Figure 12: how the kernel of a ReLU network changes."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import panels, style

FEATURE = 5.0  # sqrt(h) alpha below
MIDDLE = (2e2, 1e6)


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """Kernel change against sqrt(h) alpha, with the exponents of three ranges; in the last one no ReLU changes its sign."""
    plane = style.first_depth(summaries["relu"])
    figure, [[axes]] = style.panels(1, 1)
    figure.suptitle(style.scale_of(summaries["relu"]), fontsize=7, color="0.4")
    panels.by_widths(axes, plane, "kernel_change_mean", "sqrt_h_alpha")
    x, y = plane["sqrt_h_alpha"].values, plane["kernel_change_mean"].values
    still = plane["sign_changes_mean"].values == 0
    for inside in ((x < FEATURE) & ~still, panels.between(x, *MIDDLE) & ~still, still):
        panels.slope_triangle(axes, x, y, inside)
    axes.set_ylabel(panels.KERNEL_CHANGE)
    style.legend(axes, loc="lower left")
    return figure
