"""Proposition 4 of the depth paper: how far the last hidden layer moves in training, against its width."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import style

WIDTH = "width $n_2$ of the last hidden layer"
CHANGES = {"inner_product_change": "$a(x) \\cdot a(x')$", "alignment_change": "cosine of $a(x)$ and $a(x')$"}


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) |Delta a| with both predictions, (b) that of a neuron, (c) changes of inner products and of cosines."""
    data = summaries["theory"]
    figure, [axes] = style.panels(1, 3)
    width = data["width"].values
    for ratio, colour in style.colours(data["width_ratio"].values, "colorblind").items():
        cut, name = data.sel(width_ratio=ratio), f"$n_2/n_1$ = {ratio:g}"
        change = cut["feature_change"].values  # (width, seed)
        _seeds(axes[0], width, change, color=colour, label=name)
        _seeds(axes[1], width, change / np.sqrt(width)[:, None], color=colour, label=name)
        axes[0].axhline(float(cut["joint_prediction"]), color=colour, linewidth=0.8)
        axes[0].axhline(float(cut["sequential_prediction"]), color="0.4", linewidth=0.8, linestyle=":")
        for (name, label), line in zip(CHANGES.items(), ("-", "--"), strict=True):
            of_ratio = f"{label}, $n_2/n_1$ = {ratio:g}"
            _seeds(axes[2], width, cut[name].values, color=colour, linestyle=line, label=of_ratio)
    axes[0].plot([], [], color="0.4", linewidth=0.8, label="wide together (line of each colour)")
    axes[0].plot([], [], color="0.4", linewidth=0.8, linestyle=":", label="wide one after the other (Proposition 4)")
    axes[0].set(ylabel=r"$|\Delta a|$, RMS over $x$", ylim=(0, None))
    axes[1].set(yscale="log", ylabel=r"$|\Delta a| / \sqrt{n_2}$: change of a neuron")
    axes[2].set(yscale="log", ylabel="mean change")
    middle = np.sqrt(width[0] * width[-1])
    above = 1.2 * float(data["feature_change"].isel(width=0).mean("seed").max()) / np.sqrt(middle)
    style.triangle(axes[1], (middle, width[-1]), above, -0.5, text="-1/2")
    for panel in axes:
        panel.set(xscale="log", xlabel=WIDTH)
        style.width_ticks(panel.xaxis, width)
    style.legend(axes[0], loc="lower left")
    style.legend(axes[2], headroom=0.25, loc="upper right")
    style.letters(axes)
    return figure


def _seeds(axes: Axes, width: np.ndarray, values: np.ndarray, **line) -> None:
    """Mean over seeds with its standard error, values of shape (width, seed)."""
    error = values.std(1, ddof=1) / np.sqrt(values.shape[1])
    axes.errorbar(width, values.mean(1), error, marker="o", capsize=2, **line)
