"""Figure 8: the kernel before and after training, and what the frozen kernels achieve."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossover.figures import panels, style

SHADES = (0.1, 1.9)  # of entries over their root mean square
MATRICES = {"gram_init": r"$\Theta(w_0)$", "gram_final": r"$\Theta(w)$, end of training"}
DYNAMICS = {"": ("network", "k"), "frozen_init_": (r"frozen $\Theta(w_0)$", "C0"), "frozen_final_": (r"frozen $\Theta(w)$", "C3")}


def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
    """(a, b) Gram matrices with their means by class; (c, d) error against h at fixed alpha: fully connected, CNN."""
    figure, axes = style.panels(2, 2)
    shown = [
        panels.filled(where, ["gram"], summaries, absent, lambda where, there, name=name: _matrix(where, there["gram"], name))
        for where, name in zip(axes[0], MATRICES, strict=True)
    ]
    images = [image for where in axes[0] for image in where.images]
    if images:
        figure.colorbar(images[0], ax=axes[0], label=r"$\Theta$ / root mean square", extend="both", pad=0.02)
    shown += [
        panels.filled(where, [role], summaries, absent, panels.of_one(_errors))
        for where, role in zip(axes[1], ("fc", "cnn"), strict=True)
    ]
    style.say_scales(figure, shown)
    style.letters(axes.flat)
    return figure


def block_means(matrix: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Means of a matrix over the blocks of equal neighbouring classes.

    matrix : shape (row, row); classes : shape (row,), equal ones beside each other; result : shape (class, class).
    """
    starts = np.flatnonzero(np.concatenate([[True], classes[1:] != classes[:-1]]))
    sizes = np.diff([*starts, len(classes)])
    return np.add.reduceat(np.add.reduceat(matrix, starts, 0), starts, 1) / np.outer(sizes, sizes)


def _matrix(axes: Axes, gram: xr.Dataset, name: str) -> None:
    """A Gram matrix over its root mean square: label +1 first, then -1, by class inside; means by class are written on it."""
    label, classes = gram["gram_label"].values, gram["gram_class"].values
    order = np.lexsort((classes, -label))
    matrix = gram[name].values[np.ix_(order, order)]
    matrix = matrix / np.sqrt((matrix**2).mean())
    classes, plus = classes[order], int((label > 0).sum())
    means = block_means(matrix, classes)
    starts = np.flatnonzero(np.concatenate([[True], classes[1:] != classes[:-1]]))
    middles = (starts + np.array([*starts[1:], len(classes)])) / 2 - 0.5
    axes.imshow(matrix, cmap="viridis", vmin=SHADES[0], vmax=SHADES[1], interpolation_stage="data")
    for at in (axes.axhline, axes.axvline):
        at(plus - 0.5, color="w", linewidth=0.8)
    size = min(6.0, 50 / len(middles))
    for row, column in np.ndindex(means.shape):
        value = means[row, column]
        where = {"ha": "center", "va": "center", "fontsize": size, "color": "w" if value < 1.2 else "k"}
        axes.text(middles[column], middles[row], f"{value:.2f}", **where)
    names = [str(classes[start]) for start in starts]
    axes.set(xticks=middles, yticks=middles, xticklabels=names, yticklabels=names, xlabel=f"class: {MATRICES[name]}")
    axes.set_ylabel("class: $y = -1$ | $y = +1$")
    axes.tick_params(length=0)


def _errors(axes: Axes, plane: xr.Dataset) -> None:
    """Single error against h of the network, and of the dynamics with its kernel frozen before and after training."""
    cut = style.fixed_alpha(plane)
    for prefix, (label, colour) in DYNAMICS.items():
        panels.single(axes, cut["h"].values, cut, f"{prefix}test_error_mean", color=colour, label=label)
    alphas = ", ".join(f"{value:.3g}" for value in np.unique(cut["alpha"].values.round(6)))
    axes.set(xscale="log", xlabel=f"{style.WIDTH} at {style.ALPHA} = {alphas}", ylabel=style.TEST_ERROR)
    style.width_ticks(axes.xaxis, cut["h"].values)
    style.legend(axes)
