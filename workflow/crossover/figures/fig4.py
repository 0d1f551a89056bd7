"""Figure 4: fluctuations of the output, and what averaging over an ensemble gains."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import panels, style


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """(a) Var F against h; (b) h Var F, (c) errors against sqrt(h) alpha; (d) errors against h."""
    figure, axes = style.panels(2, 2)
    plane = {
        axes[0, 1]: panels.scaled_variance,
        axes[1, 0]: panels.errors_against_alpha,
        axes[1, 1]: panels.errors_against_width,
    }
    shown = [panels.filled(axes[0, 0], ["variance"], summaries, absent, panels.of_one(_variance_against_width))]
    shown += [panels.filled(where, ["plane"], summaries, absent, panels.of_one(panel)) for where, panel in plane.items()]
    style.say_scales(figure, shown)
    style.letters(axes.flat)
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
    axes.set(xscale="log", yscale="log", xlabel=style.WIDTH, ylabel=panels.VARIANCE)
    style.width_ticks(axes.xaxis, h)
    panels.guide(axes, -1, "-1")
    style.legend(axes)
