"""The map of regimes on made planes whose labels and crossings are known."""

import numpy as np
import pytest

from crossover import figures
from crossover.figures import regime_map
from synthetic import A, H, summary

LAW = {"regime_kernel_change_mean": lambda h, a: h / a}  # 1 at sqrt(h) alpha = h
KINDS = {
    "whole": {},
    "bootstrap": {"seeds": 8, "kind": "bootstrap"},
    "failed points": {"failed": [(0, 3), (1, 0), (2, 8)]},
    "every point failed": {"failed": [(j, k) for j in range(len(H)) for k in range(len(A))]},
    "one width": {"h": (20,)},
    "one width and alpha": {"h": (20,), "a": (1.0,)},
}


def _draw(made):
    return figures.load("regime_map")({"plane": made}, {})


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_it_is_drawn_from_whatever_a_run_leaves(options, tmp_path):
    figure = _draw(summary(**LAW, **options))
    figure.savefig(tmp_path / "map.png")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["(a)", "(b)", "(c)", "(d)"]


@pytest.mark.parametrize("kind", ["jackknife", "bootstrap"])
def test_the_measured_crossing_is_where_the_kernel_changes_by_the_middle_of_the_thresholds(kind):
    made = summary(**LAW, kind=kind, seeds=40, noise=0.05).isel(L=0)
    at, low, high = regime_map.crossing_of(made, (0.1, 10.0))
    np.testing.assert_allclose(at, H, rtol=0.05)
    # each seed is off by a factor of spread 0.05, independently at the two points of the grid beside the crossing
    errors = 2 * 0.05 / np.sqrt(40) * np.array([np.hypot(t, 1 - t) for t in np.log10(H) - 1])
    np.testing.assert_allclose(np.log(high / at), errors, rtol=0.4)
    np.testing.assert_allclose(np.log(at / low), np.log(high / at))


def test_a_grid_that_does_not_hold_the_crossing_has_none():
    made = summary(regime_kernel_change_mean=lambda h, a: 1e-5 / a).isel(L=0)
    assert np.isnan(regime_map.crossing_of(made, (0.1, 10.0))).all()


def test_points_have_the_colour_of_most_of_their_members_and_a_ring_where_labels_disagree():
    made = summary(**LAW)
    made["regimes_agree"][0, 1, 2] = 0.25
    axes = _draw(made).axes[0]
    drawn = {line.get_label(): line.get_xydata() for line in axes.lines}
    for name, inside in {"lazy": lambda change: change < 0.1, "feature": lambda change: change > 10}.items():
        wanted = {(a, h) for h in H for a in A if inside(h / a)}
        # the made shares come from means over seeds that are off by a thousandth
        assert {(a, h) for a, h in drawn[name] if abs(np.log10(h / a)) != 1} == {
            (a, h) for a, h in wanted if abs(np.log10(h / a)) != 1
        }
    assert drawn["labels disagree"].tolist() == [[A[2], H[1]]]
    assert axes.get_title(loc="right") == "the three labels agree on 97% of the members"
