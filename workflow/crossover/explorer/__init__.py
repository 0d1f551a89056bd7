"""The explorer: one page of HTML, without a network, in which the cubes of a run can be looked at."""

import json
from collections.abc import Iterable, Mapping
from functools import cache

import altair as alt
import jinja2
import vl_convert
import xarray as xr

from crossover.explorer import chart, tables

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{ title }}</title>
<link rel="icon" href="data:,">
<style>
body {font: 14px/1.4 system-ui, sans-serif; margin: 1em 2em}
h1 {font-size: 1.3em; margin: 0 0 0.4em}
#selectors {display: flex; flex-wrap: wrap; gap: 0.5em 1.6em; margin: 0.8em 0; max-width: 70em}
#selectors .vega-bind-name {margin-right: 0.5em; color: #555}
#selectors select {font: inherit}
#selectors .vega-bind-radio label {margin-right: 0.6em}
</style>
<script>{{ library | safe }}</script>
</head>
<body>
<h1>{{ title }}</h1>
<div id="selectors"></div>
<div id="explorer"></div>
<script>
vegaEmbed("#explorer", {{ spec | tojson }}, {{ options | tojson }}).then(made => { window.view = made.view; });
</script>
</body>
</html>
"""
TITLE = "Cubes of the run"
# Nothing that leads into the network: no editor, no sources. Errors are logged, but not that an empty chart has no extent.
ACTIONS = {"export": True, "source": False, "compiled": False, "editor": False}
OPTIONS = {"mode": "vega-lite", "renderer": "svg", "actions": ACTIONS, "logLevel": 1}


def page(cubes: Iterable[xr.Dataset]) -> str:
    """The page of HTML from the summary cube and the raw cube of each experiment; equal cubes give equal pages.

    Raises
    ------
    ValueError
        When an experiment has only one of its two cubes.
    """
    parts = _parts(*_by_experiment(cubes))
    observables = {name: tables.observables(*part) for name, part in parts.items()}
    points = {name: tables.points(summary, observables[name]) for name, (summary, _) in parts.items()}
    members = {name: tables.members(raw, points[name]) for name, (_, raw) in parts.items()}
    choices = chart.Choices(
        experiments={name: f"{name} ({_data_set(summary)})" for name, (summary, _) in parts.items()},
        intervals={name: _interval(summary) for name, (summary, _) in parts.items()},
        observables=observables,
        quantities={name: tables.quantities(raw) for name, (_, raw) in parts.items()},
    )
    drawn = chart.draw(tables.as_csv(points), tables.as_csv(members), choices)
    template = jinja2.Environment(autoescape=True).from_string(PAGE)
    return template.render(title=TITLE, library=_library(), spec=drawn.to_dict(), options=OPTIONS) + "\n"


@cache
def _library() -> str:
    """The scripts of the version of Vega-Lite that the chart is written in."""
    return vl_convert.javascript_bundle(vl_version=alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0])


def _parts(summaries: Mapping[str, xr.Dataset], raw: Mapping[str, xr.Dataset]) -> dict[str, tuple[xr.Dataset, xr.Dataset]]:
    """Summary and raw cube of each depth of each experiment, by its name."""
    return {
        f"{name}, L = {L}": (summary.sel(L=[L]), raw[name].sel(L=[L]))
        for name, summary in summaries.items()
        for L in summary["L"].values
    }


def _by_experiment(cubes: Iterable[xr.Dataset]) -> tuple[dict[str, xr.Dataset], dict[str, xr.Dataset]]:
    """Summary cubes and raw cubes, by experiment."""
    found = {"summary": {}, "raw": {}}
    for cube in cubes:
        kind, experiment = cube.attrs["kind"], cube.attrs.get("experiment")
        if kind not in found:
            raise ValueError(f"kind of a file is {kind!r}, wanted summary or raw; give the cubes of experiments")
        found[kind][experiment] = cube
    for experiment in found["summary"].keys() ^ found["raw"].keys():
        missing = "summary" if experiment in found["raw"] else "raw"
        raise ValueError(f"experiment {experiment!r} has no {missing} cube among the files; give both of its cubes")
    return found["summary"], found["raw"]


def _data_set(summary: xr.Dataset) -> str:
    """Data set and number of patterns of an experiment."""
    described = json.loads(summary.attrs["configuration"])
    return f"{described['dataset']}, n = {described['n']}"


def _interval(summary: xr.Dataset) -> str:
    """What the interval of a summary is."""
    return f"{float(summary.attrs['interval_level']):.0%} interval over seeds ({summary.attrs['replicates']})"
