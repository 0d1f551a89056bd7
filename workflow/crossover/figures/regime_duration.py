"""How far networks and their kernels have moved, against the time of training."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from crossover.claims import pages
from crossover.figures import movement, style

TIME = r"time $\eta k$"
LINES = ("-", "--", ":")


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) loss, (b) the kernel, (c) a neuron, (d) Taylor error, (e) the weights, against time; (f) the kernel against the loss."""
    data = summaries["duration"]
    time, widths = data["time"].values, data["width"].values
    weights = np.sqrt((data["relative_movement"] ** 2).mean("layer"))
    shown = (
        (data["train_loss"], movement.LOSS),
        (data["kernel_movement"], movement.KERNEL),
        (data["neuron_movement"], f"{movement.NEURON}, RMS"),
        (data["taylor_error"], movement.TAYLOR),
        (weights, r"$|\Delta W| / |W_0|$, RMS over layers"),
    )
    figure, axes = style.panels(2, 3)
    for name in movement.there(data):
        for width, line in zip(widths, LINES, strict=False):
            look = {"color": movement.COLOURS[name], "linestyle": line, "label": f"{movement.NAMES[name]}, $n$ = {width}"}
            at = {"parameterization": name, "width": width}
            for panel, (values, _label) in zip(axes.flat, shown, strict=False):
                movement.over_seeds(panel, time, values.sel(at).transpose("time", "seed").values, **look)
            loss, kernel = (data[each].sel(at).mean("seed").values for each in ("train_loss", "kernel_movement"))
            axes[1, 2].plot(loss, kernel, marker="o", **look)
    for panel, (_values, label) in zip(axes.flat, shown, strict=False):
        movement.logarithmic(panel, TIME, label)
    movement.logarithmic(axes[1, 2], movement.LOSS, movement.KERNEL)
    axes[1, 2].invert_xaxis()
    for panel in (axes[0, 1], axes[1, 2]):
        for value in (pages.LAZY_CHANGE, pages.ORDER_ONE):
            panel.axhline(value, color="0.6", linewidth=0.6, linestyle=":")
    style.legend(axes[0, 0], loc="lower left")
    style.letters(axes.flat)
    style.say_points(figure, data)
    return figure
