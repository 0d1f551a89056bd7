"""The chart of the explorer: estimates with their intervals above, the members behind one of them below.

Vega-Lite has neither scales nor titles of axes that follow a selector. So logarithms are taken of the data, with ticks that
say the values they are of; a title above the chart names its y axis, and a mark of text the x axis.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import altair as alt

from crossover import schema
from crossover.explorer.tables import behind

WIDTH, HEIGHT, MEMBERS_HEIGHT = 760, 380, 200  # pixels
EXTENT = 48  # kept for the labels of an axis, so that the layout stays when they change
UNDER_THE_TITLE = {"x": 0, "y": -10, "align": "left", "color": "#555"}
X_AXES = {"sqrt_h_alpha": "√h α", "alpha": "α", "h": "h"}
CURVES = {"h": "h", "sqrt_h_alpha": "√h α"}
VARIABLES = schema.COORDINATES | schema.RAW | schema.SUMMARY

# A shape for what a point is.
ESTIMATE = "estimate"
LEFT_OUT = "left out: not every seed has a value"
NOT_POSITIVE = "not positive: nowhere on a logarithmic axis"
KINDS = {ESTIMATE: "circle", LEFT_OUT: "cross", NOT_POSITIVE: "triangle-down"}

# A colour and a shape for how a member ended.
DASH = "M-1,-0.2H1V0.2H-1Z"
STATUS = {
    "absent": ("#8c8c8c", DASH),
    "converged": ("#1f77b4", "circle"),
    "evaluation_limit": ("#ff7f0e", "triangle-up"),
    "time_limit": ("#bc7a00", "square"),
    "not_finite": ("#d62728", "cross"),
    "step_underflow": ("#9467bd", "diamond"),
}
COLOURS, SHAPES = zip(*(STATUS[name] for name in schema.STATUS), strict=True)


def _ladder(*mantissas: float) -> list[float]:
    return [round(k + math.log10(m), 6) for k in range(-12, 13) for m in mantissas]


# Ticks of a logarithmic axis by the decades that it spans; below the last it has the ticks of a linear one.
TICKS = {2: _ladder(1), 0.8: _ladder(1, 2, 5), 0.15: _ladder(1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)}


class Choices(NamedTuple):
    """What there is to choose from.

    experiments : label of each; intervals : what the interval of each is; observables and quantities : variables of points and
    of members that each has measured. An experiment of several depths L is one for each of them.
    """

    experiments: Mapping[str, str]
    intervals: Mapping[str, str]
    observables: Mapping[str, Sequence[str]]
    quantities: Mapping[str, Sequence[str]]


def title_of(name: str) -> str:
    """Long name and, unless it is 1, unit of a variable."""
    variable = VARIABLES[name]
    return variable.long_name if variable.units == "1" else f"{variable.long_name} [{variable.units}]"


def status_of(quantity: str) -> str:
    """The status of the dynamics that a variable of members was measured in."""
    return next(
        (flag for flag in schema.FLAGS if flag.endswith("_status") and quantity.startswith(flag.removesuffix("status"))), "status"
    )


BEHIND = {name: behind(name) for name in schema.SUMMARY if behind(name)}
STATUS_OF = {name: status_of(name) for name in schema.RAW}


def draw(points: str, members: str, choices: Choices) -> alt.VConcatChart:
    """The chart from the tables of points and of members, as CSV (`crossover.explorer.tables`)."""
    fields = ["experiment", *schema.POINT]
    chosen = alt.selection_point(name="chosen", fields=fields, nearest=True, on="click", toggle=False)
    charts = _estimates(_data(points), choices, chosen), _members(_data(members), _data(points), choices)
    return (
        alt.vconcat(*charts, spacing=30, autosize=alt.AutoSizeParams(resize=True))
        .resolve_scale(color="independent", shape="independent")
        .add_params(*_selectors(choices), *_derived())
        .configure_axis(titleFontSize=12, titleFontWeight="normal")
        .configure_title(anchor="start", frame="group", fontSize=14, offset=8)
    )


def _data(csv: str) -> alt.InlineData:
    names = set(csv.partition("\n")[0].split(",")) - {"experiment", *schema.FLAGS}
    return alt.InlineData(csv, format=alt.CsvDataFormat(type="csv", parse=dict.fromkeys(sorted(names), "number")))


def _titles(of_experiments: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Title of each variable that an experiment has."""
    return {name: title_of(name) for names in of_experiments.values() for name in names}


def _selectors(choices: Choices) -> list[alt.Parameter]:
    """The selectors of the page, in their order."""

    def one_of(name: str, labels: Mapping, text: str, bind=alt.binding_select) -> alt.Parameter:
        bound = bind(options=list(labels), labels=list(labels.values()), name=text, element="#selectors")
        return alt.param(name=name, value=next(iter(labels)), bind=bound)

    def check(name: str, value: bool, text: str) -> alt.Parameter:
        return alt.param(name=name, value=value, bind=alt.binding_checkbox(name=text, element="#selectors"))

    return [
        one_of("experiment", choices.experiments, "experiment"),
        one_of("observable", _titles(choices.observables), "observable"),
        one_of("x_axis", X_AXES, "x axis", alt.binding_radio),
        one_of("curves", CURVES, "curves by", alt.binding_radio),
        check("x_log", True, "logarithmic x"),
        check("y_log", False, "logarithmic y"),
        check("show_interval", True, "interval"),
        one_of("quantity", {"": "as the observable"} | _titles(choices.quantities), "members show"),
    ]


def _derived() -> list[alt.Parameter]:
    """The variable that the members show, and whether a point of what is drawn has been clicked."""
    same = "isDefined(chosen.experiment) && chosen.experiment[0] == experiment"
    return [
        alt.param(name="shown", expr=f"quantity || {_lookup(BEHIND, 'observable')} || 'test_error'"),
        alt.param(name="clicked", expr=same),
    ]


def _lookup(mapping: Mapping, key: str) -> str:
    """The expression that looks a key up in a mapping."""
    return f"({json.dumps(mapping, ensure_ascii=False)})[{key}]"


def _scaled(value: str, log: str) -> str:
    return f"({log} ? log({value}) / LN10 : {value})"


def _axis(scale: str, log: str) -> alt.Axis:
    """An axis on which logarithms, when taken, show as the values they are of."""
    ticks = " : ".join(f"span(domain('{scale}')) > {decades} ? {ticks}" for decades, ticks in TICKS.items())
    return alt.Axis(
        values=alt.ExprRef(f"{log} ? ({ticks} : null) : null"),
        labelExpr=f"{log} ? format(pow(10, datum.value), datum.value < 3 ? '.3~g' : '~g') : format(datum.value, '~g')",
        labelOverlap="greedy",
        title=None,
        minExtent=EXTENT,
    )


def _title(of_experiments: Mapping[str, Sequence[str]], name: str) -> alt.TitleParams:
    """What the y axis is, or that the experiment has not measured it."""
    named = _lookup(_titles(of_experiments), name)
    measured = f"indexof({_lookup(of_experiments, 'experiment')}, {name}) >= 0"
    return alt.TitleParams(alt.ExprRef(f"({measured} ? '' : 'not measured in ' + experiment + ': ') + {named}"))


def _text(expression: str, **place) -> alt.Chart:
    """A line of text at a place in pixels."""
    return alt.Chart(alt.InlineData([{}])).mark_text(text=alt.ExprRef(expression), fontSize=12, **place)


def _numbers(*names: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{name}:Q", title=name, format=".4~g") for name in names]


def _on_the_floor(chart: alt.Chart, *names: str) -> alt.Chart:
    """Add ``floor``, the least of what is drawn, where things lie that have no place on the axis."""
    chart = chart.transform_joinaggregate(**{f"least_{name}": f"min({name})" for name in names})
    least = [f"(isValid(datum.least_{name}) ? datum.least_{name} : MAX_VALUE)" for name in names]
    return chart.transform_calculate(least=f"min({', '.join(least)})").transform_calculate(
        floor="datum.least < MAX_VALUE ? datum.least : 0"
    )


def _placed(points: alt.InlineData) -> alt.Chart:
    """The points of the chosen experiment: kind, x, y and the ends of the interval as drawn."""
    known = "show_interval && isValid(datum.estimate) && isValid(datum.low)"
    chart = (
        alt.Chart(points)
        .transform_filter("datum.experiment == experiment")
        .transform_calculate(
            value="datum[observable]",
            low="datum[observable + '_low']",
            high="datum[observable + '_high']",
            curve="datum[curves]",
            x=_scaled("datum[x_axis]", "x_log"),
        )
        .transform_calculate(
            kind=f"!isValid(datum.value) ? '{LEFT_OUT}' : y_log && datum.value <= 0 ? '{NOT_POSITIVE}' : '{ESTIMATE}'"
        )
        .transform_calculate(estimate=f"datum.kind == '{ESTIMATE}' ? {_scaled('datum.value', 'y_log')} : null")
        .transform_calculate(
            upper=f"{known} ? {_scaled('datum.high', 'y_log')} : null",
            lower=f"{known} && !(y_log && datum.low <= 0) ? {_scaled('datum.low', 'y_log')} : null",
        )
    )
    return _on_the_floor(chart, "estimate", "lower").transform_calculate(
        y="isValid(datum.estimate) ? datum.estimate : datum.floor",
        # an interval that holds 0 has no end on a logarithmic axis: it goes down to the floor
        lower="isValid(datum.upper) && !isValid(datum.lower) ? datum.floor : datum.lower",
    )


def _estimates(points: alt.InlineData, choices: Choices, chosen: alt.Parameter) -> alt.LayerChart:
    """An observable against an axis, a curve for each h or sqrt(h) alpha, with intervals; a click chooses a point."""
    base = _placed(points)
    x = alt.X("x:Q").scale(zero=False, nice=False, padding=14).axis(_axis("estimates_x", "x_log"))
    y = alt.Y("y:Q").scale(zero=False, padding=8).axis(_axis("estimates_y", "y_log"))
    label = f"{_lookup(CURVES, 'curves')} + ' = ' + format(datum.value, '~g')"
    colour = alt.Color("curve:O", title=None).scale(scheme=alt.SchemeParams("viridis", extent=[0, 0.92]))
    colour = colour.legend(labelExpr=label, symbolType="circle", symbolOpacity=1)
    shape = alt.Shape("kind:N", title=None).scale(domain=list(KINDS), range=list(KINDS.values()))
    shape = shape.legend(orient="bottom", labelLimit=400, offset=24, symbolFillColor="#555", symbolStrokeWidth=0)
    line = base.transform_filter("x_axis != curves").mark_line(strokeWidth=1.5)
    bars = base.transform_filter("isValid(datum.upper)").mark_rule(strokeWidth=1.5, opacity=0.6)
    dots = base.mark_point(filled=True, opacity=1).encode(
        *(x, y, colour, shape),
        size=alt.when(chosen, empty=False).then(alt.value(230)).otherwise(alt.value(60)),
        tooltip=_numbers(*schema.POINT, "alpha", "value", "low", "high", "seeds_converged", "seeds_wanted"),
    )
    interval = f"(show_interval ? ', bars: ' + {_lookup(choices.intervals, 'experiment')} : '')"
    drawn = f"{_lookup(choices.experiments, 'experiment')} + {interval}"
    return alt.layer(
        line.encode(x, alt.Y("estimate:Q"), colour),
        bars.encode(x, alt.Y("lower:Q"), alt.Y2("upper:Q"), colour),
        dots.add_params(chosen).properties(name="points"),
        _text(_lookup({name: title_of(name) for name in X_AXES}, "x_axis"), x=WIDTH / 2, y=HEIGHT + 34),
        _text(drawn, **UNDER_THE_TITLE),
    ).properties(name="estimates", title=_title(choices.observables, "observable"), width=WIDTH, height=HEIGHT)


def _members(members: alt.InlineData, points: alt.InlineData, choices: Choices) -> alt.LayerChart:
    """The members behind the chosen point: their value and status, and the estimate made of them with its interval."""
    of_chosen = {"and": ["clicked", {"param": "chosen", "empty": False}]}
    base = alt.Chart(members).transform_filter(of_chosen)
    base = base.transform_calculate(value="datum[shown]", ended=f"datum[{_lookup(STATUS_OF, 'shown')}]")
    there = "isValid(datum.value) && !(y_log && datum.value <= 0)"
    base = base.transform_calculate(there=f"{there} ? {_scaled('datum.value', 'y_log')} : null")
    base = _on_the_floor(base, "there").transform_calculate(y="isValid(datum.there) ? datum.there : datum.floor")
    scale = {"domain": list(schema.STATUS)}
    dots = base.mark_point(filled=True, size=80).encode(
        alt.X("seed:O", title=title_of("seed")).axis(labelAngle=0, labelOverlap="greedy", minExtent=EXTENT / 2),
        alt.Y("y:Q").scale(zero=False, padding=8).axis(_axis("members_y", "y_log")),
        alt.Color("ended:N", title=title_of("status")).scale(**scale, range=list(COLOURS)),
        alt.Shape("ended:N", title=title_of("status")).scale(**scale, range=list(SHAPES)),
        opacity=alt.when("isValid(datum.there)").then(alt.value(1)).otherwise(alt.value(0.4)),
        tooltip=["ended:N", *_numbers("seed", *_titles(choices.quantities))],
    )
    same = f"shown == {_lookup(BEHIND, 'observable')}"
    estimate = _placed(points).transform_filter(of_chosen).transform_filter(f"isValid(datum.estimate) && {same}")
    point = "'Members at L = ' + chosen.L[0] + ', h = ' + chosen.h[0] + ', √h α = ' + format(chosen.sqrt_h_alpha[0], '~g')"
    explained = f"({same} ? '; grey: estimate and interval, if any' : '') + '; faded, at the bottom: no value on this axis'"
    which = f"clicked ? {point} + {explained} : 'Click a point above to see the members behind it'"
    return alt.layer(
        estimate.mark_rect(opacity=0.15, color="#555").encode(alt.Y("lower:Q"), alt.Y2("upper:Q")),
        estimate.mark_rule(color="#555").encode(alt.Y("estimate:Q")),
        dots,
        _text(which, **UNDER_THE_TITLE),
    ).properties(name="members", title=_title(choices.quantities, "shown"), width=WIDTH, height=MEMBERS_HEIGHT)
