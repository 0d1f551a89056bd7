"""Where the depth paper must be qualified."""

import json
from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import style

GAINS = {"1": "ReLU", "sqrt2": r"$\sqrt{2}$ ReLU"}


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) K_L with biases, (b) K_L near rho = -1, (c) shares of the layers in Theta, (d) smallest eigenvalue, d = 3."""
    data = summaries["theory"]
    described = json.loads(data.attrs["spec"])
    figure, axes = style.panels(2, 2)
    (biased, antipode), (shares, three) = axes
    for gain, colour in style.colours(data["gain"].values, "colorblind").items():
        biased.plot(data["weight_layers"], data["biased_ntk"].sel(gain=gain), color=colour, label=GAINS[gain])
    biased.axhline(4 / 7, color="0.6", linestyle="--", linewidth=0.8, label="4/7")
    biased.set(
        xscale="log", xlabel="layers of weights $L$", ylabel=f"$K_L$ at $\\rho = 0$, biases of scale {described['bias']:g}"
    )
    for depth, colour in style.colours(data["shown_depth"].values, "viridis").items():
        near = data["depth_ntk"].sel(shown_depth=depth, correlation=slice(-1, -0.5))
        antipode.plot(near["correlation"], near, color=colour, label=f"$L$ = {depth}")
        antipode.plot(near["correlation"][int(near.values.argmin())], near.min(), "o", color=colour)
    antipode.set(xlabel=r"correlation $\rho$", ylabel="$K_L$ (dot: lowest)", ylim=(-0.2, None))
    share = data["layer_share"].values  # (seed, layer)
    layer = data["layer"].values + 1
    error = share.std(0, ddof=1) / np.sqrt(len(share))
    shares.errorbar(layer, share.mean(0), error, marker="o", linestyle="", capsize=2, label=f"width {described['width']}")
    shares.axhline(1 / len(layer), color="0.6", linestyle="--", linewidth=0.8, label="$1/L$")
    shares.set(xlabel="layer of weights", ylabel=r"share of $\Theta(x, x)$", xticks=layer, ylim=(0, 2 / len(layer)))
    names = {"eigenvalue_3d": r"$\lambda_\mathrm{min}$", "angle_prediction_3d": r"$(L-1)\,\theta_\mathrm{min} / 2\pi$"}
    for (name, label), marker in zip(names.items(), "ox", strict=True):
        for draw_of, values in enumerate(data[name].values):
            text = {"label": label} if draw_of == 0 else {}
            three.plot(data["points"], values, marker, color="C0" if marker == "o" else "0.3", linestyle="", **text)
    three.set(xscale="log", yscale="log", xlabel="points $n$")
    three.set_ylabel(f"$d$ = 3, $L$ = {described['eigenvalue_depth']}")
    style.width_ticks(three.xaxis, data["points"].values)
    antipode.legend(loc="lower right", ncols=2)
    for panel in (biased, shares, three):
        style.legend(panel)
    style.letters(axes.flat)
    return figure
