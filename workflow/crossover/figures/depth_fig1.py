"""Figure 1 and Example 1 of the depth paper: neurons that vanish with the width, layers and outputs that need not."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import style

PANELS = (
    ("neuron", "activation of a neuron", "layer_norm", "norm of the layer"),
    ("path", "a path's part of the output", "output", r"output, the sum of $n^2$ paths"),
)


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) a neuron and its layer; (b) a path and the output, against the width; a colour for each power of the first weights."""
    data = summaries["theory"]
    figure, axes = style.panels(1, 2)
    colours = style.colours(data["power"].values, "colorblind")
    for panel, letter, (single, single_label, whole, whole_label) in zip(axes[0], "ab", PANELS, strict=True):
        # the dashed lines last: one lies on a full one
        for name, label, line in (
            (whole, whole_label, {"marker": "o"}),
            (single, single_label, {"marker": ".", "linestyle": "--"}),
        ):
            for power, colour in colours.items():
                panel.plot(data["width"], data[name].sel(power=power), color=colour, label=f"{label}, $p$ = {power:g}", **line)
        panel.set(xscale="log", yscale="log", xlabel="width $n$", ylabel="value")
        panel.set_ylim(bottom=panel.get_ylim()[0] / 30)
        style.legend(panel, loc="lower left", title="first weights $n^{-p}$")
        style.letter(panel, letter)
    return figure
