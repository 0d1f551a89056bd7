import json

import numpy as np
import pytest
from typer.testing import CliRunner

from crossover import cli, cubes
from crossover.bench import kernels, kernels_table, machine


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the quick benchmark of kernels leaves."""
    path = tmp_path_factory.mktemp("bench")
    done = CliRunner().invoke(cli.app, ["bench", "kernels", "--quick", "--output", str(path)])
    assert done.exit_code == 0, done.output
    assert (path / "kernels.md").read_text(encoding="utf-8").strip() in done.output
    return path


def test_every_matrix_is_computed_both_ways_and_they_agree(folder):
    with cubes.read(folder / "kernels.nc") as data:
        assert data["method"].values.tolist() == ["tabulated", "layer by layer", "gram products", "sample by sample"]
        difference = data["difference"].values
        # on the diagonal the straightforward recursion loses half the digits at rho = 1; the Gram products lose none
        assert difference[0] < 1e-5
        assert difference[2] < 1e-12
        assert np.isnan(difference[1::2]).all()
        assert (data["seconds"] > 0).all()
        assert (data["build_seconds"].values > 0).tolist() == [True, False, False, False]
        assert np.isnan(data["h"].values[:2]).all()
        assert (data.attrs["machine"], data.attrs["threads"]) == (machine.described()["machine"], "1")
        assert json.loads(data.attrs["spec"])["cases"] == [case._asdict() for case in kernels.QUICK.cases]


def test_the_table_has_a_line_for_each_run(folder):
    with cubes.read(folder / "kernels.nc") as data:
        rows = kernels_table.rows(data)
    assert [row[:5] for row in rows[::2]] == [
        ["analytic", "200", "300", "infinite", "tabulated"],
        ["empirical", "100", "4", "16", "gram products"],
    ]
    assert [row[7] for row in rows[1::2]] == ["–", "–"]


def test_the_full_plan_has_the_sizes_that_are_promised():
    cases = {(case.kernel, case.n, case.weight_layers, case.h) for case in kernels.FULL.cases}
    assert cases >= {("analytic", 2000, depth, 0) for depth in (30, 300)}
    assert cases >= {("empirical", 1000, 4, h) for h in (100, 300, 1000)}
