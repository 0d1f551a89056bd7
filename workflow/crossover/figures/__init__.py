"""Figures of the article, one module each: ``draw({role: summary cube})`` gives a matplotlib Figure."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import matplotlib as mpl
import xarray as xr
from matplotlib.figure import Figure

from crossover.figures import style


def load(name: str) -> Callable[[Mapping[str, xr.Dataset]], Figure]:
    """The function that draws the figure ``name``."""

    def draw(summaries: Mapping[str, xr.Dataset]) -> Figure:
        with style.context():
            figure = import_module(f"crossover.figures.{name}").draw(summaries)
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
