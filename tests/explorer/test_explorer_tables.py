import io

import numpy as np
import pandas as pd
import pytest

import made
from crossover import schema
from crossover.explorer import page, tables


@pytest.fixture(scope="module")
def raw():
    return made.plane()


@pytest.fixture(scope="module")
def summary(raw):
    return made.summary_of(raw)


@pytest.fixture(scope="module")
def points(raw, summary):
    return tables.points(summary, tables.observables(summary, raw))


def _read(table: pd.DataFrame) -> pd.DataFrame:
    """What comes back from the text that goes into the page."""
    return pd.read_csv(io.StringIO(tables.as_csv({"plane": table})))


def test_a_row_of_points_holds_what_the_summary_cube_holds_there(summary, points):
    assert len(points) == 8
    for row in _read(points).itertuples():
        cell = summary.sel(L=row.L, h=row.h, sqrt_h_alpha=row.sqrt_h_alpha)
        assert row.alpha == pytest.approx(row.sqrt_h_alpha / row.h**0.5, rel=1e-6)
        for name in ("test_error_mean", "output_variance", "kernel_change_mean"):
            expected = [cell[name], *cell[f"{name}_interval"]]
            found = [getattr(row, f"{name}{end}") for end in ("", "_low", "_high")]
            np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_points_with_a_failed_seed_are_rows_without_values(points):
    left_out = points[points["test_error_mean"].isna()]
    assert left_out[["h", "sqrt_h_alpha"]].values.tolist() == [[8, 0.01], [8, 0.1]]
    assert (left_out["seeds_converged"] == 3).all()


def test_a_row_of_members_holds_what_the_raw_cube_holds_there(raw, points):
    members = _read(tables.members(raw, points))
    assert len(members) == 8 * 4
    names = {code: name for name, code in schema.STATUS.items()}
    for row in members.itertuples():
        cell = raw.sel(L=row.L, h=row.h, sqrt_h_alpha=row.sqrt_h_alpha, seed=row.seed)
        assert row.status == names[int(cell["status"])]
        for name in tables.quantities(raw):
            np.testing.assert_allclose(getattr(row, name), cell[name], rtol=1e-6)


def test_members_that_failed_or_are_absent_are_rows(raw, points):
    ended = tables.members(raw, points)["status"].value_counts()
    assert ended.to_dict() == {"converged": 22, "absent": 8, "time_limit": 1, "not_finite": 1}


def test_points_outside_the_grid_are_no_rows(raw):
    cut = raw.copy(deep=True)
    cut["status"][:, 0, 1:] = schema.STATUS["absent"]
    summary = made.summary_of(cut)
    points = tables.points(summary, tables.observables(summary, cut))
    assert len(points) == 5
    assert len(tables.members(cut, points)) == 5 * 4


def test_observables_of_kernels_that_nobody_measured_are_not_offered():
    raw = made.variance()
    found = tables.observables(made.summary_of(raw), raw)
    assert {"test_error_mean", "ensemble_test_error", "output_variance", "t_stop_mean", "evaluations_mean"} <= set(found)
    assert not [name for name in found if name.startswith(("kernel_change", "frozen"))]


@pytest.mark.parametrize("name", [name for name, variable in schema.OBSERVABLES.items() if variable.dims == schema.POINT])
def test_every_observable_but_the_variance_is_made_of_a_variable_of_members(name):
    assert (tables.behind(name) is None) == (name == "output_variance")


def test_predictors_and_curves_stay_in_the_cubes(raw, summary, points):
    columns = [*points.columns, *tables.members(raw, points).columns]
    curves = ("F_test", "loss", "replicate", "output_norm", "output_change")
    assert not [name for name in columns if any(part in name for part in curves)]
    assert {"sign_changes", "sign_changes_mean"} <= set(columns)


def test_equal_cubes_give_equal_pages():
    assert page(made.run()) == page(made.run())


def test_a_cube_without_its_other_is_refused(raw, summary):
    with pytest.raises(ValueError, match="'plane' has no raw cube"):
        page([summary])
    with pytest.raises(ValueError, match="'plane' has no summary cube"):
        page([raw])
    with pytest.raises(ValueError, match="'members', wanted summary or raw"):
        page([raw.assign_attrs(kind="members")])


def test_text_of_the_cubes_cannot_end_the_script(raw, summary):
    name = "</script><b>"
    text = page([raw.assign_attrs(experiment=name), summary.assign_attrs(experiment=name)])
    assert name not in text
    assert text.count("<script>") == 2
