"""Test errors of networks beside those of their kernels, and how far their predictions are apart, against the width."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import movement, style

PREDICTORS = {
    "initial_kernel": (r"$\Theta_0$ frozen", "-"),
    "linearized": ("linearised", ":"),
    "final_kernel": (r"$\Theta_t$ frozen", "--"),
    "network": ("network", "-"),
}


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a, b) Test errors under each parametrisation; (c) predictions' distance from the network's, (d) from infinite width's."""
    data = summaries["gap"]
    width, names = data["width"].values, movement.there(data)
    colours = style.colours(PREDICTORS, "colorblind")
    figure, [axes] = style.panels(1, len(names) + 2)
    for name, panel in zip(names, axes, strict=False):
        for predictor, (label, line) in PREDICTORS.items():
            error = 100 * data["predictor_error"].sel(parameterization=name, predictor=predictor).values
            movement.over_seeds(panel, width, error, color=colours[predictor], linestyle=line, label=label)
        panel.axhline(100 * float(data["infinite_error"]), color="0.3", linewidth=0.8, label=r"$\Theta$ of infinite width")
        panel.set(xscale="log", xlabel=movement.WIDTH, ylabel=f"{style.TEST_ERROR}, {movement.NAMES[name]}")
    for panel, variable, label, left_out in (
        (axes[-2], "network_distance", "the network's", "network"),
        (axes[-1], "infinite_distance", "infinite width's", "linearized"),
    ):
        for name, line in zip(names, ("-", "--", ":"), strict=False):
            for predictor, (said, _line) in PREDICTORS.items():
                if predictor != left_out:
                    values = data[variable].sel(parameterization=name, predictor=predictor).values
                    text = f"{said}, {movement.NAMES[name]}"
                    movement.over_seeds(panel, width, values, color=colours[predictor], linestyle=line, label=text)
        movement.logarithmic(panel, movement.WIDTH, f"distance of $F$ from {label}")
    low = min(panel.get_ylim()[0] for panel in axes[:-2])
    high = max(panel.get_ylim()[1] for panel in axes[:-2])
    for panel in axes:
        style.width_ticks(panel.xaxis, width)
        if panel in axes[:-2]:
            panel.set_ylim(low, high)
        style.legend(panel, headroom=0.3, **movement.SHORT | {"handlelength": 2.4})
    style.letters(axes)
    style.say_points(figure, data)
    return figure
