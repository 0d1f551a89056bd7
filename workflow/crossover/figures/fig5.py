"""Figure 5: how the kernel changes, how the loss falls, and how long it takes."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.claims.article import HALF_LOSS_LAZY, KERNEL_FEATURE, LAZY
from crossover.figures import style

LINES = ("-", "--", ":", "-.")


def draw(summaries: Mapping[str, xr.Dataset]) -> Figure:
    """(a) kernel change; (b) alpha^2 L(t); (c) t_half/(sqrt(h) alpha). Left: bare abscissa, right: rescaled."""
    plane = style.full_sweeps(style.first_depth(summaries["plane"]))
    figure, axes = style.panels(3, 2)
    figure.suptitle(style.scale_of(summaries["plane"]), fontsize=7, color="0.4")
    for column, (name, label) in enumerate((("alpha", r"$\alpha$"), ("sqrt_h_alpha", style.SQRT_H_ALPHA))):
        _kernel_change(axes[0, column], plane, name, label, fitted=column == 1)
        _half_time(axes[2, column], plane, name, label)
    _loss_curves(axes[1, 0], plane, rescaled=False)
    _loss_curves(axes[1, 1], plane, rescaled=True)
    style.colourbar(figure, axes[1, 1], plane["sqrt_h_alpha"].values, style.SQRT_H_ALPHA)
    for letter, row in zip("abc", axes, strict=True):
        style.letter(row[0], letter)
    return figure


def _kernel_change(axes: Axes, plane: xr.Dataset, abscissa: str, label: str, *, fitted: bool) -> None:
    """Relative change of the kernel, with the exponent fitted on each side."""
    for width, colour in style.by_width(plane["h"].values).items():
        cut = plane.sel(h=width)
        style.curve(axes, cut[abscissa].values, cut, "kernel_change_mean", color=colour, label=f"$h$ = {width}")
    if fitted:
        widest = plane.isel(h=-1)
        x, y = widest["sqrt_h_alpha"].values, widest["kernel_change_mean"].values
        for inside in ((y > KERNEL_FEATURE[0]) & (x <= KERNEL_FEATURE[1]), x >= LAZY):
            style.fitted_triangle(axes, x[inside], y[inside])
    axes.axhline(1, color="0.7", linewidth=0.8, zorder=0)
    axes.set(xscale="log", yscale="log", xlabel=label, ylabel=r"$\|\Theta - \Theta_0\| / \|\Theta_0\|$")
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


def _half_time(axes: Axes, plane: xr.Dataset, abscissa: str, label: str) -> None:
    """Time of half loss over sqrt(h) alpha: a plateau, then slope -1."""
    for width, colour in style.by_width(plane["h"].values).items():
        cut = plane.sel(h=width)
        scale = 1 / cut["sqrt_h_alpha"].values
        style.curve(axes, cut[abscissa].values, cut, "t_half_mean", scale=scale, color=colour, label=f"$h$ = {width}")
    axes.set(xscale="log", yscale="log", xlabel=label, ylabel=r"$t_{\mathcal{L}/2} / (\sqrt{h}\,\alpha)$")
    if abscissa == "sqrt_h_alpha":
        widest = plane.isel(h=-1)
        x, y = widest["sqrt_h_alpha"].values, widest["t_half_mean"].values / widest["sqrt_h_alpha"].values
        style.fitted_triangle(axes, x[x >= HALF_LOSS_LAZY], y[x >= HALF_LOSS_LAZY])
    style.legend(axes)
