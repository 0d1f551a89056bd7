"""Figures of the articles, one module each: ``draw({role: file}, {role: why it is absent})`` gives a matplotlib Figure."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import matplotlib as mpl
import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import style

Draw = Callable[[Mapping[str, xr.Dataset], Mapping[str, str]], Figure]


def load(name: str) -> Draw:
    """The function that draws the figure ``name``.

    It takes the file of each role, and of each role whose data are not there the reason. The module of the figure is asked
    when there is a file at all, so a figure of one role need not look at reasons.
    """

    def draw(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> Figure:
        with style.context():
            if not summaries:
                figure, [[axes]] = style.panels(1, 1)
                style.absent(axes, "; ".join(f"{role}: {reason}" for role, reason in absent.items()))
                return figure
            figure = import_module(f"crossover.figures.{name}").draw(summaries, absent)
            style.mark_empty(figure)
            return figure

    return draw


def save(figure: Figure, paths: list[Path]) -> None:
    """Save a figure under each path; its ending tells the format. The files hold no date, so equal figures are equal files."""
    mpl.rcParams["pdf.fonttype"] = 42  # text stays text
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = {"CreationDate": None} if path.suffix == ".pdf" else None
        figure.savefig(path, metadata=metadata, dpi=200)
        figure.set_layout_engine("none")  # laid out once: it takes as long as drawing
