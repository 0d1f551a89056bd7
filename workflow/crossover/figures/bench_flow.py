"""Work against error of the flows, each problem at the settings that are shipped and some at others."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatterSciNotation

from crossover.figures import style

MARKERS = {("euler", "float64"): "o", ("auto", "float64"): "s", ("auto", "float32"): "^"}
WORK = {"flops": "multiplications and additions", "seconds": "seconds"}
SHIPPED, SMALL = 4.5, 3.0  # sizes of markers


def draw(measured: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """Flops and seconds against the error of F_test; a row of panels for each size of problem."""
    data = measured["bench"]
    data = data.isel(run=np.isin(data["role"].values, ["shipped", "curve"]))
    sizes = list(dict.fromkeys(zip(data["n"].values.tolist(), data["h"].values.tolist(), strict=True)))
    colours = style.by_alpha(np.unique(data["sqrt_h_alpha"].values))
    errors = data["F_error"].values[np.isfinite(data["F_error"].values)]
    figure, panels = style.panels(len(sizes), len(WORK))
    for row, (n, h) in enumerate(sizes):
        size = data.isel(run=((data["n"] == n) & (data["h"] == h)).values)
        for column, (work, label) in enumerate(WORK.items()):
            axes = panels[row, column]
            for value, colour in colours.items():
                _problem(axes, size.isel(run=(size["sqrt_h_alpha"] == value).values), work, colour)
            axes.set(xscale="log", yscale="log", xlabel=r"relative error of $F$ on test patterns", ylabel=label)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_minor_formatter(LogFormatterSciNotation(minor_thresholds=(0.5, 0.3)))
            if len(errors):
                axes.set_xlim(errors.min() / 1.3, errors.max() * 1.3)
            axes.set_title(f"$n$ = {n}, $h$ = {h}")
            style.letter(axes, "abcdefgh"[row * len(WORK) + column])
    _legends(figure, colours)
    return figure


def _problem(axes: Axes, runs: xr.Dataset, work: str, colour: tuple) -> None:
    """The runs of one problem: a line through the tolerances of a method, the shipped one filled."""
    for (flow, dtype), marker in MARKERS.items():
        some = runs.isel(run=((runs["flow"] == flow) & (runs["dtype"] == dtype)).values).sortby("tolerance")
        x, y, shipped = some["F_error"].values, some[work].values, some["role"].values == "shipped"
        axes.plot(x, y, color=colour, marker=marker, markersize=SMALL, markerfacecolor="w", linewidth=0.8)
        # a white rim tells apart what lies on top of each other
        axes.plot(
            x[shipped],
            y[shipped],
            color=colour,
            marker=marker,
            markersize=SHIPPED,
            markeredgecolor="w",
            markeredgewidth=0.5,
            linestyle="",
        )


def _legends(figure: Figure, colours: dict) -> None:
    """Markers of methods above the panels, colours of sqrt(h) alpha below."""
    names = {
        ("euler", "float64"): "euler, the article's setting",
        ("auto", "float64"): "auto as shipped, float64",
        ("auto", "float32"): "auto as shipped, float32",
    }
    grey = {"color": "0.3", "linestyle": ""}
    methods = [Line2D([], [], marker=MARKERS[key], markersize=SHIPPED, label=name, **grey) for key, name in names.items()]
    methods.append(Line2D([], [], marker="s", markersize=SMALL, markerfacecolor="w", label="other tolerances, float64", **grey))
    alphas = [Line2D([], [], color=colour, linewidth=3, label=style.power(value)) for value, colour in colours.items()]
    title = Line2D([], [], linestyle="", label=style.SQRT_H_ALPHA)
    figure.legend(handles=methods, loc="outside upper center", ncols=len(methods))
    figure.legend(handles=[title, *alphas], loc="outside lower center", ncols=len(alphas) + 1)
