"""How far networks and their kernels move in a number of steps, against the width."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.claims import pages
from crossover.figures import movement, style


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a-c) |dW| / |W0| by layer, (d) a neuron, (e) the hidden layer, (f) the kernel, (g) Taylor error, (h) critical rate."""
    data = summaries["width"]
    lines = dict(zip(data["activation"].values, ("-", ":"), strict=False))
    figure, axes = style.panels(2, 4)
    for layer, panel in zip(data["layer"].values, axes[0], strict=False):
        expected = {name: slopes[layer] for name, slopes in pages.RELATIVE.items()}
        title = rf"$|\Delta W| / |W_0|$, layer {layer + 1}"
        movement.against_width(panel, data, "relative_movement", expected, title, lines=lines, layer=layer)
    for panel, name, expected, label in (
        (axes[0, 3], "neuron_movement", pages.NEURON, f"{movement.NEURON}, RMS"),
        (axes[1, 0], "feature_movement", pages.FEATURES, "change of the hidden layer, norm"),
        (axes[1, 1], "kernel_movement", pages.KERNEL, movement.KERNEL),
        (axes[1, 2], "taylor_error", pages.TAYLOR, movement.TAYLOR),
        (axes[1, 3], "critical_rate", pages.CRITICAL, r"$2 / \lambda_{max}(\Theta / n)$ at the start"),
    ):
        movement.against_width(panel, data, name, expected, label, lines=lines)
    style.letters(axes.flat)
    styles = ", ".join(f"{name} {'solid' if line == '-' else 'dotted'}" for name, line in lines.items())
    figure.suptitle(f"{style.points_of(data)}; {styles}", fontsize=7, color="0.4")
    return figure
