import warnings

import numpy as np
import pytest

from crossover import figures, items
from regime_specs import file_of, made

PANELS = {"regime_width": 8, "regime_duration": 6, "regime_learning_rate": 8, "lr_transfer": 4, "ntk_gap": 4}


@pytest.fixture(scope="module")
def drawn():
    """Every figure on the regimes that is drawn from numbers of its own, from small specs."""
    found = {}
    for name in PANELS:
        [role] = items.FIGURES[name].roles
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found[name] = figures.load(name)({role: file_of(name)}, {})
            found[name].canvas.draw()
    return found


@pytest.mark.parametrize("name", PANELS)
def test_panels_are_lettered_and_the_data_are_said(drawn, name):
    letters = [axes.get_title(loc="left") for axes in drawn[name].axes if axes.get_title(loc="left")]
    assert letters == [f"({letter})" for letter in "abcdefgh"[: PANELS[name]]]
    assert drawn[name].get_suptitle().startswith("digits, n = 24")


def test_curves_against_the_width_hold_the_numbers_of_the_cube(drawn):
    wanted = made("regime_width")["kernel_movement"].mean(-1)  # (parameterization, activation, width)
    lines = [line.get_ydata() for line in drawn["regime_width"].axes[5].lines]
    for values in wanted.reshape(-1, 3):
        assert any(len(line) == 3 and np.allclose(line, values) for line in lines)


def test_learning_rates_that_diverge_are_crosses(drawn):
    found = made("regime_learning_rate")
    crosses = [line for line in drawn["regime_learning_rate"].axes[0].lines if line.get_marker() == "x" and len(line.get_xdata())]
    shown = [sorted(line.get_xdata()) for line in crosses]
    for losses in found["train_loss"][0]:  # of a parametrisation, (ratio, seed)
        assert found["rate_ratio"][~(losses < 1).all(1)].tolist() in shown


def test_test_errors_are_percent(drawn):
    found = made("ntk_gap")
    lines = [line.get_ydata() for line in drawn["ntk_gap"].axes[0].lines]
    for values in 100 * found["predictor_error"][0].mean(-1):
        assert any(np.allclose(line, values) for line in lines)
    assert any(np.allclose(line, 100 * found["infinite_error"]) for line in lines)
