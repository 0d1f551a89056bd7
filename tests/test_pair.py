"""Two experiments compared member by member."""

import numpy as np
import pytest

from crossover import pairs
from crossover.schema import STATUS
from synthetic import raw


def test_members_of_both_grids_are_compared_by_their_labels():
    first, second = raw(a=(0.1, 10.0), seed=0), raw(a=(1.0, 10.0), h=(8, 16), seed=1).isel(seed=slice(1, 3))
    found = pairs.compare(first, second)
    assert {dim: found[dim].tolist() for dim in ("L", "h", "sqrt_h_alpha", "seed")} == {
        "L": [2],
        "h": [8],
        "sqrt_h_alpha": [10.0],
        "seed": [1, 2],
    }
    assert found["alpha"].tolist() == [[10 / np.sqrt(8)]]
    for k, seed in enumerate((1, 2)):
        one, other = (cube.sel(L=2, h=8, sqrt_h_alpha=10.0, seed=seed) for cube in (first, second))
        F, G = one["F_test"].values.tolist(), other["F_test"].values.tolist()
        wanted = sum((f - g) ** 2 for f, g in zip(F, G, strict=True)) ** 0.5 / sum(g**2 for g in G) ** 0.5
        assert found["output_difference"][0, 0, 0, k] == pytest.approx(wanted, rel=1e-12)
        assert found["evaluations_ratio"][0, 0, 0, k] == float(other["evaluations"]) / float(one["evaluations"])


def test_a_member_that_is_absent_or_has_not_converged_in_either_has_no_number():
    first, second = raw(seed=0), raw(seed=1)
    first["status"].values[0, 0, 0, 1] = STATUS["absent"]
    first["F_test"].values[0, 0, 0, 1] = np.nan
    second["status"].values[0, 1, 1, 2] = STATUS["time_limit"]
    second["status"].values[0, 1, 0, :] = STATUS["not_finite"]
    found = pairs.compare(first, second)
    missing = [(0, 0, 0, 1), (0, 1, 1, 2), *((0, 1, 0, k) for k in range(4))]
    for name in ("output_difference", "evaluations_ratio"):
        assert sorted(map(tuple, np.argwhere(np.isnan(found[name])).tolist())) == sorted(missing)


def test_an_experiment_does_not_differ_from_itself():
    found = pairs.compare(raw(), raw())
    assert (found["output_difference"] == 0).all()
    assert (found["evaluations_ratio"] == 1).all()


class Counting(dict):
    """Arrays by name; F_test is an array that writes down how much of it is read at once."""

    def __init__(self, cube):
        super().__init__({name: cube[name].values for name in cube.variables} | {"F_test": self})
        self.outputs, self.read = cube["F_test"].values, []

    def __getitem__(self, key):
        if isinstance(key, str):
            return super().__getitem__(key)
        self.read.append(self.outputs[key].shape)
        return self.outputs[key]


def test_outputs_are_read_one_point_at_a_time():
    first = Counting(raw())
    pairs.compare(first, raw())
    assert first.read == [(4, 30)] * 4


def test_other_test_patterns_and_grids_without_a_common_member_are_refused():
    with pytest.raises(ValueError, match="y_test is not the same; name two experiments with the same test patterns"):
        pairs.compare(raw(), raw(test=20))
    with pytest.raises(ValueError, match="grids have no h in common; name two experiments with the same members"):
        pairs.compare(raw(), raw(h=(5, 9)))
