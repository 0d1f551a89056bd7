"""Labels of regimes from numbers, and their shares."""

import numpy as np
import pytest

from crossover import regime
from crossover.schema import REGIME, REGIME_BY
from helpers import load_edited

NAMES = {code: name for name, code in REGIME.items()}
THRESHOLDS = {"kernel_change": (0.1, 10.0), "linearization_error": (0.1, 1.0), "weight_change": (0.2, 2.0)}


def _named(codes):
    return [NAMES[code] for code in codes.tolist()]


def test_lazy_is_below_the_first_threshold_and_feature_above_the_second():
    values = np.array([0.0, 0.0999, 0.1, 1.0, 10.0, 10.001, np.inf, np.nan])
    wanted = ["lazy", "lazy", "crossover", "crossover", "crossover", "feature", "feature", "undetermined"]
    assert _named(regime.label(values, (0.1, 10.0))) == wanted


def test_each_label_has_its_own_quantity_and_thresholds():
    measured = {
        "regime_kernel_change": np.array([0.05, 20.0]),
        "linearization_error": np.array([0.5, 1.5]),
        "weight_change": np.array([0.1, 1.5]),
    }
    found = {name: _named(codes) for name, codes in regime.labels(measured, THRESHOLDS).items()}
    assert found == {
        "regime": ["lazy", "feature"],
        "regime_by_linearization": ["crossover", "feature"],
        "regime_by_weights": ["lazy", "crossover"],
    }


def test_shares_count_the_labelled_members_that_are_there():
    lazy, between, feature, unknown = REGIME["lazy"], REGIME["crossover"], REGIME["feature"], REGIME["undetermined"]
    by_kernel = np.array([[lazy, lazy, between, unknown, feature], [unknown] * 5])
    others = np.array([[lazy, between, between, unknown, feature], [lazy] * 5])
    there = np.array([[True, True, True, True, False], [True] * 5])
    found = regime.shares(dict(zip(REGIME_BY, (by_kernel, others, others), strict=True)), there)
    np.testing.assert_allclose(found["lazy_share"], [2 / 3, np.nan])
    np.testing.assert_allclose(found["crossover_share"], [1 / 3, np.nan])
    np.testing.assert_allclose(found["feature_share"], [0, np.nan])
    np.testing.assert_allclose(found["regimes_agree"], [2 / 3, np.nan])


def test_thresholds_that_fall_are_refused_by_name(tmp_path):
    def edit(configuration, experiments):
        configuration["regime"] = configuration["regime"] | {"weight_change": [1.0, 0.1]}

    with pytest.raises(ValueError, match=r"regime.weight_change = \[1.0, 0.1\]: wanted lazy below"):
        load_edited(tmp_path, edit)
