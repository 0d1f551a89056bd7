"""How figures look: curves with bands, colours along h or sqrt(h) alpha, slope triangles, panel letters."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
import seaborn as sns
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

PANEL = (3.4, 2.7)  # inches
SQRT_H_ALPHA = r"$\sqrt{h}\,\alpha$"
WIDTH = "width $h$"
ALPHA = r"$\alpha$"
ABSCISSAE = {"sqrt_h_alpha": SQRT_H_ALPHA, "alpha": ALPHA}
TEST_ERROR = "test error [%]"
ABSENT = "absent"  # label of axes that nothing can be drawn on


@contextmanager
def context() -> Iterator[None]:
    """Fonts, ticks and grid of all figures."""
    settings = {
        "font.size": 8,
        "axes.labelsize": 8,
        "axes.titlesize": 8,
        "legend.fontsize": 6.5,
        "legend.title_fontsize": 6.5,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "lines.linewidth": 1.2,
        "lines.markersize": 3.5,
        "axes.linewidth": 0.6,
        "legend.frameon": False,
        "mathtext.fontset": "dejavusans",
    }
    with sns.axes_style("ticks"), mpl.rc_context(settings):
        yield


def panels(rows: int, columns: int) -> tuple[Figure, np.ndarray]:
    """A figure of panels, lettered (a), (b), ... by `letter`; axes of shape (rows, columns)."""
    figure = Figure(figsize=(PANEL[0] * columns, PANEL[1] * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def letters(figure_axes: Iterable[Axes]) -> None:
    """Letter panels (a), (b), ... in their order."""
    for text, axes in zip("abcdefghijklmnop", figure_axes, strict=False):
        letter(axes, text)


def letter(axes: Axes, text: str) -> None:
    """The letter of a panel, outside its upper left corner."""
    axes.set_title(f"({text})", loc="left", fontweight="bold")


def colours(values: Iterable, palette: str) -> dict:
    """A colour for each value, in their order."""
    values = list(values)
    return dict(zip(values, sns.color_palette(palette, len(values)), strict=True))


def by_width(widths: Sequence[float]) -> dict[float, tuple]:
    """Colours along the width."""
    return colours(widths, "viridis")


def by_alpha(values: Sequence[float]) -> dict[float, tuple]:
    """Colours along sqrt(h) alpha."""
    return colours(values, "plasma")


def power(value: float) -> str:
    """A number for a legend: 1, 0.32 or a power of ten."""
    exponent = np.log10(value)
    if abs(exponent - round(exponent)) < 1e-9 and not 0 <= round(exponent) <= 1:
        return f"$10^{{{round(exponent)}}}$"
    return f"{value:g}"


def curve(axes: Axes, x: np.ndarray, summary: xr.Dataset, name: str, *, scale=1.0, band: bool = True, **line) -> None:
    """An observable against x with its interval as a band; points that are not there are left out.

    summary : the summary cube, cut to one dimension along x; scale : multiplies the observable.
    """
    y = summary[name].values * scale
    there = np.isfinite(y)
    drawn = axes.plot(x[there], y[there], **({"marker": "o"} | line))
    low, high = summary[f"{name}_interval"].values * scale
    known = there & np.isfinite(low) & np.isfinite(high)
    if band and known.any():
        axes.fill_between(x[known], low[known], high[known], color=drawn[0].get_color(), alpha=0.13, linewidth=0)


def legend(axes: Axes, *, headroom: float = 0.0, **options) -> None:
    """A legend, unless no curve has anything to show; ``headroom``: part of the y axis kept free for it above."""
    if not axes.get_legend_handles_labels()[0]:
        return
    if headroom:
        keep_free(axes, headroom)
    axes.legend(**options)


def keep_free(axes: Axes, part: float) -> None:
    """Raise the upper end of the y axis so that this part of it is free; a logarithmic axis without data stays."""
    scale, (low, high) = axes.yaxis.get_transform(), axes.get_ylim()
    if low > 0 or axes.get_yscale() == "linear":
        low, high = scale.transform([low, high])
        axes.set_ylim(*scale.inverted().transform([low, high + part * (high - low) / (1 - part)]))


def cut_bands(axes: Axes) -> None:
    """Lower and raise the ends of a linear y axis no farther than the height of all curves beyond them: bands are cut there.

    The interval of two or three seeds may be many times as wide as what the curves do.
    """
    y = np.concatenate([line.get_ydata() for line in axes.lines] or [np.empty(0)])
    height = np.ptp(y) if len(y) else 0.0
    if height > 0:
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, y.min() - height), min(high, y.max() + height))


def mark_empty(figure: Figure) -> None:
    """Say so in a panel without a point; panels that hold an image or say why they are empty stay as they are."""
    for axes in figure.axes:
        # guide lines are drawn in coordinates of the panel, not of the data
        curves = [line for line in axes.lines if line.get_transform() == axes.transData]
        if axes.get_label() in ("<colorbar>", ABSENT) or axes.images:
            continue
        if not any(np.isfinite(line.get_xydata()).all(1).any() for line in curves):
            _blank(axes, "no point with all its seeds converged")


def absent(axes: Axes, reason: str) -> None:
    """An empty panel that says why it is."""
    axes.set_label(ABSENT)
    _blank(axes, textwrap.fill(f"not drawn: {reason}", 46))


def _blank(axes: Axes, text: str) -> None:
    # logarithmic axes cannot be without data
    axes.set(xscale="linear", yscale="linear", xticks=[], yticks=[])
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=7)


def full_sweeps(summary: xr.Dataset) -> xr.Dataset:
    """The widths at which most values of sqrt(h) alpha are in the grid: those whose curves along it can be drawn."""
    counts = (summary["seeds_wanted"] > 0).sum("sqrt_h_alpha")
    return summary.sel(h=summary["h"][(counts >= counts.max() / 2).values])


def width_sweeps(summary: xr.Dataset) -> xr.Dataset:
    """The values of sqrt(h) alpha at which most widths are in the grid."""
    counts = (summary["seeds_wanted"] > 0).sum("h")
    return summary.sel(sqrt_h_alpha=summary["sqrt_h_alpha"][(counts >= counts.max() / 2).values])


def nearest(values: np.ndarray, wanted: float):
    """The positive value that is nearest to the wanted one, as a ratio."""
    return values[np.abs(np.log(np.asarray(values, dtype=float) / wanted)).argmin()]


def fixed_alpha(plane: xr.Dataset, alpha: float = 1.0) -> xr.Dataset:
    """Of each width the point of the grid whose alpha is nearest to the wanted one, as a ratio: a cut along h."""
    wanted = (plane["seeds_wanted"] > 0).values
    away = np.where(wanted, np.abs(np.log(plane["alpha"].values / alpha)), np.inf)
    rows = np.flatnonzero(wanted.any(1))
    cut = plane.isel(h=xr.DataArray(rows, dims="h"), sqrt_h_alpha=xr.DataArray(away.argmin(1)[rows], dims="h"))
    return cut.transpose(..., "h")


def few(values: np.ndarray, count: int) -> np.ndarray:
    """At most ``count`` of the sorted values, the ends among them."""
    if len(values) <= count:
        return values
    return values[np.unique(np.linspace(0, len(values) - 1, count).round().astype(int))]


def fit(x: np.ndarray, y: np.ndarray) -> float:
    """Exponent of y against x: least-squares slope of the logarithms; NaN with fewer than two points."""
    there = np.isfinite(y) & (y > 0)
    if there.sum() < 2:
        return np.nan
    return float(np.polyfit(np.log10(x[there]), np.log10(y[there]), 1)[0])


def triangle(axes: Axes, x: tuple[float, float], y: float, slope: float, *, text: str | None = None) -> None:
    """A slope triangle on logarithmic axes: its hypotenuse falls from (x[0], y) to x[1], its upright leg is on the right."""
    if not np.isfinite(slope):
        return
    end = y * (x[1] / x[0]) ** slope
    axes.plot([x[0], x[1], x[1], x[0]], [y, end, y, y], color="0.25", linewidth=0.8, marker="")
    axes.annotate(
        text or f"{slope:.2f}",
        (x[1], np.sqrt(y * end)),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=7,
        color="0.25",
    )


def preferred(values: np.ndarray, wanted: tuple[float, ...]) -> np.ndarray:
    """The values that the article draws, where the grid has at least two of them; else a few across the grid."""
    there = np.array([value for value in values if np.isclose(value, wanted).any()])
    return there if len(there) > 1 else few(values, len(wanted))


def first_depth(summary: xr.Dataset) -> xr.Dataset:
    """The summary at its first depth, which is what the figures show; the others are named on the terminal."""
    if summary.sizes["L"] > 1:
        print(f"L = {summary['L'].values[0]} is drawn; L = {', '.join(map(str, summary['L'].values[1:]))} left out")
    return summary.isel(L=0)


def width_ticks(axis: Axis, widths: np.ndarray) -> None:
    """Ticks at some of the widths, as plain numbers."""
    axis.set_major_locator(FixedLocator(few(widths, 6)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def colourbar(figure: Figure, axes, values: np.ndarray, label: str) -> None:
    """A logarithmic colour bar of sqrt(h) alpha for curves drawn with `shade`."""
    scale = mpl.cm.ScalarMappable(LogNorm(values.min(), values.max()), "plasma")
    figure.colorbar(scale, ax=axes, label=label, pad=0.02)


def shade(value: float, values: np.ndarray) -> tuple:
    """The colour of a value on the logarithmic colour bar of `colourbar`."""
    return mpl.colormaps["plasma"](LogNorm(values.min(), values.max())(value))


def data_of(described: Mapping, wanted: str) -> str:
    """The data set of a configuration; of a stand-in its own name and the one of the data set that was ``wanted``."""
    name = described["dataset"]
    return f"{name.split('_for_')[0]} (stands in for {wanted})" if wanted else name


def points_of(data: xr.Dataset) -> str:
    """The data set of an item of another paper and its size; empty where points are drawn at random."""
    described = json.loads(data.attrs["spec"])
    if "dataset" not in described:
        return ""
    return f"{data_of(described, data.attrs.get('stand_in_for', ''))}, n = {described['n']}"


def say_points(figure: Figure, data: xr.Dataset) -> None:
    """The data set of an item of another paper above its figure."""
    if text := points_of(data):
        figure.suptitle(text, fontsize=7, color="0.4")


def scale_of(*files: xr.Dataset) -> str:
    """What the numbers of files are from: data set, sizes, seeds; for titles. One line if they differ in one part only."""
    parts = list(dict.fromkeys(tuple(_scale(data).items()) for data in files))
    values = [list(dict.fromkeys(of_name)) for of_name in zip(*parts, strict=True)]
    if sum(len(different) > 1 for different in values) <= 1:
        parts = [[(different[0][0], ", ".join(str(value) for _, value in different)) for different in values]]
    return "\n".join(", ".join(_SCALE[name].format(value) for name, value in line) for line in parts)


_SCALE = {"data": "{}", "n": "n = {}", "L": "L = {}", "seeds": "{} seeds"}


def _scale(data: xr.Dataset) -> dict:
    configuration = json.loads(data.attrs["configuration"])
    # a pair has the configurations of both its experiments, which differ in their dynamics alone
    described = json.loads(data.attrs["spec"]) | configuration.get("first", configuration)
    found = {"data": data_of(described, data.attrs.get("stand_in_for", "")), "n": described["n"]}
    found["L"] = data["L"].values[0] if "L" in data.coords else described["L"]
    if "seeds_wanted" in data:
        seeds = data["seeds_wanted"].values
        found["seeds"] = seeds[seeds > 0].min()
    elif "seed" in data.sizes:
        found["seeds"] = data.sizes["seed"]
    return found


def say_scales(figure: Figure, shown: Sequence[tuple[Axes, Sequence[xr.Dataset]]]) -> None:
    """The scale of the data above the figure where all panels share it, else above each panel; (panel, its data) pairs."""
    scales = {axes: scale_of(*data) for axes, data in shown if data}
    if len(set(scales.values())) == 1:
        figure.suptitle(next(iter(scales.values())), fontsize=7, color="0.4")
        return
    for axes, text in scales.items():
        narrow = text.replace("), ", "),\n")  # beside the letter of the panel
        axes.set_title(narrow, loc="right", fontsize=6, color="0.4")
