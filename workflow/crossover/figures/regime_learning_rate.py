"""How far networks move against the learning rate, at the same number of steps and at the same time."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import movement, style

RATIO = r"$\eta\ /\ (2 / \lambda_{max}(K_0 / n))$"
BUDGETS = {"steps": "same number of steps", "time": r"same time $\eta k$"}


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """Rows: same steps, same time; columns: weights, a neuron, the kernel, loss. Open: came back; crosses: diverged."""
    data = summaries["rate"]
    weights = np.sqrt((data["weight_movement"] ** 2).sum("layer"))
    shown = (
        (weights, r"$|\Delta w|$"),
        (data["neuron_movement"], f"{movement.NEURON}, RMS"),
        (data["kernel_movement"], movement.KERNEL),
        (data["train_loss"], movement.LOSS),
    )
    figure, axes = style.panels(len(BUDGETS), len(shown))
    for row, budget in zip(axes, BUDGETS, strict=True):
        for panel, (values, label) in zip(row, shown, strict=True):
            panel.axvline(1, color="0.6", linewidth=0.8, linestyle=":")
            for place, name in enumerate(movement.there(data)):
                at = {"budget": budget, "parameterization": name}
                look = {"color": movement.COLOURS[name], "label": movement.NAMES[name]}
                _curve(panel, values.sel(at), data.sel(at), height=0.97 - 0.04 * place, **look)
            movement.logarithmic(panel, RATIO, label)
            panel.set_title(BUDGETS[budget], loc="right", fontsize=7, color="0.4")
    axes[0, 0].plot([], [], "o", color="0.3", markerfacecolor="white", label="came back: the loss had risen above its start")
    axes[0, 0].plot([], [], "x", color="0.3", label="some seeds end above it")
    style.legend(axes[0, 0], loc="upper left", headroom=0.4, borderaxespad=1.5)
    style.letters(axes.flat)
    style.say_points(figure, data)
    return figure


def _curve(axes: Axes, values: xr.DataArray, data: xr.Dataset, *, height: float, **line) -> None:
    """A curve over the learning rates at which all seeds end below their first loss; the others as crosses near the top."""
    ratio = data["rate_ratio"].values
    ended = (data["train_loss"] < 1).all("seed").values
    rose = (data["largest_loss"] > 1).any("seed").values
    movement.over_seeds(axes, ratio[ended], values.values[ended], marker="", **line)
    colour = {"color": line["color"], "linestyle": ""}
    mean = values.mean("seed").values
    axes.plot(ratio[ended & ~rose], mean[ended & ~rose], marker="o", **colour)
    axes.plot(ratio[ended & rose], mean[ended & rose], marker="o", markerfacecolor="white", **colour)
    axes.plot(ratio[~ended], np.full((~ended).sum(), height), marker="x", transform=axes.get_xaxis_transform(), **colour)
