import os
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from crossover import reference
from crossover.flows.state import Work

HERE = Path(__file__).parent / "data" / "flow_fc2_pca.nc"
FOLDER = os.environ.get("CROSSOVER_REFERENCE")
EULER = [2204, 1935, 1922]  # evaluations of the article's scheme with its events located
LARGE = ["flow_fc3_fashion.nc", "flow_fc3_fashion_mid.nc"]


def test_euler_is_as_good_as_the_article_on_the_reference_of_ten_components():
    rows = reference.compare(HERE, flow="euler", dtype="float64", device="cpu")
    assert [row.status for row in rows] == ["converged"] * 3
    # measured for this scheme with its stop located: 5.4e-4, 6.1e-4, 2.5e-4
    assert all(row.F_error < 8e-4 for row in rows)
    assert all(row.t_error < 3e-3 for row in rows)
    assert all(row.kernel_error < 2e-3 for row in rows)
    # the article's code takes 2192, 1922 and 1911 steps; locating events adds about 20
    assert [row.evaluations for row in rows] == pytest.approx(EULER, abs=10)
    assert [abs(row.evaluations - steps) < 60 for row, steps in zip(rows, (2192, 1922, 1911), strict=True)] == [True] * 3


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_auto_is_as_good_as_the_article_for_a_fraction_of_its_evaluations(dtype):
    rows = reference.compare(HERE, flow="auto", dtype=dtype, device="cpu")
    assert [row.status for row in rows] == ["converged"] * 3
    assert all(row.F_error <= 7e-4 for row in rows)  # the article's scheme, see above
    assert all(row.t_error <= 3e-3 for row in rows)
    assert all(row.kernel_error <= 2e-3 for row in rows)
    ratios = np.array(EULER) / [row.evaluations for row in rows]
    assert np.sqrt(ratios[0] * ratios[1]) >= 4
    assert ratios[2] >= 20
    assert all(row.kernels > 0 for row in rows)
    assert rows[2].kernels <= 12  # lazy: the kernel hardly moves


@pytest.mark.parametrize(("flow", "kernels"), [("rkc", False), ("tangent", True)])
def test_what_auto_is_made_of_is_as_good_by_itself(flow, kernels):
    rows = reference.compare(HERE, flow=flow, dtype="float64", device="cpu")
    assert [row.status for row in rows] == ["converged"] * 3
    assert all(row.F_error <= 8e-4 for row in rows)
    assert [row.kernels > 0 for row in rows] == [kernels] * 3
    assert all(row.evaluations < 0.95 * steps for row, steps in zip(rows, EULER, strict=True))


def test_flops_are_counted_from_the_work():
    problem = reference.read(HERE, dtype="float64", device="cpu")
    counts = ((2, 0, 0), (0, 3, 0), (0, 0, 5))
    work = Work(*(torch.tensor(column) for column in zip(*counts, strict=True)))
    each = problem.network.flops(300)
    wanted = [2 * each.evaluation, 3 * each.kernel, 5 * 2 * 300**2]
    assert reference.flops(problem.network, 300, work) == pytest.approx(wanted)


@pytest.mark.skipif(not FOLDER, reason="CROSSOVER_REFERENCE names no folder with the larger reference files")
@pytest.mark.parametrize(("flow", "tolerance"), [("euler", 8e-4), ("auto", 7e-4)])
@pytest.mark.parametrize("name", LARGE)
def test_the_larger_reference_files(name, flow, tolerance):
    rows = reference.compare(Path(FOLDER) / name, flow=flow, dtype="float64", device="cpu")
    assert all(row.F_error <= tolerance for row in rows)  # the specification of the scheme with its stop located


def test_an_unknown_flow_or_file_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="flow is 'newton'; there are auto, rkc, tangent, euler"):
        reference.compare(HERE, flow="newton", dtype="float64", device="cpu")
    xr.Dataset({"a": 1}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(ValueError, match="not a reference file"):
        reference.compare(tmp_path / "other.nc", flow="euler", dtype="float64", device="cpu")


def test_the_table_says_which_errors_are_over_the_tolerance():
    row = reference.Row(1.0, "converged", 100, 3, 1e9, 0.5, F_error=1e-3, t_error=1e-3, kernel_error=1e-3)
    assert "over 0.0007" in reference.table([row], 7e-4)
    assert "ok" in reference.table([row], 2e-3)
