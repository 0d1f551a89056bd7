"""Figure 2 of the depth paper: the normalized kernel K_L(x, .) on the circle and on the sphere narrows with depth to 1/4."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import style

PIXELS = 201  # of a side of a map
TURNED = np.pi / 4  # of the sphere towards the eye, so that x is seen off the centre


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """Above, on the circle against the angle; below, on the half of the sphere that faces the eye; a column for each depth."""
    data = summaries["theory"]
    depths = data["weight_layers"].values
    figure, axes = style.panels(2, len(depths))
    low = min(0.0, float(data["ntk"].min()))
    for depth, (above, below) in zip(depths, axes.T, strict=True):
        angle, kernel = data["angle"].values, data["ntk"].sel(weight_layers=depth).values
        above.plot(np.concatenate([-angle[::-1], angle]), np.concatenate([kernel[::-1], kernel]), color="C0")
        above.axhline(0.25, color="0.6", linestyle="--", linewidth=0.8, label="limit 1/4")
        above.set(xlabel="angle to $x$", ylabel=f"$K_{{{depth}}}$", ylim=(low - 0.05, 1.05), title=f"$L$ = {depth}")
        above.set_xticks([-np.pi, 0, np.pi], [r"$-\pi$", "0", r"$\pi$"])
        shown = below.imshow(_map(angle, kernel), extent=(-1, 1, -1, 1), origin="lower", vmin=low, vmax=1, cmap="viridis")
        below.plot(0, np.sin(TURNED), "x", color="r", markersize=4, label="$x$")
        below.set(xticks=[], yticks=[], aspect="equal")
        for side in below.spines.values():
            side.set_visible(False)
    for letter, panel in zip("abcdefghijklmnop", axes.flat, strict=False):
        style.letter(panel, letter)
    axes[0, 0].legend()
    axes[1, 0].legend()
    figure.colorbar(shown, ax=axes[1, :], label="$K_L(x, x')$", pad=0.01)
    return figure


def _map(angle: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The kernel on a half sphere seen from far, NaN outside, from its values at angles."""
    side = np.linspace(-1, 1, PIXELS)
    right, up = np.meshgrid(side, side)
    towards = np.sqrt(np.clip(1 - right**2 - up**2, 0, None))
    cosine = up * np.sin(TURNED) + towards * np.cos(TURNED)
    values = np.interp(np.arccos(np.clip(cosine, -1, 1)), angle, kernel)
    return np.where(right**2 + up**2 <= 1, values, np.nan)
