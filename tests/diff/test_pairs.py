"""Pairs of cubes: each kind of difference, and the verdict it gives."""

import json

import numpy as np
import pytest

from crossover import cubes, schema, tolerances
from crossover.diff import align, variables
from crossover.diff.folders import diff
from crossover.diff.result import Options, Verdict
from crossover.tolerances import Tolerance
from made_pairs import SEEDS, changed, compare, cube, of
from synthetic import bench, raw, summary

IDENTICAL, WITHIN, DIFFERENT, NOT_COMPARABLE = Verdict


def test_every_variable_of_floats_has_a_tolerance_with_a_reason():
    floats = {
        name
        for kind in (*schema.KINDS.values(), schema.COORDINATES)
        for name, variable in kind.items()
        if variable.dtype.startswith("float") and variable.dims != (name,)
    } - {"sqrt_h_alpha", "tolerance"}  # settings of a benchmark
    assert {name for name in floats if tolerances.of(name).exact} == set()
    known = {name for kind in schema.KINDS.values() for name in kind} | set(schema.COORDINATES) | {"claims"}
    assert set(tolerances.TOLERANCES) <= known
    assert all(tolerance.reason for tolerance in tolerances.TOLERANCES.values())


@pytest.mark.parametrize("make", [cube, summary, bench])
def test_a_file_made_again_is_identical_whatever_the_time_and_the_host(make, tmp_path):
    made = make()
    again = made.assign_attrs(started="2001-01-01T00:00:00+00:00", host="another")
    found = compare(tmp_path, made, again)
    assert found.verdict == IDENTICAL
    assert found.files[0].provenance == []


def test_provenance_is_listed_key_by_key_and_never_counted(tmp_path):
    made = cube()
    versions = json.dumps(json.loads(made.attrs["versions"]) | {"numpy": "1.0"})
    found = compare(tmp_path, made, made.assign_attrs(git_commit="another", versions=versions))
    assert found.verdict == IDENTICAL
    assert {change.name: change.b for change in found.files[0].provenance} == {"git_commit": "another", "versions.numpy": "1.0"}


def test_a_shift_within_tolerance_ends_within(tmp_path):
    made = cube()
    found = compare(tmp_path, made, made.assign(kernel_change=made["kernel_change"] * 1.001))
    assert found.verdict == WITHIN
    assert of(found, "kernel_change").result == "within tolerance"


def test_a_shift_of_every_seed_is_different_and_its_largest_is_named(tmp_path):
    made = cube()
    shifted = changed(made, "kernel_change", lambda values: values[0, 1, 0].__iadd__(0.02 + 1e-4 * np.arange(SEEDS)))
    found = compare(tmp_path, made, shifted)
    assert found.verdict == DIFFERENT
    variable = of(found, "kernel_change")
    assert (variable.beyond, variable.significant, variable.cells) == (SEEDS, 1, 4)
    assert {key: variable.largest[0].at[key] for key in ("L", "h", "sqrt_h_alpha")} == {"L": 2, "h": 8, "sqrt_h_alpha": 0.1}
    before, after = (data["kernel_change"].values[0, 1, 0] for data in (made, shifted))
    allowed = variable.tolerance.absolute + variable.tolerance.relative * np.maximum(before, after)
    worst = int(np.argmax((after - before) / allowed))  # the largest is the one most tolerances away
    extreme = variable.largest[0]
    assert (extreme.at["seed"], extreme.a, extreme.b) == (worst, before[worst], after[worst])
    assert extreme.difference == pytest.approx(0.02 + 1e-4 * worst)


def test_differences_that_scatter_like_the_seeds_are_insignificant(tmp_path):
    made = cube()
    noise = 0.02 * np.random.default_rng(5).standard_normal(made["kernel_change"].shape)
    found = compare(tmp_path, made, made.assign(kernel_change=made["kernel_change"] + noise))
    assert of(found, "kernel_change").beyond > 20
    assert of(found, "kernel_change").result == "insignificant"
    assert found.verdict == WITHIN


def test_one_member_that_is_far_off_is_different(tmp_path):
    made = cube()
    found = compare(tmp_path, made, changed(made, "kernel_change", lambda values: values.__setitem__((0, 0, 0, 3), 3.0)))
    assert found.verdict == DIFFERENT
    assert of(found, "kernel_change").unequal == 1


def test_integers_are_exact(tmp_path):
    made = cube()
    made = changed(made, "evaluations", lambda values: values.__setitem__(..., 100 + np.arange(SEEDS)))
    found = compare(tmp_path, made, changed(made, "evaluations", lambda values: values.__iadd__(1)))
    assert of(found, "evaluations").beyond == 4 * SEEDS
    assert found.verdict == DIFFERENT


def test_tolerances_can_be_given_for_one_variable_and_for_all(tmp_path):
    made = cube()
    shifted = made.assign(kernel_change=made["kernel_change"] * 1.5, t_stop=made["t_stop"] * 1.5)
    for options, wanted in [
        ({}, {"kernel_change", "t_stop"}),
        ({"tolerances": {"kernel_change": Tolerance(0, 0.6)}}, {"t_stop"}),
        ({"relative": 0.6}, set()),
        ({"absolute": 0.0, "relative": 0.0}, {"kernel_change", "t_stop"}),
    ]:
        found = compare(tmp_path, made, shifted, **options)
        assert {variable.name for variable in found.files[0].variables if variable.beyond} == wanted, options


def test_a_number_on_one_side_only_is_different(tmp_path):
    made = cube()
    found = compare(tmp_path, made, changed(made, "t_half", lambda values: values.__setitem__((0, 0, 0, 0), np.nan)))
    assert found.verdict == DIFFERENT
    assert of(found, "t_half").largest[0].excess == np.inf


def test_statuses_that_changed_are_listed_from_to_with_coordinates(tmp_path):
    made = cube()
    limit = schema.STATUS["time_limit"]
    found = compare(tmp_path, made, changed(made, "status", lambda values: values.__setitem__((0, 1, 0, 2), limit)))
    assert found.verdict == DIFFERENT
    [change] = found.files[0].statuses
    assert (change.name, change.a, change.b) == ("status", "converged", "time_limit")
    assert change.at == {"L": 2, "h": 8, "sqrt_h_alpha": 0.1, "seed": 2}


def test_a_cell_that_one_grid_lacks_is_listed_and_its_values_are_not_compared(tmp_path):
    made = cube()
    lacking = made
    for name, variable in made.data_vars.items():
        if "seed" in variable.dims:
            value = schema.STATUS["absent"] if name in schema.FLAGS else np.nan
            values = variable.values.astype(float if name not in schema.FLAGS else variable.dtype)
            values[0, 0, 0, 1] = value
            lacking = lacking.assign({name: variable.copy(data=values)})
    for options, verdict in (({}, DIFFERENT), ({"common": True}, WITHIN)):
        found = compare(tmp_path, made, lacking, **options)
        assert found.verdict == verdict
        assert found.files[0].cells == ([{"L": 2, "h": 4, "sqrt_h_alpha": 0.1, "seed": 1}], [])
        assert found.files[0].statuses == []
        assert not any(variable.unequal for variable in found.files[0].variables)


def test_labels_of_one_file_alone_are_listed_and_the_common_part_is_compared(tmp_path):
    made = cube(h=(4, 8, 16))
    a, b = made.sel(h=[4, 16]), made.sel(h=[8, 16], seed=made["seed"][2:])
    found = compare(tmp_path, a, b)
    assert found.verdict == DIFFERENT
    assert found.files[0].only == {"h": ([4], [8]), "seed": ([0, 1], [])}
    assert of(found, "F_test").compared == 1 * 2 * (SEEDS - 2) * 30
    assert not any(variable.unequal for variable in found.files[0].variables)
    assert compare(tmp_path, a, b, common=True).verdict == WITHIN


def test_patterns_have_no_labels_so_that_other_numbers_of_them_are_not_compared(tmp_path):
    found = compare(tmp_path, raw(test=30), raw(test=31))
    assert found.files[0].lengths == {"test": (30, 31)}
    assert "F_test" not in {variable.name for variable in found.files[0].variables}
    assert found.verdict == DIFFERENT


def test_variables_of_one_file_alone_are_different(tmp_path):
    made = cube()
    without = made.drop_vars(list(schema.KERNELS))
    found = compare(tmp_path, made, without)
    assert set(found.files[0].variables_only[0]) == set(schema.KERNELS)
    assert found.verdict == DIFFERENT
    assert compare(tmp_path, made, without, common=True).verdict == WITHIN


def test_files_of_two_kinds_or_experiments_are_not_comparable(tmp_path):
    found = compare(tmp_path, cube(), summary())
    assert (found.verdict, found.files[0].rule) == (NOT_COMPARABLE, "same kind")
    found = compare(tmp_path, summary(), summary(name="another"))
    assert (found.verdict, found.files[0].rule) == (NOT_COMPARABLE, "same experiment")
    assert "made" in found.files[0].reason and "another" in found.files[0].reason


def test_a_file_that_breaks_the_contract_is_not_comparable_and_the_rule_is_said(tmp_path):
    made = cube()
    cubes.write(made, tmp_path / "a.nc")
    made.drop_vars("t_stop").to_netcdf(tmp_path / "b.nc", engine="netcdf4")
    found = diff(tmp_path / "a.nc", tmp_path / "b.nc", Options())
    assert found.verdict == NOT_COMPARABLE
    assert found.files[0].rule in cubes.contract.RULES
    assert f"(rule {found.files[0].rule})" in found.files[0].reason


def test_a_file_that_is_no_netcdf_and_one_that_is_not_there_are_not_comparable(tmp_path):
    cubes.write(cube(), tmp_path / "a.nc")
    (tmp_path / "b.nc").write_bytes(b"nothing")
    for name in ("b.nc", "none.nc"):
        found = diff(tmp_path / "a.nc", tmp_path / name, Options())
        assert found.verdict == NOT_COMPARABLE
        assert name in found.files[0].reason


@pytest.mark.parametrize("limit", [40, 700])
def test_no_more_than_a_block_is_read_at_once_and_the_result_does_not_depend_on_it(limit, tmp_path, monkeypatch):
    made = cube(test=60)
    noise = np.random.default_rng(0).standard_normal(made["F_test"].shape)
    other = made.assign(F_test=made["F_test"] + noise, t_stop=made["t_stop"] * 1.5)
    whole = compare(tmp_path, made, other)
    sizes = []

    def take(variable, indices):
        values = align.take(variable, indices)
        sizes.append(values.size)
        return values

    monkeypatch.setattr(variables, "BLOCK", limit)
    monkeypatch.setattr(variables, "take", take)
    found = diff(tmp_path / "a.nc", tmp_path / "b.nc", Options())
    assert 0 < max(sizes) <= max(limit, SEEDS)  # the seeds of a cell stay together
    for one, other_one in zip(whole.files[0].variables, found.files[0].variables, strict=True):
        assert one._replace(plane=None, largest=[]) == other_one._replace(plane=None, largest=[])
        assert [e.excess for e in one.largest] == [e.excess for e in other_one.largest]
        if one.plane is not None:
            assert one.plane.equals(other_one.plane)


def test_the_plane_holds_the_largest_difference_of_each_point(tmp_path):
    made = cube()
    other = changed(made, "F_test", lambda values: values.__setitem__((0, 1, 0, 2, 7), values[0, 1, 0, 2, 7] - 5))
    plane = of(compare(tmp_path, made, other), "F_test").plane.isel(L=0)
    np.testing.assert_allclose(plane["difference"], [[0, 0], [-5, 0]], rtol=1e-6)
    assert plane["beyond"].values.tolist() == [[False, False], [True, False]]
