"""The chart of the explorer: estimates with their intervals above, the members behind one of them below.

Vega-Lite has neither scales nor axis titles that follow a selector. So logarithms are taken of the data, with ticks that
say the values they are of, and titles of axes are marks of text.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import altair as alt

from crossover import schema

WIDTH, HEIGHT, MEMBERS_HEIGHT = 760, 380, 200  # pixels
POINT = ("experiment", *schema.POINT)
X_AXES = {"sqrt_h_alpha": "√h α", "alpha": "α", "h": "h"}
CURVES = {"h": "h", "sqrt_h_alpha": "√h α"}
VARIABLES = schema.COORDINATES | schema.RAW | schema.SUMMARY
# A shape for what a point is.
ESTIMATE, LEFT_OUT, NOT_POSITIVE = "estimate", "left out: not every seed converged", "not positive: nowhere on a logarithmic axis"
KINDS = {ESTIMATE: "circle", LEFT_OUT: "cross", NOT_POSITIVE: "triangle-down"}
DASH = "M-1,-0.2H1V0.2H-1Z"
# A colour and a shape for how a member ended.
STATUS = {
    "absent": ("#8c8c8c", DASH),
    "converged": ("#1f77b4", "circle"),
    "evaluation_limit": ("#ff7f0e", "triangle-up"),
    "time_limit": ("#bc7a00", "square"),
    "not_finite": ("#d62728", "cross"),
    "step_underflow": ("#9467bd", "diamond"),
}
COLOURS, SHAPES = zip(*(STATUS[name] for name in schema.STATUS), strict=True)
# Ticks of a logarithmic axis of about a decade.
ONE_TWO_FIVE = [round(k + math.log10(m), 6) for k in range(-12, 13) for m in (1, 2, 5)]


class Choices(NamedTuple):
    """What there is to choose from.

    experiments : label of each; intervals : what the interval of each is; depths : values of L; observables and quantities :
    variables of points and of members that each experiment has.
    """

    experiments: Mapping[str, str]
    intervals: Mapping[str, str]
    depths: Sequence[int]
    observables: Mapping[str, Sequence[str]]
    quantities: Mapping[str, Sequence[str]]


def title_of(name: str) -> str:
    """Long name and, unless it is 1, unit of a variable."""
    variable = VARIABLES[name]
    return variable.long_name if variable.units == "1" else f"{variable.long_name} [{variable.units}]"


def behind(observable: str) -> str | None:
    """The variable of members that an observable is made of; None where it is no number of a member, as the predictors of Var F."""
    name = observable.removesuffix("_mean").replace("ensemble_test_error", "test_error")
    return name if schema.RAW.get(name, schema.DATASET["y_test"]).dims == schema.MEMBER else None


def draw(points: str, members: str, choices: Choices) -> alt.VConcatChart:
    """The chart from the tables of points and of members, as CSV (`crossover.explorer.tables`)."""
    chosen = alt.selection_point(name="chosen", fields=list(POINT), nearest=True, on="click", toggle=False)
    above, below = _estimates(_data(points), choices, chosen), _members(_data(members), _data(points), choices, chosen)
    chart = alt.vconcat(above, below, spacing=30).resolve_scale(color="independent", shape="independent")
    return chart.add_params(*_selectors(choices), *_derived()).configure_axis(titleFontSize=12, titleFontWeight="normal").configure_title(fontSize=14)


def _data(csv: str) -> alt.InlineData:
    names = csv.partition("\n")[0].split(",")
    texts = {"experiment", *schema.FLAGS}
    return alt.InlineData(csv, format=alt.CsvDataFormat(type="csv", parse={name: "number" for name in names if name not in texts}))


def _once(of_experiments: Mapping[str, Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in of_experiments.values() for name in names))


def _labels(of_experiments: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: title_of(name) for name in _once(of_experiments)}


def _lookup(mapping: Mapping, key: str) -> str:
    """The expression that looks a key up in a mapping."""
    return f"({json.dumps(mapping, ensure_ascii=False)})[{key}]"


def _selectors(choices: Choices) -> list[alt.Parameter]:
    """The selectors of the page, in their order."""

    def one_of(name: str, labels: Mapping, text: str, bind=alt.binding_select) -> alt.Parameter:
        bound = bind(options=list(labels), labels=list(labels.values()), name=text, element="#selectors")
        return alt.param(name=name, value=next(iter(labels)), bind=bound)

    def check(name: str, value: bool, text: str) -> alt.Parameter:
        return alt.param(name=name, value=value, bind=alt.binding_checkbox(name=text, element="#selectors"))

    return [
        one_of("experiment", choices.experiments, "experiment"),
        one_of("depth", {depth: str(depth) for depth in choices.depths}, "hidden layers L"),
        one_of("observable", _labels(choices.observables), "observable"),
        one_of("x_axis", X_AXES, "x axis", alt.binding_radio),
        one_of("curves", CURVES, "curves by", alt.binding_radio),
        check("x_log", True, "logarithmic x"),
        check("y_log", False, "logarithmic y"),
        check("show_interval", True, "interval"),
        one_of("quantity", {"": "as the observable"} | _labels(choices.quantities), "members show"),
    ]


def _derived() -> list[alt.Parameter]:
    """The variable of the members that the lower chart shows; whether a point of what is shown has been clicked."""
    of_members = {name: behind(name) for name in schema.SUMMARY if behind(name)}
    same = "chosen.experiment && chosen.experiment[0] == experiment && chosen.L[0] == depth"
    return [
        alt.param(name="shown", expr=f"quantity || {_lookup(of_members, 'observable')} || 'test_error'"),
        alt.param(name="clicked", expr=f"isDefined(chosen.experiment) && {same}"),
    ]


def _scaled(value: str, log: str) -> str:
    return f"({log} ? log({value}) / LN10 : {value})"


def _axis(scale: str, log: str) -> alt.Axis:
    """An axis on which logarithms, when taken, show as the values they are of."""
    ticks = f"span(domain('{scale}')) > 2 ? sequence(-12, 13) : span(domain('{scale}')) > 0.8 ? {ONE_TWO_FIVE} : null"
    return alt.Axis(
        title=None,
        values=alt.ExprRef(f"{log} ? ({ticks}) : null"),
        labelExpr=f"{log} ? format(pow(10, datum.value), datum.value < 3 ? '.3~g' : '~g') : format(datum.value, '~g')",
        labelOverlap="greedy",
    )


def _text(text: str, **place) -> alt.Chart:
    """The title of an axis, from an expression."""
    return alt.Chart(alt.InlineData([{}])).mark_text(text=alt.ExprRef(text), fontSize=12, **place)


def _on_the_floor(chart: alt.Chart, names: Sequence[str]) -> alt.Chart:
    """Add `floor`, the lowest of what is drawn, where things lie that have no place on the axis."""
    chart = chart.transform_joinaggregate(**{f"least_{name}": f"min({name})" for name in names})
    least = [f"(isValid(datum.least_{name}) ? datum.least_{name} : MAX_VALUE)" for name in names]
    return chart.transform_calculate(least=f"min({', '.join(least)})").transform_calculate(
        floor="datum.least < MAX_VALUE ? datum.least : 0"
    )


def _placed(points: alt.InlineData, choices: Choices) -> alt.Chart:
    """The points of the chosen experiment that have the observable: kind, x, y and the ends of the interval as drawn."""
    chart = alt.Chart(points).transform_filter(
        f"datum.experiment == experiment && datum.L == depth && {_has(choices.observables, 'observable')}"
    )
    chart = chart.transform_calculate(
        value="datum[observable]",
        low="datum[observable + '_low']",
        high="datum[observable + '_high']",
        curve="datum[curves]",
        x=_scaled("datum[x_axis]", "x_log"),
    )
    chart = chart.transform_calculate(
        kind=f"!isValid(datum.value) ? '{LEFT_OUT}' : y_log && datum.value <= 0 ? '{NOT_POSITIVE}' : '{ESTIMATE}'"
    )
    chart = chart.transform_calculate(estimate=f"datum.kind == '{ESTIMATE}' ? {_scaled('datum.value', 'y_log')} : null")
    known = "show_interval && isValid(datum.estimate) && isValid(datum.low)"
    chart = chart.transform_calculate(
        upper=f"{known} ? {_scaled('datum.high', 'y_log')} : null",
        lower=f"{known} && !(y_log && datum.low <= 0) ? {_scaled('datum.low', 'y_log')} : null",
    )
    # an interval that holds 0 has no end on a logarithmic axis: it goes down to the floor
    return _on_the_floor(chart, ["estimate", "lower"]).transform_calculate(
        y="isValid(datum.estimate) ? datum.estimate : datum.floor",
        lower="isValid(datum.upper) && !isValid(datum.lower) ? datum.floor : datum.lower",
    )


def _has(of_experiments: Mapping[str, Sequence[str]], name: str) -> str:
    """The expression for: the chosen experiment has the variable that is the value of the parameter ``name``."""
    return f"indexof({_lookup(of_experiments, 'experiment')}, {name}) >= 0"


def _estimates(points: alt.InlineData, choices: Choices, chosen: alt.Parameter) -> alt.LayerChart:
    """An observable against an axis, a curve for each h or sqrt(h) alpha, with intervals; a click chooses a point."""
    base = _placed(points, choices)
    x = alt.X("x:Q").scale(zero=False, nice=False, padding=14).axis(_axis("estimates_x", "x_log"))
    y = alt.Y("y:Q").scale(zero=False, padding=8).axis(_axis("estimates_y", "y_log"))
    label = f"{_lookup(CURVES, 'curves')} + ' = ' + format(datum.value, '~g')"
    colour = alt.Color("curve:O", title=None, scale=alt.Scale(scheme=alt.SchemeParams("viridis", extent=[0, 0.92])))
    colour = colour.legend(labelExpr=label, symbolType="circle", symbolOpacity=1)
    shape = alt.Shape("kind:N", title=None).scale(domain=list(KINDS), range=list(KINDS.values()))
    lines = base.transform_filter("x_axis != curves").mark_line(strokeWidth=1.5).encode(x, alt.Y("estimate:Q"), colour)
    bars = base.transform_filter("isValid(datum.upper)").mark_rule(strokeWidth=1.5, opacity=0.6)
    dots = base.mark_point(filled=True, opacity=1).encode(
        x,
        y,
        colour,
        shape.legend(orient="bottom", labelLimit=400, offset=46, symbolFillColor="#555"),
        size=alt.when(chosen, empty=False).then(alt.value(230)).otherwise(alt.value(60)),
        tooltip=[*_numbers(*schema.POINT, "alpha"), *_numbers("value", "low", "high"), *_numbers("seeds_converged", "seeds_wanted")],
    )
    titles = (
        _text(_lookup({name: title_of(name) for name in X_AXES}, "x_axis"), x=WIDTH / 2, y=HEIGHT + 34),
        _text(_lookup(_labels(choices.observables), "observable"), x=-58, y=HEIGHT / 2, angle=270),
    )
    layers = (lines, bars.encode(x, alt.Y("lower:Q"), alt.Y2("upper:Q"), colour), dots.add_params(chosen).properties(name="points"), *titles)
    drawn = f"{_lookup(choices.experiments, 'experiment')} + ', L = ' + depth + (show_interval ? ', bars: ' + {_lookup(choices.intervals, 'experiment')} : '')"
    missing = "'not measured in experiment ' + experiment"
    title = alt.Title(alt.ExprRef(f"{_has(choices.observables, 'observable')} ? {drawn} : {missing}"), anchor="start")
    return alt.layer(*layers).properties(name="estimates", title=title, width=WIDTH, height=HEIGHT)


def _numbers(*names: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{name}:Q", title=name, format=".4~g") for name in names]


def _members(members: alt.InlineData, points: alt.InlineData, choices: Choices, chosen: alt.Parameter) -> alt.LayerChart:
    """The members behind the chosen point: their value and status, and the estimate made of them with its interval."""
    base = alt.Chart(members).transform_filter("clicked").transform_filter({"param": "chosen", "empty": False})
    base = base.transform_calculate(value="datum[shown]").transform_calculate(
        there=f"isValid(datum.value) && !(y_log && datum.value <= 0) ? {_scaled('datum.value', 'y_log')} : null"
    )
    base = _on_the_floor(base, ["there"]).transform_calculate(y="isValid(datum.there) ? datum.there : datum.floor")
    y = alt.Y("y:Q").scale(zero=False, padding=8).axis(_axis("members_y", "y_log"))
    status = list(schema.STATUS)
    dots = base.mark_point(filled=True, opacity=1, size=70).encode(
        alt.X("seed:O", title=title_of("seed")).axis(labelAngle=0, labelOverlap="greedy"),
        y,
        alt.Color("status:N", title=title_of("status")).scale(domain=status, range=list(COLOURS)),
        alt.Shape("status:N", title=title_of("status")).scale(domain=status, range=list(SHAPES)),
        tooltip=["status:N", *_numbers("seed", *_once(choices.quantities))],
    )
    estimate = _placed(points, choices).transform_filter("clicked").transform_filter({"param": "chosen", "empty": False})
    estimate = estimate.transform_filter(f"isValid(datum.estimate) && shown == {_lookup({name: behind(name) for name in schema.SUMMARY if behind(name)}, 'observable')}")
    layers = (
        estimate.mark_rect(opacity=0.15, color="#555").encode(alt.Y("lower:Q"), alt.Y2("upper:Q")),
        estimate.mark_rule(color="#555").encode(alt.Y("estimate:Q")),
        dots,
        _text(_lookup(_labels(choices.quantities), "shown"), x=-58, y=MEMBERS_HEIGHT / 2, angle=270),
    )
    where = "experiment + ', L = ' + chosen.L[0] + ', h = ' + chosen.h[0] + ', √h α = ' + format(chosen.sqrt_h_alpha[0], '~g')"
    title = alt.Title(
        alt.ExprRef(f"clicked ? 'Members of ' + {where} : 'Click a point to see the members behind it'"), anchor="start"
    )
    return alt.layer(*layers).properties(name="members", title=title, width=WIDTH, height=MEMBERS_HEIGHT)
