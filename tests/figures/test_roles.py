"""What figures of several files draw: who is absent, whose numbers they are, and that these are right."""

import json
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

from crossover import cli, cubes, figures
from crossover.claims import appendices, article
from crossover.claims.evidence import of_cube
from crossover.figures import fig8, more, panels, style
from crossover.items import FIGURES, paper
from made_roles import configured, fixed_alpha, gram, initial, pair, roles_of
from synthetic import TIME, A, H, summary

SEVERAL = [name for name, item in FIGURES.items() if len(item.roles) > 1 and paper("figures", name) == "article"]
REASON = "train-images.gz is neither in data/ nor in any mirror; download it"


def _draw(figure: str, summaries: dict, absent: dict | None = None):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return figures.load(figure)(summaries, absent or {})


def _curves(axes) -> dict:
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def _words(figure) -> str:
    """All text of the panels, on one line."""
    texts = [text.get_text() for axes in figure.axes for text in (*axes.texts, axes.xaxis.label)]
    return " ".join(" ".join(texts).split())


@pytest.mark.parametrize(("figure", "role"), [(figure, role) for figure in SEVERAL for role in FIGURES[figure].roles])
def test_without_one_role_the_others_are_drawn_and_the_reason_is_said(figure, role):
    made = roles_of(figure)
    made.pop(role)
    drawn = _draw(figure, made, {role: REASON})
    assert f"not drawn: {role}: {REASON}" in _words(drawn)
    assert any(len(axes.lines) for axes in drawn.axes)


@pytest.mark.parametrize("figure", SEVERAL)
def test_one_role_alone_draws_its_panels(figure):
    made = roles_of(figure)
    for role in made:
        drawn = _draw(figure, {role: made[role]}, {other: REASON for other in made if other != role})
        assert REASON in _words(drawn)


def test_a_figure_without_any_role_says_why():
    drawn = _draw("fig6", {}, {"mnist": REASON, "cifar10": "no file"})
    assert f"mnist: {REASON}; cifar10: no file" in _words(drawn)
    [axes] = drawn.axes
    assert not axes.lines


def test_a_stand_in_is_named_with_the_data_set_that_was_wanted():
    data = configured(summary(), dataset="digits_for_mnist", stand_in_for="mnist")
    assert style.scale_of(data) == "digits (stands in for mnist), n = 500, L = 3, 4 seeds"
    assert _draw("fig3", {"plane": data}).get_suptitle() == style.scale_of(data)


def test_scales_that_differ_in_one_part_are_one_line_and_others_a_line_each():
    one, two = summary(), configured(summary(), n=1000)
    assert style.scale_of(one, two, one) == "fashion_subset, n = 500, 1000, L = 3, 4 seeds"
    other = configured(two, dataset="mnist")
    assert style.scale_of(one, other).splitlines() == [style.scale_of(one), style.scale_of(other)]


@pytest.mark.parametrize(("made", "wanted"), [(initial, ", 3 seeds"), (pair, ", 3 seeds"), (gram, "")])
def test_other_kinds_of_files_say_their_scale(made, wanted):
    assert style.scale_of(made()) == f"fashion_subset, n = 500, L = 3{wanted}"


def test_panels_of_different_scales_say_their_own():
    made = roles_of("fig4") | {"variance": configured(summary(), n=100)}
    titles = [axes.get_title(loc="right") for axes in _draw("fig4", made).axes]
    assert titles == ["fashion_subset, n = 100, L = 3, 4 seeds", *["fashion_subset, n = 500, L = 3, 4 seeds"] * 3]


def _slopes(axes) -> list[str]:
    """Labels of the slope triangles."""
    return [text.get_text() for text in axes.texts]


def test_slopes_of_figure_5_are_the_estimates_of_the_claims():
    made = summary(a=tuple(float(f"1e{k}") for k in range(-4, 7)), noise=0.3)
    axes = _draw("fig5", {"plane": made}).axes
    [evidence] = of_cube(made)
    claimed = [article.kernel_feature(evidence)[0], article.kernel_lazy(evidence)[0]]
    assert _slopes(axes[1]) == [f"{part.estimate:.2f}" for part in claimed]
    assert _slopes(axes[5]) == [f"{article.half_loss(evidence)[1].estimate:.2f}"]


def test_slopes_of_the_weights_are_the_estimates_of_the_claim():
    law = {"weight_change_mean": lambda h, a: np.where(a < 10, (a / 10) ** -0.23, 10 / a) / np.sqrt(h)}
    made = summary(a=tuple(10 ** (k / 2) for k in range(-6, 12)), noise=0.3, **law)
    axes = _draw("fig9", {"plane": made}).axes
    assert _slopes(axes[0]) == []
    lazy, feature = appendices.weights(of_cube(made)[0])
    assert _slopes(axes[1]) == [f"{feature.estimate:.2f}", f"{lazy.estimate:.2f}"]


def test_the_three_slopes_of_relu_networks_are_the_estimates_of_the_claim():
    law = {
        "kernel_change_mean": lambda h, a: np.where(a < 20, a**-1.7, np.where(a < 1e7, a**-0.5, 1e5 / a)),
        "sign_changes_mean": lambda h, a: np.where(a > 1e7, 0.0, 0.1),
    }
    made = summary(a=tuple(float(f"1e{k}") for k in range(-2, 12)), noise=0.3, **law)
    claimed = [f"{part.estimate:.2f}" for part in appendices.relu(of_cube(made)[0])]
    assert len(claimed) == 3
    assert _slopes(_draw("fig12", {"relu": made}).axes[0]) == claimed


@pytest.mark.parametrize(("figure", "panel", "name"), [("fig11", 0, "preactivation_speed"), ("more", 3, "gradient")])
def test_exponents_at_initialisation_are_the_estimates_of_the_claim(figure, panel, name):
    made = initial(noise=0.3)
    labels = _draw(figure, roles_of(figure) | {"initial": made}).axes[panel].get_legend_handles_labels()[1]
    claimed = appendices.width_slopes(of_cube(made)[0], name)
    assert [label.split("slope ")[1] for label in labels] == [f"{each.estimate:.2f}" for each in claimed]


def test_an_exponent_is_common_to_curves_of_different_height_and_wants_two_points_of_one():
    x = np.array([1.0, 10.0, 100.0])
    y = np.array([x**-1.5, 50 * x**-1.5, np.full(3, np.nan)])
    assert panels.exponent(x, y, np.ones((3, 3), bool)) == pytest.approx(-1.5)
    assert np.isnan(panels.exponent(x, y, np.eye(3, dtype=bool)))


def test_blocks_of_the_gram_matrix_are_means_over_pairs_of_classes():
    made = gram(points=43, classes=5)
    label, classes = made["gram_label"].values, made["gram_class"].values
    axes = _draw("fig8", {"gram": made}, dict.fromkeys(("fc", "cnn"), REASON)).axes[1]
    [image] = axes.images
    matrix = made["gram_final"].values
    matrix = matrix / np.sqrt(np.mean(matrix**2))
    order = sorted(range(43), key=lambda k: (-label[k], classes[k]))
    np.testing.assert_allclose(image.get_array(), matrix[np.ix_(order, order)], rtol=1e-12)  # one division
    shown = [axes.get_xticklabels()[k].get_text() for k in range(5)]
    assert shown == ["1", "3", "0", "2", "4"]
    wanted = [[matrix[np.ix_(classes == int(row), classes == int(column))].mean() for column in shown] for row in shown]
    assert [text.get_text() for text in axes.texts] == [f"{value:.2f}" for value in np.ravel(wanted)]
    assert image.get_clim() == fig8.SHADES


def test_at_fixed_alpha_a_width_has_its_one_point_and_of_several_the_nearest():
    cut = style.fixed_alpha(fixed_alpha().isel(L=0))
    assert cut["test_error_mean"].dims == ("h",)
    np.testing.assert_allclose(cut["alpha"], 1)
    several = summary(failed=[(0, 4)], absent=[(2, 4)]).isel(L=0)
    cut = style.fixed_alpha(several)
    assert cut["sqrt_h_alpha"].values.tolist() == [10.0, 10.0, 1.0]
    assert np.isnan(cut["test_error_mean"].values).tolist() == [True, False, False]  # failed: not another point in its place


def test_errors_at_fixed_alpha_are_those_of_the_network_and_of_both_frozen_kernels():
    laws = {
        f"frozen_{when}_test_error_mean": lambda h, a, error=error: error + 0 * a
        for when, error in (("init", 0.2), ("final", 0.1))
    }
    made = fixed_alpha(noise=0.0, test_error_mean=lambda h, a: 1 / h, **laws)
    curves = _curves(_draw("fig8", {"gram": gram(), "fc": made, "cnn": made}).axes[2])
    found = {label: line.get_ydata() for label, line in curves.items()}
    np.testing.assert_allclose(found["network"], 100 / np.array(H))
    np.testing.assert_allclose(found[r"frozen $\Theta(w_0)$"], 20)
    np.testing.assert_allclose(found[r"frozen $\Theta(w)$"], 10)


def test_an_observable_at_one_alpha_is_interpolated_along_each_width():
    law = {"ensemble_test_error": lambda h, a: 0.5 - 0.01 * np.log10(a / np.sqrt(h))}
    # at the last width 1 and 100 are left, too far apart for a straight line; alpha = 1 lies between them
    plane = summary(noise=0.0, absent=[(2, 4)], **law).isel(L=0)
    found = more.interpolated(plane, "ensemble_test_error", 1.0)
    np.testing.assert_allclose(found[:2], 0.5)
    assert np.isnan(found[2])
    assert np.isnan(more.interpolated(plane, "ensemble_test_error", 1e6)).all()


def test_the_smallest_ensemble_error_at_fixed_alpha_is_marked():
    law = {"ensemble_test_error": lambda h, a: 0.05 + 0.01 * (np.log10(h) - np.log10(H[1])) ** 2 + 0 * a}
    made = roles_of("more") | {"plane": summary(noise=0.0, **law)}
    stars = [line for line in _draw("more", made).axes[0].lines if line.get_marker() == "*"]
    assert stars
    assert {line.get_xdata()[0] for line in stars} == {H[1]}


def test_the_growth_of_the_output_is_against_time_over_that_of_half_loss():
    made = summary(h=(100, 300, 1000), noise=0.0)
    axes = _draw("fig10", {"plane": made}).axes[1]
    assert axes.get_ylabel().endswith(r"$\sqrt{h}\,\alpha$ = $10^{-2}$")
    line = _curves(axes)["$h$ = 300"]
    point = made.isel(L=0).sel(h=300, sqrt_h_alpha=1e-2)
    x = TIME / float(point["t_half_mean"])
    inside = (x >= panels.TIMES[0]) & (x <= panels.TIMES[1])
    np.testing.assert_allclose(line.get_xdata(), x[inside])
    norm = point["output_norm_mean"].values
    np.testing.assert_allclose(line.get_ydata(), norm[inside] / (np.sqrt(300) * norm[0]))


def test_alpha_times_the_change_of_the_output_is_one_curve_over_widths():
    law = {"output_change_mean": lambda h, a: np.sqrt(h) * TIME / a}  # Eq. 32
    drawn = _draw("more", roles_of("more") | {"plane": summary(noise=0.0, **law)}).axes[2]
    lines = [line for line in drawn.lines if len(line.get_xdata()) > 2]
    assert len(lines) == 4 * len(H)
    for line in lines:
        value = next(a for a in A if np.isclose(line.get_ydata()[0], a * line.get_xdata()[0]))
        np.testing.assert_allclose(line.get_ydata(), value * line.get_xdata())


def test_a_pair_is_drawn_where_all_its_seeds_are_there():
    made = pair(failed=[(0, 3, 2)])
    axes = _draw("fig13", {"steps": made, "momentum": pair()}).axes
    line = _curves(axes[0])["$h$ = 20: mean of 3 seeds"]
    kept = [a for k, a in enumerate(A) if k != 3]
    assert line.get_xdata().tolist() == kept
    wanted = made["output_difference"].values[0, 0].mean(-1)
    np.testing.assert_allclose(line.get_ydata(), [wanted[A.index(a)] for a in kept])
    assert axes[0].get_legend().get_title().get_text() == "first: loose\nsecond: tight"


def test_fluctuations_over_the_root_of_n_are_one_curve_where_they_grow_like_it():
    law = {"a": (1e6,), "noise": 0.0}
    made = {
        role: configured(summary(output_variance=lambda h, a, n=n: np.sqrt(n) / h + 0 * a, **law), n=n)
        for role, n in zip(FIGURES["fig14"].roles, (500, 1000, 2000, 4000), strict=True)
    }
    curves = _curves(_draw("fig14", made).axes[0])
    assert all(label.endswith("slope -1.00") for label in curves)
    for line in curves.values():
        np.testing.assert_allclose(line.get_ydata(), 1 / np.array(H))


@pytest.mark.parametrize(("figure", "leading", "other"), [("fig16", "biased", "unbiased"), ("fig7", "deep", "shallow")])
def test_networks_are_compared_at_the_nearest_width(figure, leading, other):
    made = roles_of(figure) | {leading: summary(h=(38,)), other: summary(h=(10, 40, 300))}
    labels = [label for label in _curves(_draw(figure, made).axes[-1]) if not label.startswith("_")]
    assert sorted(label.split("$h$ = ")[1] for label in labels) == ["38", "40"]


def test_predictors_are_compared_at_the_widths_of_the_plain_one():
    made = {"difference": summary(h=(20, 40, 80)), "plain": summary(h=(20, 40))}
    labels = list(_curves(_draw("fig15", made).axes[0]))
    assert labels == [f"{model}, $h$ = {h}" for model in (r"$\alpha(f - f_0)$", r"$\alpha f$") for h in (20, 40)]


def test_small_values_of_the_control_parameter_are_drawn_from_both_experiments():
    made = roles_of("more") | {"below": summary(h=(40,), a=(1e-6, 1e-5, 1e-4))}
    left = _draw("more", made).axes[1]
    x = np.concatenate([line.get_xdata() for line in left.lines if len(line.get_xdata())])
    assert sorted(x) == [1e-6, 1e-5, 1e-4, *[a for a in A if a <= 1]]


def test_the_frozen_kernel_of_figure_6_has_a_single_and_an_ensemble_error():
    laws = {"frozen_init_test_error_mean": lambda h, a: 0.3 + 0 * a, "frozen_init_ensemble_test_error": lambda h, a: 0.2 + 0 * a}
    drawn = _draw("fig6", roles_of("fig6", noise=0.0, **laws)).axes[1]
    black = [line.get_ydata().tolist() for line in drawn.lines if line.get_color() == "k"]
    np.testing.assert_allclose(black, [[30] * len(H), [20] * len(H)])


def test_the_command_draws_without_an_absent_role(tmp_path):
    cubes.write(summary(), tmp_path / "plane.nc")
    spec = json.dumps({"figure": "fig16", "roles": {"unbiased": "plane"}, "absent": {"biased": REASON}, "code": ""})
    output = tmp_path / "fig16.png"
    done = CliRunner().invoke(cli.app, ["figure", "--spec", spec, "--output", str(output), f"unbiased={tmp_path / 'plane.nc'}"])
    assert done.exit_code == 0, (done.output, done.exception)
    assert output.read_bytes().startswith(b"\x89PNG")
