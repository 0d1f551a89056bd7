"""The plane of sqrt(h) alpha and h with the regime of its members, and the three quantities that tell it."""

import json
from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from crossover.claims.estimators import log_crossing
from crossover.figures import panels, style
from crossover.schema import REGIME

COLOURS = dict(zip(list(REGIME)[1:], ("#3b6fb6", "#b8b8b8", "#c8452f"), strict=True))
QUANTITIES = {
    "kernel_change": ("regime_kernel_change_mean", panels.KERNEL_CHANGE),
    "linearization_error": ("linearization_error_mean", r"$\|f - f_{\rm lin}\| / \|f - f_0\|$"),
    "weight_change": ("weight_change_mean", r"$\|w - w_0\| / \|w_0\|$"),
}
AGREEING = 0.5  # share of a point's members whose three labels agree, below which it has a ring


def draw(summaries: Mapping[str, xr.Dataset], _: Mapping[str, str]) -> Figure:
    """(a) the plane: the regime of most members, rings where labels disagree; (b, c, d) what the labels are told from."""
    plane = style.first_depth(summaries["plane"])
    thresholds = json.loads(plane.attrs["configuration"])["regime"]
    figure, axes = style.panels(2, 2)
    figure.suptitle(style.scale_of(summaries["plane"]), fontsize=7, color="0.4")
    _map(axes[0, 0], plane, crossing_of(plane, thresholds["kernel_change"]))
    for where, (name, (observable, label)) in zip(axes.flat[1:], QUANTITIES.items(), strict=True):
        panels.by_widths(where, plane, observable, "sqrt_h_alpha")
        for threshold in thresholds[name]:
            where.axhline(threshold, color="0.6", linewidth=0.8, zorder=0)
        where.set_ylabel(label)
        style.legend(where)
    style.letters(axes.flat)
    return figure


def crossing_of(plane: xr.Dataset, thresholds: tuple[float, float]) -> np.ndarray:
    """Of each width the sqrt(h) alpha at which the mean kernel change falls through the middle of its thresholds.

    The middle of the logarithms. Estimate and the ends of its 95 % interval over the resampled seeds, shape (3, h); NaN where the
    grid does not hold it.
    """
    x, middle = plane["sqrt_h_alpha"].values, np.sqrt(np.prod(thresholds))
    change, draws = (plane[f"regime_kernel_change_mean{ending}"] for ending in ("", "_replicate"))
    found = []
    for h in plane["h"].values:
        of_width = change.sel(h=h).values
        there = np.isfinite(of_width)
        rows = np.concatenate([of_width[None], draws.sel(h=h).values])[:, there] / middle
        rows = rows[np.isfinite(rows).all(1)]
        logs = log_crossing(x[there], rows) if len(rows) else np.array([np.nan])
        known = logs[1:][np.isfinite(logs[1:])]
        spread = _spread(known, plane.attrs["replicates"]) if len(known) > 1 else np.nan
        found.append(logs[0] + np.array([0, -spread, spread]))
    return 10 ** np.array(found).T


def _spread(logs: np.ndarray, kind: str) -> float:
    """Two standard errors of a logarithm from its resamplings."""
    return 2 * float(logs.std()) * (np.sqrt(len(logs) - 1) if kind == "jackknife" else 1)


def _map(axes: Axes, plane: xr.Dataset, crossing: np.ndarray) -> None:
    """A point of the grid each: coloured by the label of most of its members."""
    table = plane[[f"{name}_share" for name in COLOURS] + ["regimes_agree", "seeds_wanted"]].to_dataframe().reset_index()
    table = table[(table["seeds_wanted"] > 0) & table["regimes_agree"].notna()]
    most = table[[f"{name}_share" for name in COLOURS]].to_numpy().argmax(1) if len(table) else np.array([], dtype=int)
    for position, (name, colour) in enumerate(COLOURS.items()):
        here = table[most == position]
        axes.plot(here["sqrt_h_alpha"], here["h"], "s", color=colour, markersize=7, label=name)
    apart = table[table["regimes_agree"] < AGREEING]
    axes.plot(apart["sqrt_h_alpha"], apart["h"], "o", color="k", fillstyle="none", markersize=4, label="labels disagree")
    h, (at, low, high) = plane["h"].values, crossing
    axes.errorbar(at, h, xerr=[at - low, high - at], color="k", marker="d", linewidth=1, label="kernel change in the middle")
    axes.axvline(1, color="0.3", linestyle="--", linewidth=0.9, label=r"$\alpha = h^{-1/2}$")
    axes.set(xscale="log", yscale="log", xlabel=style.SQRT_H_ALPHA, ylabel=style.WIDTH)
    if len(h) > 1:
        axes.set_ylim(h.min() / 1.4, h.max() * 1.4)
    style.width_ticks(axes.yaxis, h)
    axes.yaxis.set_minor_locator(NullLocator())
    agreeing = (table["regimes_agree"] * table["seeds_wanted"]).sum() / max(1, table["seeds_wanted"].sum())
    axes.set_title(f"the three labels agree on {agreeing:.0%} of the members", loc="right", fontsize=6, color="0.4")
    style.legend(axes, headroom=0.34, ncols=2, loc="upper center")
