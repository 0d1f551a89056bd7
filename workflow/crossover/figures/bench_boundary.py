"""Where the methods that `auto` is made of change places: work and error of each alone and of auto, along sqrt(h) alpha."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import style

METHODS = {"rkc": "Runge-Kutta alone", "tangent": "tangent-kernel steps alone", "auto": "auto"}
ROWS = {"flops": "multiplications and additions", "F_error": r"relative error of $F$ on test patterns"}


def boundaries(a: np.ndarray, rkc: np.ndarray, tangent: np.ndarray) -> list[float]:
    """Values of ``a`` at which the works of the two methods are equal, by straight lines in logarithms."""
    x, difference = np.log10(a), np.log10(tangent) - np.log10(rkc)
    turns = np.flatnonzero(difference[:-1] * difference[1:] < 0)
    parts = difference[turns] / (difference[turns] - difference[turns + 1])
    return (10 ** (x[turns] + parts * (x[turns + 1] - x[turns]))).tolist()


def draw(measured: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """A column of panels for each size of problem: work above, error below; dashed where the works cross."""
    data = measured["bench"]
    data = data.isel(run=(data["role"] == "shipped").values)
    sizes = list(dict.fromkeys(zip(data["n"].values.tolist(), data["h"].values.tolist(), strict=True)))
    figure, panels = style.panels(len(ROWS), len(sizes))
    colours = style.colours(list(METHODS), "colorblind")
    for column, (n, h) in enumerate(sizes):
        size = data.isel(run=((data["n"] == n) & (data["h"] == h)).values).sortby("sqrt_h_alpha")
        of = {name: size.isel(run=(size["flow"] == name).values) for name in METHODS}
        crossings = boundaries(of["rkc"]["sqrt_h_alpha"].values, *(of[name]["flops"].values for name in ("rkc", "tangent")))
        for row, (quantity, label) in enumerate(ROWS.items()):
            axes = panels[row, column]
            for name, text in METHODS.items():
                dashed = {"linestyle": "--", "linewidth": 1.0} if name == "auto" else {}
                x, y = of[name]["sqrt_h_alpha"].values, of[name][quantity].values
                axes.plot(x, y, color=colours[name], marker="o", markersize=3.5, label=text, **dashed)
            for crossing in crossings:
                axes.axvline(crossing, color="0.6", linewidth=0.8, linestyle=":")
            axes.set(xscale="log", yscale="log", xlabel=style.SQRT_H_ALPHA, ylabel=label)
            axes.set_title(f"$n$ = {n}, $h$ = {h}" + "".join(f"; equal at {value:.2g}" for value in crossings))
            style.letter(axes, "abcdefgh"[row * len(sizes) + column])
    panels[0, 0].legend(loc="best")
    return figure
