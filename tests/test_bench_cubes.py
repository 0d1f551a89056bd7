"""`crossover bench cubes`: the small run, and that what it measures is what cubes are written with."""

import netCDF4
import numpy as np
import pytest
from typer.testing import CliRunner

from crossover import cli, cubes, schema
from crossover.bench import storage


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    """The raw cube of the small run, written in this process."""
    folder = tmp_path_factory.mktemp("storage")
    return storage.make_cube(storage.QUICK, folder)[0]


def test_the_quick_measurement_has_a_row_for_every_setting_and_read(tmp_path):
    done = CliRunner().invoke(cli.app, ["bench", "cubes", "--quick", "--output", str(tmp_path / "cubes.md")])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "cubes.md").read_text(encoding="utf-8")
    assert text in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"cubes.md"}
    for name in [*storage.COMPRESSIONS, *storage.CHUNKS]:
        assert f"| {name} |" in text, name
    assert "| `crossover cube` of 24 files |" in text
    assert "outputs of all seeds of a point" in text


def test_the_cube_that_is_measured_is_whole_and_stored_as_chosen(cube):
    size = storage.QUICK
    with cubes.read(cube) as data:
        assert data["F_test"].shape == (1, len(size.widths), len(size.alphas), size.seeds, size.test)
        assert (data["status"] == schema.STATUS["converged"]).all()
        for k, (h, a) in enumerate(np.ndindex(len(size.widths), len(size.alphas))):
            np.testing.assert_array_equal(data["F_test"][0, h, a].values, storage.outputs(size, k))
    with netCDF4.Dataset(cube) as data:
        assert data["F_test"].chunking() == list(storage.CHUNKS[storage.CHOSEN[1]](size))
        found, chosen = data["F_test"].filters(), storage.COMPRESSIONS[storage.CHOSEN[0]]
        assert (found["zlib"], found["complevel"], found["shuffle"]) == (True, chosen["complevel"], chosen["shuffle"])


def test_the_made_outputs_are_alike_along_alpha_and_of_the_seeds():
    first, second, last = (storage.outputs(storage.QUICK, k)[0] for k in (0, 1, 2))
    assert np.corrcoef(first, second)[0, 1] > np.corrcoef(first, last)[0, 1] > 0.8


def test_a_compression_that_the_library_lacks_is_said(tmp_path, monkeypatch):
    def lacking(*arguments):
        raise RuntimeError("no filter")

    monkeypatch.setattr(storage, "_write_one", lacking)
    rows = list(storage.settings(storage.QUICK, tmp_path))
    assert {row[2] for row in rows} == {"not in this build (no filter)"}
    assert all(len(row) == len(storage.HEADER) for row in rows)
