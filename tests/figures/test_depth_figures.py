import json
import warnings

import numpy as np
import pytest

from crossover import cubes, figures, items
from depth_specs import SPECS, made


def file_of(name: str, **more):
    """The cube of an item from its small spec."""
    return cubes.make(name, made(name), cubes.provenance(kind=name, title="made", spec=json.dumps(SPECS[name]), **more))


def roles(name: str) -> dict:
    """The cubes of a figure by role."""
    names = {"sphere": "depth_fig6", "mnist": "depth_fig6_mnist"} if name == "depth_fig6" else {"theory": name}
    return {role: file_of(each) for role, each in names.items()}


@pytest.fixture(scope="module")
def drawn():
    """Every figure of the depth paper from small specs, and its cube."""
    found = {}
    for name, item in items.FIGURES.items():
        if item.section != "depth":
            continue
        given = roles(name)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure = figures.load(name)(given, {})
            figure.canvas.draw()
        found[name] = figure, next(iter(given.values()))
    return found


@pytest.mark.parametrize(
    ("name", "panels"),
    [
        ("depth_fig1", 2),
        ("depth_fig2", 6),
        ("depth_fig3", 2),
        ("depth_fig4", 4),
        ("depth_fig5", 4),
        ("depth_fig6", 12),
        ("depth_fig7", 2),
        ("depth_fig8", 2),
        ("depth_prop4", 3),
        ("depth_remarks", 4),
    ],
)
def test_panels_are_lettered(drawn, name, panels):
    letters = [axes.get_title(loc="left") for axes in drawn[name][0].axes if axes.get_title(loc="left")]
    assert letters == [f"({letter})" for letter in "abcdefghijkl"[:panels]]


def test_curves_hold_the_numbers_of_the_cube(drawn):
    figure, data = drawn["depth_fig7"]
    curves = {line.get_label(): line for line in figure.axes[0].lines}
    for depth in data["weight_layers"].values:
        wanted = data["smallest_eigenvalue"].sel(weight_layers=depth).mean("draw")
        np.testing.assert_allclose(curves[f"$L$ = {depth}"].get_ydata(), wanted)


def test_the_map_shows_the_kernel_of_the_angle(drawn):
    figure, data = drawn["depth_fig2"]
    [image] = figure.axes[3].images
    shown = image.get_array().filled(np.nan)
    kernel = data["ntk"].values[0]
    # the point itself lies between pixels; the rim is outside the sphere
    assert np.nanmax(shown) == pytest.approx(1, abs=0.02)
    assert np.isnan(shown[0, 0])
    middle = shown[shown.shape[0] // 2, shown.shape[1] // 2]
    assert middle == pytest.approx(np.interp(np.pi / 4, data["angle"].values, kernel), abs=1e-12)


def test_a_stand_in_is_said_above_the_figure():
    figure = figures.load("depth_fig5")({"theory": file_of("depth_fig5", stand_in_for="mnist_rows")}, {})
    assert figure.get_suptitle() == "digits (stands in for mnist_rows), n = 6"


def test_a_data_set_that_is_absent_leaves_a_row_that_says_so():
    figure = figures.load("depth_fig6")({"sphere": file_of("depth_fig6")}, {"mnist": "no files of mnist"})
    figure.canvas.draw()
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert sum("no files of mnist" in text for text in texts) == 3


def test_measured_and_predicted_changes_are_those_of_the_cube(drawn):
    figure, data = drawn["depth_prop4"]
    lines = [line.get_ydata() for line in figure.axes[0].lines]
    for ratio in data["width_ratio"].values:
        cut = data.sel(width_ratio=ratio)
        assert any(np.array_equal(line, cut["feature_change"].mean("seed")) for line in lines if len(line) == 3)
        assert any(np.allclose(line, float(cut["joint_prediction"])) for line in lines)
