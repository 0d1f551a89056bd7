"""Figure 15: the predictor with and without its initial value subtracted."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import panels, style

MODELS = {"difference": r"$\alpha(f - f_0)$", "plain": r"$\alpha f$"}


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """(a) errors and (b) h Var F against alpha, both predictors at two widths; points at which all seeds have converged."""
    figure, [axes] = style.panels(1, 2)
    shown = [
        panels.filled(where, list(MODELS), summaries, absent, lambda where, there, panel=panel: panel(where, *_models(there)))
        for where, panel in zip(axes, (panels.errors_of, panels.variances_of), strict=True)
    ]
    style.say_scales(figure, shown)
    style.letters(axes)
    return figure


def _models(there: Mapping[str, xr.Dataset]) -> tuple[dict[str, xr.Dataset], str, str]:
    """The curves, their abscissa and palette: a light and a dark colour for the widths of a predictor."""
    return panels.at_widths_of("plain", there, MODELS, most=2), "alpha", "Paired"
