"""Figure 3 of the depth paper: kappa1 is above the identity, so that correlations rise to 1 layer by layer."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import style


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) kappa1, kappa0 and the identity, with the first iterates as a cobweb; (b) 1 - rho of the iterates against the layer."""
    data = summaries["theory"]
    figure, axes = style.panels(1, 2)
    colours = style.colours(data["start"].values, "colorblind")
    _functions(axes[0, 0], data, colours)
    for start, colour in colours.items():
        layer = data["step"].values + 1
        axes[0, 1].plot(layer, 1 - data["iterate"].sel(start=start), color=colour, label=rf"$\rho^{{(1)}}$ = {start:g}")
    reached = np.geomspace(8, layer[-1], 20)
    axes[0, 1].plot(reached, 9 * np.pi**2 / (2 * reached**2), color="k", linestyle="--", label=r"$9 \pi^2 / (2 l^2)$")
    axes[0, 1].set(xscale="log", yscale="log", xlabel="layer $l$", ylabel=r"$1 - \rho^{(l)}$")
    axes[0, 1].legend()
    for letter, panel in zip("ab", axes[0], strict=True):
        style.letter(panel, letter)
    return figure


def _functions(axes: Axes, data: xr.Dataset, colours: dict) -> None:
    rho = data["correlation"].values
    axes.plot(rho, rho, color="0.6", linewidth=0.8, label="identity")
    axes.plot(rho, data["kappa1"], color="k", label=r"$\kappa_1$")
    axes.plot(rho, data["kappa0"], color="k", linestyle=":", label=r"$\kappa_0 = \kappa_1'$")
    for start, colour in colours.items():
        iterate = data["iterate"].sel(start=start).values
        # up to the curve, across to the identity
        corners = np.repeat(iterate, 2)
        axes.plot(corners[:-1], np.concatenate([[iterate[0]], corners[2:]]), color=colour, linewidth=0.7)
    axes.set(xlabel=r"correlation $\rho$", ylabel="value", xlim=(-1, 1.02), ylim=(-1, 1.02))
    axes.legend()
