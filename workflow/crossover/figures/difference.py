"""Heat maps of the differences of two cubes over the plane of alpha and h."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import seaborn as sns
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from crossover.figures import style

COLUMNS = 3
EMPTY = "0.85"  # a cell that was not compared


class Panel(NamedTuple):
    """One map: title, what the colour is, and ``difference``, ``beyond`` and ``significant`` over (h, sqrt_h_alpha)."""

    title: str
    label: str
    plane: xr.Dataset


def draw(panels: Sequence[Panel]) -> Figure:
    """A map of each panel; a ring marks differences beyond tolerance, a cross those that the seeds do not explain.

    Raises
    ------
    ValueError
        When there is nothing to draw.
    """
    if not panels:
        raise ValueError("no variable that differs lies over the plane of alpha and h: there is no figure to draw")
    columns = min(COLUMNS, len(panels))
    with style.context():
        figure, axes = style.panels(-(-len(panels) // columns), columns)
        for panel, where in zip(panels, axes.flat, strict=False):
            _map(figure, where, panel)
        for where in axes.flat[len(panels) :]:
            where.set_axis_off()
        marks = {"beyond tolerance": "o", "significant, or without an error bar": "x"}
        lines = [
            Line2D([], [], linestyle="", color="k", fillstyle="none", marker=mark, label=text) for text, mark in marks.items()
        ]
        figure.legend(handles=lines, loc="outside lower center", ncols=2)
    return figure


def _map(figure: Figure, axes: Axes, panel: Panel) -> None:
    plane = panel.plane.transpose("h", "sqrt_h_alpha").sortby(["h", "sqrt_h_alpha"])
    h, a = plane["h"].values.astype(float), plane["sqrt_h_alpha"].values
    width_edges, a_edges = _edges(h), _edges(a)
    # sqrt(h) alpha is the grid coordinate: along alpha each row is shifted, so cells are parallelograms
    x, y = a_edges[None, :] / np.sqrt(width_edges)[:, None], np.broadcast_to(width_edges[:, None], (len(h) + 1, len(a) + 1))
    values = np.ma.masked_invalid(plane["difference"].values)
    largest = float(np.abs(values).max()) if values.count() else 0.0
    axes.set_facecolor(EMPTY)
    norm = Normalize(-(largest or 1.0), largest or 1.0)
    mesh = axes.pcolormesh(x, y, values, cmap=sns.color_palette("vlag", as_cmap=True), norm=norm, edgecolors="w", linewidth=0.3)
    alpha = a[None, :] / np.sqrt(h)[:, None]
    widths = np.broadcast_to(h[:, None], alpha.shape)
    for name, mark, size in (("beyond", "o", 6), ("significant", "x", 4)):
        at = plane[name].values
        axes.plot(alpha[at], widths[at], mark, color="k", fillstyle="none", markersize=size, markeredgewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel=r"$\alpha$", ylabel=style.WIDTH, title=panel.title)
    style.width_ticks(axes.yaxis, h)
    bar = figure.colorbar(mesh, ax=axes, label=panel.label, pad=0.02)
    bar.formatter = FuncFormatter(lambda value, _: f"{value:.2g}")
    bar.ax.tick_params(labelsize=6)


def _edges(centres: np.ndarray) -> np.ndarray:
    """Ends of cells about sorted positive centres, halfway on the logarithm; a cell alone is a decade wide."""
    logarithm = np.log10(centres)
    if len(centres) == 1:
        return 10 ** (logarithm[0] + np.array([-0.5, 0.5]))
    middle = (logarithm[1:] + logarithm[:-1]) / 2
    first, last = 2 * logarithm[0] - middle[0], 2 * logarithm[-1] - middle[-1]
    return 10 ** np.concatenate([[first], middle, [last]])
