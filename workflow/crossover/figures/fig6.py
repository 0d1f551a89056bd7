"""Figure 6: MNIST as Figures 3 and 4; CIFAR-10 by the gradient flow and by Adam."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import panels, style

WIDTH = 100  # of the networks on CIFAR-10, in the article
DYNAMICS = {"cifar10": "gradient flow", "cifar10_adam": "Adam, hinge"}


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """MNIST: (a) errors, (b) against h, with the frozen kernel, (c) rescaled, (d) h Var F; CIFAR-10: (e) errors, (f) h Var F."""
    figure, axes = style.panels(3, 2)
    mnist = {
        axes[0, 0]: panels.errors_against_alpha,
        axes[0, 1]: lambda where, plane: panels.errors_against_width(where, plane, frozen=True),
        axes[1, 0]: panels.rescaled_error,
        axes[1, 1]: panels.scaled_variance,
    }
    shown = [panels.filled(where, ["mnist"], summaries, absent, panels.of_one(panel)) for where, panel in mnist.items()]
    for where, panel in zip(axes[2], (panels.errors_of, panels.variances_of), strict=True):
        shown.append(
            panels.filled(
                where, list(DYNAMICS), summaries, absent, lambda where, there, panel=panel: panel(where, _setups(there))
            )
        )
    style.say_scales(figure, shown)
    style.letters(axes.flat)
    return figure


def _setups(there: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    return {
        label: cut for role, summary in there.items() for label, cut in panels.sweep_near(summary, DYNAMICS[role], WIDTH).items()
    }
