"""Figure 16: biases in the hidden layers."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import panels, style

SETUPS = {"unbiased": "no bias", "biased": "biases"}


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """(a) errors and (b) h Var F against sqrt(h) alpha, with biases and without, at the width of the biased networks."""
    figure, [axes] = style.panels(1, 2)
    shown = [
        panels.filled(where, list(SETUPS), summaries, absent, lambda where, there, panel=panel: panel(where, _setups(there)))
        for where, panel in zip(axes, (panels.errors_of, panels.variances_of), strict=True)
    ]
    style.say_scales(figure, shown)
    style.letters(axes)
    return figure


def _setups(there: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    return panels.at_widths_of("biased", there, {role: SETUPS[role] for role in there})
