"""Figure 1: the hinge and the soft hinge with beta = 1, 5, 20."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import style


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """Losses per pattern against the margin, from the losses' own code."""
    losses = summaries["losses"]
    figure, [[axes]] = style.panels(1, 1)
    soft = [name for name in losses["loss"].values if name != "hinge"]
    colours = style.colours(soft, "viridis")
    for name in soft:
        label = name.replace("beta", r"$\beta$")
        axes.plot(losses["margin"], losses["loss_per_pattern"].sel(loss=name), color=colours[name], label=label)
    axes.plot(losses["margin"], losses["loss_per_pattern"].sel(loss="hinge"), color="k", linestyle="--", label="hinge")
    axes.set(xlabel="margin $F y$", ylabel=r"loss $\ell$", xlim=(-0.5, 2), ylim=(0, 2))
    axes.legend()
    return figure
