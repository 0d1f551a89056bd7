"""Figure 4 of the depth paper: correlations and kernels of pairs of points along the depth."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from crossover.figures import style

SHALLOW = 100  # the paper's range
DEPTH = "layers of weights $L$"


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) rho, (b) K_L, (c) the kernel of Proposition 8, (d) the rate of (b) at larger depth; a line for each pair."""
    data = summaries["theory"]
    figure, axes = style.panels(2, 2)
    style.say_points(figure, data)
    near = data.sel(weight_layers=slice(None, SHALLOW))
    depth = near["weight_layers"].values
    _pairs(axes[0, 0], data, depth, 1 - near["pair_complement"].values, r"correlation $\rho^{(L)}$", 1.0)
    _pairs(axes[0, 1], data, depth, near["pair_ntk"].values, "$K_L$", 0.25)
    _pairs(axes[1, 0], data, depth, near["pair_iterated"].values, "kernel of Proposition 8", 1.0)
    deep = data.sel(weight_layers=slice(2, None))
    depth = deep["weight_layers"].values
    _pairs(axes[1, 1], data, depth, (deep["pair_ntk"].values - 0.25) * depth / np.log(depth), r"$L (K_L - 1/4) / \ln L$", 0.375)
    axes[1, 1].set_ylim(-0.6, 2)
    for letter, panel in zip("abcd", axes.flat, strict=True):
        style.letter(panel, letter)
    styles = [
        Line2D([], [], color="0.3", linestyle=line, label=label) for label, line in (("in $X$", "-"), ("$x$ and $X$", "--"))
    ]
    limit = Line2D([], [], color="r", linewidth=0.8, linestyle=":", label="limit")
    axes[0, 0].legend(handles=[*styles, limit], loc="lower right")
    scale = mpl.cm.ScalarMappable(Normalize(*_range(data)), "viridis")
    figure.colorbar(scale, ax=axes, label=r"first correlation $\rho^{(1)}$", pad=0.02)
    return figure


def _range(data: xr.Dataset) -> tuple[float, float]:
    return float(data["first_correlation"].min()), float(data["first_correlation"].max())


def _pairs(axes: Axes, data: xr.Dataset, depth: np.ndarray, values: np.ndarray, label: str, limit: float) -> None:
    """A line for each pair, values of shape (pair, depth), coloured by its first correlation."""
    low, high = _range(data)
    for first, tested, line in zip(data["first_correlation"].values, data["with_test"].values, values, strict=True):
        colour = mpl.colormaps["viridis"]((first - low) / (high - low) if high > low else 0.5)
        axes.plot(depth, line, color=colour, linewidth=0.6, linestyle="--" if tested else "-")
    axes.plot(depth[[0, -1]], [limit, limit], color="r", linewidth=0.8, linestyle=":")  # inside the limits of the axis
    axes.set(xscale="log", xlabel=DEPTH, ylabel=label)
