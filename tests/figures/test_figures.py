import hashlib
import io
import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure

from crossover import cubes, figures
from crossover.figures import style
from crossover.items import FIGURES, paper
from crossover.stages import losses
from made_roles import roles_of
from synthetic import A, H, summary


def _losses():
    return cubes.make("losses", losses.run({"betas": [1.0, 5.0, 20.0]}), cubes.provenance(kind="losses", title="made", spec="{}"))


# Kinds of summary that a run can leave.
CUBES = {
    "whole": {},
    "bootstrap": {"seeds": 8, "kind": "bootstrap"},
    "failed points": {"failed": [(0, 3), (1, 0), (2, 8)]},
    "a failed width": {"failed": [(1, k) for k in range(len(A))]},
    "every point failed": {"failed": [(j, k) for j in range(len(H)) for k in range(len(A))]},
    "not a product": {"absent": [(1, k) for k in range(len(A)) if k % 3]},
    "one width": {"h": (20,)},
    "two widths": {"h": (20, 40)},
    "one alpha": {"a": (1.0,)},
    "one width and alpha": {"h": (20,), "a": (1.0,)},
    "two seeds": {"seeds": 2},
    "a flat error": {"test_error_mean": lambda h, a: 0.05 + 0 * a},
    "no crossing": {"kernel_change_mean": lambda h, a: 1e-3 / a},
}
# Kinds of which the figures are rendered too: where axes are empty or a point wide, and a whole one.
RENDERED = ("whole", "every point failed", "one width and alpha")
# figure: axes of a whole one, colour bars and right axes among them, and its letters
PANELS = {
    "fig3": (4, "abcd"),
    "fig4": (4, "abcd"),
    "fig5": (7, "abc"),
    "fig6": (6, "abcdef"),
    "fig7": (4, "abcd"),
    "fig8": (5, "abcd"),
    "fig9": (2, "ab"),
    "fig10": (4, "abcd"),
    "fig11": (1, ""),
    "fig12": (1, ""),
    "fig13": (4, "abcd"),
    "fig14": (1, ""),
    "fig15": (2, "ab"),
    "fig16": (2, "ab"),
    "more": (5, "abcd"),
}


def _draw(figure: str, made: dict):
    if figure == "fig1":
        return figures.load(figure)({"losses": _losses()}, {})
    return figures.load(figure)(roles_of(figure, **made), {})


def _save(figure: str, made: dict, folder):
    paths = [folder / f"{figure}.{ending}" for ending in ("png", "pdf")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = _draw(figure, made)
        figures.save(drawn, paths)
    return drawn, paths


@pytest.mark.parametrize("kind", CUBES)
@pytest.mark.parametrize("figure", PANELS)
def test_a_figure_draws_every_kind_of_summary_without_a_warning(figure, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = _draw(figure, CUBES[kind])
        if kind in RENDERED:
            drawn.savefig(io.BytesIO(), dpi=30)
    assert len(drawn.axes) == PANELS[figure][0]


@pytest.mark.parametrize("figure", ["fig1", "fig5", "fig8"])
def test_drawing_and_saving_twice_gives_the_same_bytes(figure, tmp_path):
    digests = []
    for folder in ("one", "two"):
        _, paths = _save(figure, {}, tmp_path / folder)
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in paths])
    assert digests[0] == digests[1]


def test_figure_1_shows_the_hinge_and_three_soft_hinges():
    [axes] = _draw("fig1", {}).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [rf"soft hinge, $\beta$ = {beta}" for beta in (1, 5, 20)] + ["hinge"]
    hinge = axes.lines[-1]
    np.testing.assert_allclose(hinge.get_ydata(), np.maximum(0, 1 - np.asarray(hinge.get_xdata())), atol=1e-12)


def _curves(axes) -> dict:
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def test_every_figure_of_the_article_is_among_the_tested_ones():
    assert {"fig1", *PANELS} == {name for name in FIGURES if paper("figures", name) == "article"}


@pytest.mark.parametrize("figure", PANELS)
def test_panels_are_lettered_and_labelled(figure):
    drawn = _draw(figure, {})
    letters = [axes.get_title(loc="left") for axes in drawn.axes if axes.get_title(loc="left")]
    assert letters == [f"({letter})" for letter in PANELS[figure][1]]
    assert all(axes.get_ylabel() for axes in drawn.axes)


@pytest.mark.parametrize(
    ("figure", "panel", "name", "scale"), [("fig3", 2, "test_error_mean", 100), ("fig5", 1, "kernel_change_mean", 1)]
)
def test_a_curve_holds_the_numbers_of_the_summary(figure, panel, name, scale):
    made = summary()
    curves = _curves(_draw(figure, {}).axes[panel])
    for position, h in enumerate(H):
        # one product
        np.testing.assert_allclose(curves[f"$h$ = {h}"].get_ydata(), made[name].values[0, position] * scale, rtol=1e-12)


def test_failed_points_are_left_out_of_a_curve():
    curves = _curves(_draw("fig3", {"failed": [(0, 3)]}).axes[2])
    assert len(curves[f"$h$ = {H[0]}"].get_xdata()) == len(A) - 1
    assert len(curves[f"$h$ = {H[1]}"].get_xdata()) == len(A)


@pytest.mark.parametrize("figure", PANELS)
def test_a_panel_without_a_point_says_so(figure):
    empty = "no point with all its seeds converged"
    panels = [[text.get_text() for text in axes.texts] for axes in _draw(figure, CUBES["every point failed"]).axes]
    # Figure 3a shows the points that were trained, Figures 5 and 8 have a colour bar; some files hold no converged points
    without = {"fig3": 1, "fig5": 1, "fig8": 3, "fig11": 1, "fig13": 4, "more": 1}.get(figure, 0)
    assert sum(empty in texts for texts in panels) == len(panels) - without
    assert not any(empty in [text.get_text() for text in axes.texts] for axes in _draw(figure, {}).axes)


def test_the_slope_in_the_legend_is_that_of_the_data():
    drawn = _draw("fig4", {"output_variance": lambda h, a: h**-0.7 + 0 * a, "noise": 0.0})
    labels = [label for label in _curves(drawn.axes[0]) if "slope" in label]
    assert labels
    assert all(label.endswith("slope -0.70") for label in labels)


def test_a_fit_leaves_out_what_is_not_there():
    x = np.array([1.0, 10.0, 100.0, 1000.0])
    assert style.fit(x, np.array([1.0, np.nan, 1e-4, 0.0])) == pytest.approx(-2)
    assert np.isnan(style.fit(x, np.full(4, np.nan)))


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (10.0, "10"), (0.32, "0.32"), (1e-3, "$10^{-3}$"), (1e4, "$10^{4}$")])
def test_numbers_in_legends_are_powers_of_ten_or_plain(value, text):
    assert style.power(value) == text


def test_a_few_of_the_values_hold_both_ends():
    assert style.few(np.arange(9), 4).tolist() == [0, 3, 5, 8]
    assert style.few(np.arange(3), 4).tolist() == [0, 1, 2]


def test_sweeps_are_the_widths_and_alphas_with_most_points():
    made = summary(absent=[(1, k) for k in range(1, len(A))]).isel(L=0)
    assert style.full_sweeps(made)["h"].values.tolist() == [H[0], H[2]]
    made = summary(absent=[(j, 4) for j in (0, 1)]).isel(L=0)
    assert A[4] not in style.width_sweeps(made)["sqrt_h_alpha"].values


def test_bands_are_cut_at_the_height_of_the_curves_beyond_them():
    axes = Figure().subplots()
    axes.plot([1, 2], [10.0, 14.0])
    axes.fill_between([1, 2], [-40.0, 9.0], [60.0, 15.0])
    style.cut_bands(axes)
    assert axes.get_ylim() == (6.0, 18.0)


def test_an_axis_that_no_band_widens_stays():
    axes = Figure().subplots()
    axes.plot([1, 2], [10.0, 14.0])
    limits = axes.get_ylim()
    style.cut_bands(axes)
    assert axes.get_ylim() == limits
