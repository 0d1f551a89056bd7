"""Panels that the figures on the regimes share: a colour for each parametrisation, slopes beside those expected."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from crossover.claims.depth_numbers import width_slope
from crossover.figures import style

PARAMETERIZATIONS = ("standard", "ntk", "mup", "mean_field")
NAMES = {"standard": "SP, rate/n", "ntk": "NTK", "mup": "muP", "mean_field": "mean field"}
COLOURS = style.colours(PARAMETERIZATIONS, "colorblind")
AROUND = {"marker": "s", "markersize": 6, "markerfacecolor": "none", "linestyle": ""}  # the mean field lies on muP mostly
SHORT = {"loc": "upper right", "ncols": 2, "handlelength": 1.2, "columnspacing": 0.8}  # of a legend as wide as a panel
SHORT_AXIS = 1.8  # decades
WIDTH = "width $n$"
WEIGHTS = r"$|\Delta w| / |w_0|$"
NEURON = "change of a neuron"
KERNEL = r"$|\Delta K| / |K_0|$"
TAYLOR = "error of first order"
LOSS = "loss"


def over_seeds(axes: Axes, x: np.ndarray, values: np.ndarray, **line) -> None:
    """Mean over seeds with its standard error, values of shape (x, seed); points that are not finite are left out."""
    there = np.isfinite(values).all(1)
    error = values.std(1, ddof=1) / np.sqrt(values.shape[1])
    axes.errorbar(x[there], values[there].mean(1), error[there], **({"marker": "o", "capsize": 2} | line))


def against_width(
    axes: Axes, data: xr.Dataset, name: str, expected: Mapping[str, float], label: str, *, lines: Mapping[str, str], **at
) -> None:
    """A variable against the width, relu's slopes beside those expected; ``lines``: a line style for each activation."""
    width = data["width"].values
    for parameterization in data["parameterization"].values:
        for activation, line in lines.items():
            cut = data[name].sel(parameterization=parameterization, activation=activation, **at)  # (width, seed)
            slope = width_slope(width.astype(float), cut.values).estimate
            text = f"{NAMES[parameterization]}: {slope:.2f} ({expected[parameterization]:g})"
            said = {"label": text} if line == "-" else {}
            look = AROUND if parameterization == "mean_field" else {"linestyle": line}
            over_seeds(axes, width, cut.values, color=COLOURS[parameterization], **look, **said)
    logarithmic(axes, WIDTH, label)
    style.width_ticks(axes.xaxis, width)
    style.legend(axes, headroom=0.3, **SHORT, title="slope (expected)")


def logarithmic(axes: Axes, x: str, y: str) -> None:
    """Both axes logarithmic, with these labels; less than `SHORT_AXIS` decades of y have ticks at 1, 2 and 5."""
    axes.set(xscale="log", yscale="log", xlabel=x, ylabel=y)
    low, high = axes.get_ylim()
    if high < 10**SHORT_AXIS * low:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def there(data: xr.Dataset, wanted: Sequence[str] = PARAMETERIZATIONS) -> list[str]:
    """The parametrisations of a file, in the order of `PARAMETERIZATIONS`."""
    return [name for name in wanted if name in data["parameterization"].values]
