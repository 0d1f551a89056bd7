"""The explorer in headless Chromium: what it loads, what its selectors change, what a click shows."""

import re
from contextlib import contextmanager
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from playwright.sync_api import Page

import made
from crossover import schema
from crossover.explorer import chart
from crossover.explorer import page as page_of

LINES, BARS, POINTS = "g.estimates_layer_0_marks path", "g.estimates_layer_1_marks line", "g.points_0_marks path"
MEMBERS = "g.members_layer_2_marks path"

# Texts of the chart that reach out of it.
CUT = """() => {
    const whole = document.querySelector("#explorer svg.marks"), outer = whole.getBoundingClientRect();
    const inside = box => box.left >= outer.left && box.right <= outer.right + 1 && box.bottom <= outer.bottom + 1;
    const cut = [...whole.querySelectorAll("text")].filter(text => !inside(text.getBoundingClientRect()));
    return cut.map(text => text.textContent);
}"""
SETTLED = "async () => { await window.view.runAsync(); }"
FIELD = re.compile(r"([^:;]+): (left out: [^;]*|not positive: [^;]*|[^;]*)(?:; |$)")


@pytest.fixture(scope="module")
def raw():
    return made.plane()


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """The page of two made experiments."""
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    path.write_text(page_of(made.run()), encoding="utf-8")
    return path


@contextmanager
def _opened(browser, file: Path):
    """The page, freshly loaded; fails at the end when it said an error or asked for anything but its own file."""
    page = browser.new_page(viewport={"width": 1200, "height": 1050})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_function("window.view")
    yield page
    page.close()
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]


@pytest.fixture
def page(browser, file):
    """The page of the made experiments."""
    with _opened(browser, file) as page:
        yield page


def _marks(page: Page, which: str) -> list[dict[str, str]]:
    """What the marks of a kind say they show, by field."""
    page.evaluate(SETTLED)
    labels = [mark.get_attribute("aria-label").replace("−", "-") for mark in page.locator(which).all()]
    return [dict(FIELD.findall(label)) for label in labels]


def _click(page: Page, **point: str) -> None:
    """Click the point with these labels."""
    [index] = [k for k, mark in enumerate(_marks(page, POINTS)) if mark.items() >= point.items()]
    box = page.locator(POINTS).nth(index).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def _choose(page: Page, name: str, value: str | bool) -> None:
    """Use a selector as a person would."""
    if isinstance(value, bool):
        page.locator(f"#selectors input[name={name}]").set_checked(value)
    elif page.locator(f"#selectors select[name={name}]").count():
        page.locator(f"#selectors select[name={name}]").select_option(value)
    else:
        page.locator(f"#selectors input[name={name}][value={value}]").check()


def _number(text: str) -> float:
    return float("nan" if text == "null" else text)


def _of(marks: list[dict[str, str]], name: str) -> list[float]:
    return [_number(mark[name]) for mark in marks]


def _title(page: Page, chart: str) -> str:
    return page.locator(f"g.{chart}_group g.role-title-text text").first.text_content()


def test_the_estimates_and_intervals_drawn_are_those_of_the_summary_cube(page, raw):
    summary = made.summary_of(raw)
    marks, bars = _marks(page, POINTS), _marks(page, BARS)
    drawn = [mark for mark in marks if mark["kind"] == "estimate"]
    assert (len(marks), len(drawn), len(bars)) == (8, 6, 6)
    for mark, bar in zip(drawn, bars, strict=True):
        cell = summary.sel(L=2, h=int(mark["h"]), sqrt_h_alpha=float(mark["sqrt_h_alpha"]))
        assert _number(mark["x"]) == pytest.approx(np.log10(float(cell["sqrt_h_alpha"])))
        assert _number(mark["y"]) == pytest.approx(float(cell["test_error_mean"]), rel=1e-5)
        ends = [_number(bar["lower"]), _number(bar["upper"])]
        np.testing.assert_allclose(ends, cell["test_error_mean_interval"].values, rtol=1e-5)


def test_the_point_of_a_failed_seed_is_a_cross_on_the_floor(page):
    floor = min(_of(_marks(page, BARS), "lower"))
    left_out = [mark for mark in _marks(page, POINTS) if mark["kind"] != "estimate"]
    assert [mark["kind"] for mark in left_out] == [chart.LEFT_OUT] * 2
    assert [(mark["h"], mark["sqrt_h_alpha"]) for mark in left_out] == [("8", "0.01"), ("8", "0.1")]
    assert _of(left_out, "y") == [floor, floor]


def test_the_selectors_of_the_axes_choose_x_and_curves_and_scale(page):
    assert {mark["curve"] for mark in _marks(page, POINTS)} == {"4", "8"}
    _choose(page, "x_log", False)
    marks = _marks(page, POINTS)
    assert _of(marks, "x") == _of(marks, "sqrt_h_alpha")
    _choose(page, "x_axis", "alpha")
    marks = _marks(page, POINTS)
    assert _of(marks, "x") == pytest.approx(_of(marks, "alpha"), rel=1e-3)
    _choose(page, "x_axis", "h")
    assert page.locator(LINES).count() == 0, "curves of one h have no line along h"
    _choose(page, "curves", "sqrt_h_alpha")
    marks = _marks(page, POINTS)
    assert _of(marks, "x") == _of(marks, "h")
    assert _of(marks, "curve") == _of(marks, "sqrt_h_alpha")
    assert page.locator(LINES).count() == 4


def test_a_logarithmic_y_axis_shows_logarithms_under_the_ticks_of_their_values(page):
    linear = [mark for mark in _marks(page, POINTS) if mark["kind"] == "estimate"]
    lows = _of(_marks(page, BARS), "lower")
    _choose(page, "y_log", True)
    logarithmic = [mark for mark in _marks(page, POINTS) if mark["kind"] == "estimate"]
    assert _of(logarithmic, "y") == pytest.approx(np.log10(_of(linear, "y")), abs=1e-5)
    shown = _of(_marks(page, BARS), "lower")
    positive = [low > 0 for low in lows]
    assert {True, False} == set(positive), "an interval that holds 0 among them"
    for low, end, known in zip(lows, shown, positive, strict=True):
        assert end == pytest.approx(np.log10(low) if known else min(shown), abs=1e-5)
    ticks = page.locator("g.estimates_group g.role-axis-label text").all_text_contents()
    assert {"0.01", "0.1", "1", "10"} <= set(ticks), "of x and of y"


def test_intervals_can_be_hidden(page):
    assert page.locator(BARS).count() == 6
    _choose(page, "show_interval", False)
    page.evaluate(SETTLED)
    assert page.locator(BARS).count() == 0


def test_experiment_and_observable_choose_what_is_drawn_and_named(page):
    _choose(page, "observable", "kernel_change_mean")
    assert _title(page, "estimates") == schema.SUMMARY["kernel_change_mean"].long_name
    _choose(page, "experiment", "variance, L = 3")
    assert {mark["kind"] for mark in _marks(page, POINTS)} == {chart.LEFT_OUT}
    assert _title(page, "estimates").startswith("not measured in variance, L = 3")
    _choose(page, "observable", "output_variance")
    summary = made.summary_of(made.variance())
    for depth in (2, 3):
        _choose(page, "experiment", f"variance, L = {depth}")
        expected = summary["output_variance"].sel(L=depth).values.ravel()
        np.testing.assert_allclose(_of(_marks(page, POINTS), "y"), expected, rtol=1e-5)
    assert _title(page, "estimates") == schema.SUMMARY["output_variance"].long_name


def test_a_click_shows_the_members_behind_a_point_with_how_they_ended(page, raw):
    assert page.get_by_text("Click a point above to see the members behind it").count() == 1
    _click(page, h="8", sqrt_h_alpha="0.1")
    cell = raw.sel(L=2, h=8, sqrt_h_alpha=0.1)
    members = _marks(page, MEMBERS)
    assert [member["ended"] for member in members] == ["converged", "converged", "not_finite", "converged"]
    there = [0, 1, 3]
    np.testing.assert_allclose(np.array(_of(members, "y"))[there], cell["test_error"].values[there], rtol=1e-5)
    assert members[2]["test_error"] == "null"
    assert len({mark.get_attribute("d") for mark in page.locator(MEMBERS).all()}) == 2, "a shape for each status"
    _click(page, h="4", sqrt_h_alpha="1")
    assert [member["ended"] for member in _marks(page, MEMBERS)] == ["converged", "converged", "absent", "absent"]
    opacity = [mark.get_attribute("opacity") for mark in page.locator(MEMBERS).all()]
    assert opacity == ["1", "1", "0.4", "0.4"]


def test_the_members_follow_the_observable_or_a_choice_of_their_own(page, raw):
    _click(page, h="8", sqrt_h_alpha="10")
    cell = raw.sel(L=2, h=8, sqrt_h_alpha=10.0)
    _choose(page, "observable", "kernel_change_mean")
    assert _title(page, "members") == schema.RAW["kernel_change"].long_name
    np.testing.assert_allclose(_of(_marks(page, MEMBERS), "y"), cell["kernel_change"], rtol=1e-5)
    _choose(page, "quantity", "frozen_init_t_stop")
    members = _marks(page, MEMBERS)
    np.testing.assert_allclose(_of(members, "y"), cell["frozen_init_t_stop"], rtol=1e-5)
    assert [member["ended"] for member in members] == ["converged", "time_limit", "converged", "converged"]
    _choose(page, "experiment", "variance, L = 2")
    assert _marks(page, MEMBERS) == [], "the point clicked is not drawn any more"
    assert _title(page, "members").startswith("not measured in variance, L = 2")


@pytest.mark.parametrize("case", ["every member failed", "one point"])
def test_cubes_with_little_to_draw_are_drawn_without_an_error(browser, tmp_path, case):
    cube = made.plane()
    if case == "one point":
        cube = cube.isel(h=[1], sqrt_h_alpha=[2])
    else:
        cube["status"][:] = schema.STATUS["step_underflow"]
    path = tmp_path / "explorer.html"
    path.write_text(page_of([cube, made.summary_of(cube)]), encoding="utf-8")
    with _opened(browser, path) as page:
        for observable in (name for name, variable in schema.OBSERVABLES.items() if variable.dims == schema.POINT):
            _choose(page, "observable", observable)
            _choose(page, "y_log", observable != "output_variance")
            assert len(_marks(page, POINTS)) == (1 if case == "one point" else 8)
        _click(page, h="8", sqrt_h_alpha="1")
        assert len(_marks(page, MEMBERS)) == 4


def test_a_picture_of_the_page_can_be_taken(page, tmp_path):
    _click(page, h="8", sqrt_h_alpha="1")
    path = tmp_path / "explorer.png"
    page.screenshot(path=path, full_page=True)
    picture = matplotlib.image.imread(path)
    assert picture.shape[0] > 900
    assert len(np.unique(picture.reshape(-1, picture.shape[-1]), axis=0)) > 100, "not a blank page"
    assert page.evaluate(CUT) == []
