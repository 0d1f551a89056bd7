"""Figure 7: errors of one network and of the ensemble in other setups."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import panels, style

# panel: its roles and what they are called
SETUPS = (
    {"mnist_pca10": "", "mnist_pca10_deep": ""},
    {"cnn_fashion": "Fashion", "cnn_cifar10": "CIFAR-10"},
    {"emnist": r"$\beta$ = 20, flow", "emnist_momentum": r"$\beta$ = 10, $\tau \propto t$"},
)


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """(a) MNIST's principal components; (b) CNNs by Adam; (c) EMNIST letters, two setups; (d) two depths."""
    figure, axes = style.panels(2, 2)
    shown = [
        panels.filled(where, list(names), summaries, absent, lambda where, there, names=names: _setups(where, there, names))
        for where, names in zip(axes.flat, SETUPS, strict=False)
    ]
    shown.append(panels.filled(axes[1, 1], ["shallow", "deep"], summaries, absent, _depths))
    style.say_scales(figure, shown)
    style.letters(axes.flat)
    return figure


def _setups(axes: Axes, there: Mapping[str, xr.Dataset], names: Mapping[str, str]) -> None:
    """Each experiment, at most two of its widths; what has no name is called by its depth."""
    curves = {}
    for role, summary in there.items():
        curves |= panels.sweeps(summary, names[role] or _depth(summary))
    panels.errors_of(axes, curves)


def _depths(axes: Axes, there: Mapping[str, xr.Dataset]) -> None:
    """The shallow network at the width nearest to that of the deep one."""
    panels.errors_of(axes, panels.at_widths_of("deep", there, {role: _depth(data) for role, data in there.items()}))


def _depth(summary: xr.Dataset) -> str:
    return f"$L$ = {summary['L'].values[0]}"
