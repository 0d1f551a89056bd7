"""Panels that several figures have: errors, fluctuations, slopes; and panels whose data may be absent."""

import textwrap
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from crossover.claims.estimators import slope
from crossover.figures import style

VARIANCE = r"Var $F$"
KERNEL_CHANGE = r"$\|\Theta - \Theta_0\| / \|\Theta_0\|$"
SOLID_DASHED = "solid: single, dashed: ensemble"
TIMES = (1e-3, 1e2)  # of the abscissa of `growth`
ENSEMBLE = {"linestyle": "--", "marker": "s", "markersize": 2.5}


def filled(
    axes: Axes,
    roles: Sequence[str],
    summaries: Mapping[str, xr.Dataset],
    absent: Mapping[str, str],
    draw: Callable[[Axes, dict[str, xr.Dataset]], None],
) -> tuple[Axes, list[xr.Dataset]]:
    """Draw a panel from those of its roles that are there, and say why others are not; the panel and its data."""
    there = {role: summaries[role] for role in roles if role in summaries}
    reasons = "; ".join(f"{role}: {absent[role]}" for role in roles if role not in summaries)
    if not there:
        style.absent(axes, reasons)
        return axes, []
    draw(axes, there)
    if reasons:
        axes.set_xlabel(f"{axes.get_xlabel()}\n{textwrap.fill(f'not drawn: {reasons}', 50)}")
    return axes, list(there.values())


def of_one(panel: Callable[[Axes, xr.Dataset], None]) -> Callable[[Axes, dict[str, xr.Dataset]], None]:
    """For `filled`: a panel of one experiment, at its first depth."""
    return lambda axes, there: panel(axes, style.first_depth(*there.values()))


def single(axes: Axes, x: np.ndarray, cut: xr.Dataset, name: str = "test_error_mean", **line) -> None:
    """A test error in percent."""
    style.curve(axes, x, cut, name, scale=100, **line)


def single_and_ensemble(axes: Axes, x: np.ndarray, cut: xr.Dataset, colour, label: str, prefix: str = "") -> None:
    """Error of one network (solid) and of the ensemble (dashed); ``prefix`` ``frozen_init_``: with the frozen kernel."""
    single(axes, x, cut, f"{prefix}test_error_mean", color=colour, label=label)
    single(axes, x, cut, f"{prefix}ensemble_test_error", color=colour, **ENSEMBLE)


def errors_against_alpha(axes: Axes, plane: xr.Dataset) -> None:
    """Single error (solid) and ensemble error (dashed) against sqrt(h) alpha."""
    swept = style.full_sweeps(plane)
    for width, colour in style.by_width(swept["h"].values).items():
        single_and_ensemble(axes, swept["sqrt_h_alpha"].values, swept.sel(h=width), colour, f"$h$ = {width}")
    axes.set(xscale="log", xlabel=style.SQRT_H_ALPHA, ylabel=style.TEST_ERROR)
    style.legend(axes, headroom=0.25, ncols=3, loc="upper center", title=SOLID_DASHED)


def errors_against_width(axes: Axes, plane: xr.Dataset, *, frozen: bool = False) -> None:
    """The same against h at some sqrt(h) alpha; ``frozen``: and with the frozen kernel, black, at the largest of them."""
    swept = style.width_sweeps(plane)
    chosen = style.preferred(swept["sqrt_h_alpha"].values, (1e-2, 1, 1e4))
    for value, colour in style.by_alpha(chosen).items():
        label = f"{style.SQRT_H_ALPHA} = {style.power(value)}"
        single_and_ensemble(axes, swept["h"].values, swept.sel(sqrt_h_alpha=value), colour, label)
    if frozen:
        lazy = swept.sel(sqrt_h_alpha=chosen[-1])
        single_and_ensemble(axes, swept["h"].values, lazy, "k", r"frozen $\Theta(w_0)$", "frozen_init_")
    axes.set(xscale="log", xlabel=style.WIDTH, ylabel=style.TEST_ERROR)
    style.width_ticks(axes.xaxis, swept["h"].values)
    columns = 2 if frozen else 3
    style.legend(axes, headroom=0.3 if frozen else 0.25, ncols=columns, loc="upper center", title=SOLID_DASHED)


def rescaled_error(axes: Axes, plane: xr.Dataset) -> None:
    """Errors rescaled to 0..1 by their smallest and largest value over sqrt(h) alpha > 0.1, as the article does."""
    swept = style.full_sweeps(plane)
    x = swept["sqrt_h_alpha"].values
    for width, colour in style.by_width(swept["h"].values).items():
        cut = swept.sel(h=width)
        counted = cut["test_error_mean"].where(cut["sqrt_h_alpha"] > 0.1)
        low, high = float(counted.min()), float(counted.max())
        if not high > low:
            print(f"rescaled error: h = {width} left out, its test error does not vary over sqrt(h) alpha > 0.1")
            continue
        rescaled = cut.assign(
            test_error_mean=(cut["test_error_mean"] - low) / (high - low),
            test_error_mean_interval=(cut["test_error_mean_interval"] - low) / (high - low),
        )
        style.curve(axes, x, rescaled, "test_error_mean", color=colour, label=f"$h$ = {width}")
    axes.axvline(1, color="0.7", linewidth=0.8, zorder=0)
    axes.set(xscale="log", xlabel=style.SQRT_H_ALPHA, ylabel="rescaled test error", ylim=(-0.6, 1.8))
    style.legend(axes)


def scaled_variance(axes: Axes, plane: xr.Dataset) -> None:
    """Fluctuations h Var F against sqrt(h) alpha."""
    swept = style.full_sweeps(plane)
    variances_of(axes, {f"$h$ = {width}": swept.sel(h=width) for width in swept["h"].values}, palette="viridis")


def sweeps(summary: xr.Dataset, label: str, most: int = 2) -> dict[str, xr.Dataset]:
    """Curves along sqrt(h) alpha of a few widths of an experiment, by their labels."""
    swept = style.full_sweeps(style.first_depth(summary))
    return {f"{label}, $h$ = {width}": swept.sel(h=width) for width in style.few(swept["h"].values, most)}


def sweep_near(summary: xr.Dataset, label: str, width: float) -> dict[str, xr.Dataset]:
    """The curve along sqrt(h) alpha at the width nearest to the wanted one, by its label."""
    swept = style.full_sweeps(style.first_depth(summary))
    width = style.nearest(swept["h"].values, width)
    return {f"{label}, $h$ = {width}": swept.sel(h=width)}


def errors_of(axes: Axes, setups: Mapping[str, xr.Dataset], abscissa: str = "sqrt_h_alpha", palette: str = "colorblind") -> None:
    """Single (solid) and ensemble error (dashed) of each setup, a curve along sqrt(h) alpha, by its label."""
    colours = style.colours(setups, palette)
    for label, cut in setups.items():
        single_and_ensemble(axes, cut[abscissa].values, cut, colours[label], label)
    axes.set(xscale="log", xlabel=style.ABSCISSAE[abscissa], ylabel=style.TEST_ERROR)
    style.cut_bands(axes)
    rows = -(-len(setups) // 2)
    look = {"columnspacing": 1.0, "handlelength": 1.5, "title": SOLID_DASHED}
    style.legend(axes, headroom=0.14 + 0.05 * rows, ncols=2, loc="upper center", **look)


def variances_of(
    axes: Axes, setups: Mapping[str, xr.Dataset], abscissa: str = "sqrt_h_alpha", palette: str = "colorblind"
) -> None:
    """Fluctuations h Var F of each setup, a curve along sqrt(h) alpha, by its label."""
    colours = style.colours(setups, palette)
    for label, cut in setups.items():
        x, h = cut[abscissa].values, float(cut["h"])
        style.curve(axes, x, cut, "output_variance", scale=h, color=colours[label], label=label)
    axes.set(xscale="log", yscale="log", xlabel=style.ABSCISSAE[abscissa], ylabel=f"$h$ {VARIANCE}")
    style.legend(axes)


def by_widths(axes: Axes, plane: xr.Dataset, name: str, abscissa: str, scale: Callable = lambda _: 1.0) -> None:
    """An observable times ``scale(curve)`` against alpha or sqrt(h) alpha, both logarithmic; a curve a width."""
    swept = style.full_sweeps(plane)
    for width, colour in style.by_width(swept["h"].values).items():
        cut = swept.sel(h=width)
        style.curve(axes, cut[abscissa].values, cut, name, scale=scale(cut), color=colour, label=f"$h$ = {width}")
    axes.set(xscale="log", yscale="log", xlabel=style.ABSCISSAE[abscissa])


def exponent(x: np.ndarray, y: np.ndarray, inside: np.ndarray) -> float:
    """Exponent common to the curves, as the claims estimate it; NaN when none has two points.

    x : shape (x,); y, inside : shape (curve, x).
    """
    inside = inside & np.isfinite(y) & (y > 0)
    if inside.sum(1).max(initial=0) < 2:
        return np.nan
    x = np.broadcast_to(x, y.shape)
    curves = np.broadcast_to(np.arange(len(y))[:, None], y.shape)
    return float(slope(np.log10(x[inside]), np.log10(y[inside])[None], curves[inside])[0])


def slope_triangle(axes: Axes, x: np.ndarray, y: np.ndarray, inside: np.ndarray) -> None:
    """A triangle above the points inside, at most a decade long, labelled by their common exponent; shapes of `exponent`."""
    found = exponent(x, y, inside)
    there = (inside & np.isfinite(y)).any(0)
    if not np.isfinite(found):
        return
    start, end = x[there][0], x[there][-1]
    high = np.nanmax(np.where(inside, y, np.nan)[:, there][:, 0])
    style.triangle(axes, (start * 1.6, min(start * 16, end * 1.6)), high * 3, found)


def growth(axes: Axes, point: xr.Dataset, name: str, unit: str, *, scale: float = 1.0, **line) -> None:
    """A norm of the output against time over its ``unit``: ``t_half``, or ``t1`` = sqrt(h) alpha; part of the curve's times."""
    x = point["time"].values / float(point["t_half_mean" if unit == "t_half" else "sqrt_h_alpha"])
    inside = (x >= TIMES[0]) & (x <= TIMES[1])
    style.curve(axes, x[inside], point.isel(time=inside), name, scale=scale, marker="", **line)


def at_widths_of(role: str, there: Mapping[str, xr.Dataset], labels: Mapping[str, str], most: int = 1) -> dict[str, xr.Dataset]:
    """Curves of each experiment at the widths nearest to those of the role, or of the first without it; of many a few."""
    leading = style.full_sweeps(style.first_depth(there.get(role, next(iter(there.values())))))
    widths = style.few(leading["h"].values, most)
    curves = {}
    for name, data in there.items():
        for width in widths:
            curves |= sweep_near(data, labels[name], width)
    return curves


def seed_means(axes: Axes, members: xr.DataArray, dim: str, labels: Mapping, guides: Mapping[float, str]) -> None:
    """Means over seeds against h, a curve a layer along ``dim``, with their exponents; a bar is a standard deviation.

    guides : slopes to compare with, and how they are written.
    """
    h = members["h"].values.astype(float)
    for layer, colour in style.colours(labels, "viridis").items():
        of_layer = members.sel({dim: layer})
        mean, spread = of_layer.mean("seed").values, of_layer.std("seed", ddof=1 if of_layer.sizes["seed"] > 1 else 0).values
        label = f"{labels[layer]}: slope {style.fit(h, mean):.2f}"
        axes.errorbar(h, mean, spread, color=colour, marker="o", label=label, elinewidth=0.7)
    axes.set(xscale="log", yscale="log", xlabel=style.WIDTH)
    style.width_ticks(axes.xaxis, h)
    for slope_of_guide, text in guides.items():
        guide(axes, slope_of_guide, text)
    style.legend(axes, headroom=0.05 + 0.07 * -(-len(labels) // 2), ncols=2, loc="upper center")


def guide(axes: Axes, slope: float, text: str) -> None:
    """A triangle of a falling slope under the left part of the curves of a logarithmic panel."""
    points = np.concatenate([line.get_xydata() for line in axes.lines] or [np.empty((0, 2))])
    points = points[np.isfinite(points).all(1) & (points > 0).all(1)]
    if not len(points) or points[:, 0].min() == points[:, 0].max():
        return
    low, high = points[:, 0].min(), points[:, 0].max()
    start, end = low * (high / low) ** 0.05, low * (high / low) ** 0.25
    # the curves may fall as steeply as the guide up to its right end
    floor = points[points[:, 0] <= end, 1].min() * (end / low) ** slope
    style.triangle(axes, (start, end), floor / 1.6, slope, text=text)
