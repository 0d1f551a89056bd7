"""Figure 5: how the kernel changes, how the loss falls, and how long it takes."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.claims.article import HALF_LOSS_LAZY, KERNEL_FEATURE, KERNEL_LAZY, LAZY
from crossover.claims.points import between
from crossover.figures import panels, style

LINES = ("-", "--", ":", "-.")


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) kernel change; (b) alpha^2 L(t); (c) t_half/(sqrt(h) alpha). Left: bare abscissa, right: rescaled."""
    plane = style.first_depth(summaries["plane"])
    figure, axes = style.panels(3, 2)
    figure.suptitle(style.scale_of(summaries["plane"]), fontsize=7, color="0.4")
    for column, abscissa in enumerate(("alpha", "sqrt_h_alpha")):
        _kernel_change(axes[0, column], plane, abscissa)
        _half_time(axes[2, column], plane, abscissa)
    swept = style.full_sweeps(plane)
    _loss_curves(axes[1, 0], swept, rescaled=False)
    _loss_curves(axes[1, 1], swept, rescaled=True)
    style.colourbar(figure, axes[1, 1], swept["sqrt_h_alpha"].values, style.SQRT_H_ALPHA)
    style.letters(axes[:, 0])
    return figure


def _kernel_change(axes: Axes, plane: xr.Dataset, abscissa: str) -> None:
    """Relative change of the kernel, with the exponent fitted on each side."""
    panels.by_widths(axes, plane, "kernel_change_mean", abscissa)
    if abscissa == "sqrt_h_alpha":
        x, y = plane["sqrt_h_alpha"].values, plane["kernel_change_mean"].values
        feature = (y > KERNEL_FEATURE[0]) & between(x, 0, KERNEL_FEATURE[1])
        for inside in (feature, (x >= LAZY) | (y < KERNEL_LAZY)):
            panels.slope_triangle(axes, x, y, inside)
    axes.axhline(1, color="0.7", linewidth=0.8, zorder=0)
    axes.set_ylabel(panels.KERNEL_CHANGE)
    style.legend(axes)


def _loss_curves(axes: Axes, plane: xr.Dataset, *, rescaled: bool) -> None:
    """alpha^2 L(t) of one seed, as in the article; colour by sqrt(h) alpha, line by h."""
    values = plane["sqrt_h_alpha"].values
    widths = style.few(plane["h"].values, len(LINES) - 1)
    for width, line in zip(widths, LINES, strict=False):
        for value in values:
            curve = plane["rescaled_loss_first_seed"].sel(h=width, sqrt_h_alpha=value).dropna("time")
            x = curve["time"].values / (value if rescaled else 1)
            axes.plot(x, curve.values, color=style.shade(value, values), linestyle=line, linewidth=0.9)
        axes.plot([], [], color="0.3", linestyle=line, label=f"$h$ = {width}")
    label = r"$t / (\sqrt{h}\,\alpha)$" if rescaled else "$t$"
    axes.set(xscale="log", xlabel=label, ylabel=r"$\alpha^2 \mathcal{L}$", ylim=(-0.03, 1.08))
    if rescaled:
        axes.set_xlim(1e-4, None)
    style.legend(axes)


def _half_time(axes: Axes, plane: xr.Dataset, abscissa: str) -> None:
    """Time of half loss over sqrt(h) alpha: a plateau, then slope -1."""
    panels.by_widths(axes, plane, "t_half_mean", abscissa, lambda curve: 1 / curve["sqrt_h_alpha"].values)
    if abscissa == "sqrt_h_alpha":
        x = plane["sqrt_h_alpha"].values
        y = plane["t_half_mean"].values / x
        panels.slope_triangle(axes, x, y, np.broadcast_to(x >= HALF_LOSS_LAZY, y.shape))
    axes.set_ylabel(r"$t_{\mathcal{L}/2} / (\sqrt{h}\,\alpha)$")
    style.legend(axes)
