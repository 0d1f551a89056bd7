import warnings

import numpy as np
import pytest

from crossover import cubes, figures
from depth_specs import SPECS, stage


@pytest.fixture(scope="module")
def drawn():
    """Every figure of the depth paper from small specs, and its cube."""
    found = {}
    for name, spec in SPECS.items():
        arrays = stage(name).run(spec | {"seed": 0})
        data = cubes.make(name, arrays, cubes.provenance(kind=name, title="made", spec="{}"))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure = figures.load(name)({"theory": data}, {})
            figure.canvas.draw()
        found[name] = figure, data
    return found


@pytest.mark.parametrize(
    ("name", "panels"),
    [
        ("depth_fig1", 2),
        ("depth_fig2", 6),
        ("depth_fig3", 2),
        ("depth_fig4", 4),
        ("depth_fig6", 4),
        ("depth_fig7", 2),
        ("depth_fig8", 2),
    ],
)
def test_panels_are_lettered(drawn, name, panels):
    letters = [axes.get_title(loc="left") for axes in drawn[name][0].axes if axes.get_title(loc="left")]
    assert letters == [f"({letter})" for letter in "abcdefgh"[:panels]]


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
