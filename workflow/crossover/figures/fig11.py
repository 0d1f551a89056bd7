"""Figure 11: how fast preactivations move at the start."""

import json
from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import panels, style


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """Root mean square of dp/dt at t = 0 against h at fixed alpha, a curve a hidden layer."""
    initial = summaries["initial"]
    figure, [[axes]] = style.panels(1, 1)
    figure.suptitle(style.scale_of(initial), fontsize=7, color="0.4")
    labels = {layer: f"layer {layer}" for layer in initial["hidden"].values}
    panels.seed_means(axes, initial["preactivation_speed"], "hidden", labels, {-0.5: "-1/2"})
    alpha = json.loads(initial.attrs["configuration"])["alpha"]
    axes.set_xlabel(f"{style.WIDTH} at {style.ALPHA} = {alpha:g}")
    axes.set_ylabel(r"$\langle \dot{p}^2 \rangle^{1/2}$ at $t = 0$")
    return figure
