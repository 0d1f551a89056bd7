import os
from pathlib import Path

import pytest
import xarray as xr

from crossover import reference

HERE = Path(__file__).parent / "data" / "flow_fc2_pca.nc"
FOLDER = os.environ.get("CROSSOVER_REFERENCE")
LARGE = ["flow_fc3_fashion.nc", "flow_fc3_fashion_mid.nc"]


def test_euler_is_as_good_as_the_article_on_the_reference_of_ten_components():
    rows = reference.compare(HERE, flow="euler", dtype="float64", device="cpu")
    assert [row.status for row in rows] == ["converged"] * 3
    # measured for this scheme with its stop located: 5.4e-4, 6.1e-4, 2.5e-4
    assert all(row.F_error < 8e-4 for row in rows)
    assert all(row.t_error < 3e-3 for row in rows)
    assert all(row.kernel_error < 2e-3 for row in rows)
    # the article's code takes 2192, 1922 and 1911 steps; locating events adds about 20
    assert [abs(row.evaluations - steps) < 60 for row, steps in zip(rows, (2192, 1922, 1911), strict=True)] == [True] * 3


def test_rkc_is_good_to_a_thousandth_with_half_of_eulers_evaluations():
    rows = reference.compare(HERE, flow="rkc", dtype="float64", device="cpu")
    # second order at tolerance 5e-4: 1.2e-3 at sqrt(h) alpha = 0.1, less at 1 and 1e4
    assert all(row.F_error < 1.5e-3 for row in rows)
    assert all(row.evaluations < 1100 for row in rows)  # Euler takes about 2000


@pytest.mark.skipif(not FOLDER, reason="CROSSOVER_REFERENCE names no folder with the larger reference files")
@pytest.mark.parametrize("name", LARGE)
def test_euler_passes_the_larger_reference_files(name):
    rows = reference.compare(Path(FOLDER) / name, flow="euler", dtype="float64", device="cpu")
    assert all(row.F_error < 8e-4 for row in rows)  # the specification of the scheme with its stop located


def test_an_unknown_flow_or_file_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="flow is 'newton'; there are euler, rkc"):
        reference.compare(HERE, flow="newton", dtype="float64", device="cpu")
    xr.Dataset({"a": 1}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(ValueError, match="not a reference file"):
        reference.compare(tmp_path / "other.nc", flow="euler", dtype="float64", device="cpu")


def test_the_table_says_which_errors_are_over_the_tolerance():
    row = reference.Row(1.0, "converged", 100, 1e-3, 1e-3, 1e-3)
    assert "over 0.0007" in reference.table([row], 7e-4)
    assert "ok" in reference.table([row], 2e-3)
