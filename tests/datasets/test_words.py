"""Texts as numbers of their words."""

import gzip
import json
import zipfile

import numpy as np
import pytest
from typer.testing import CliRunner

from crossover import cli, cubes
from crossover.config import read_yaml
from crossover.datasets import rows, words
from depth_specs import SPECS
from helpers import ROOT


def test_words_are_numbered_by_their_frequency_and_then_by_the_alphabet():
    found, named = words.tokens("The cat; the DOG, the cow. A cow's end", vocabulary=3, length=100)
    assert named == ["the", "cow", "a"]
    assert found.tolist() == [0, 0, 0, 1, 2, 1]
    found, _ = words.tokens("the cat the dog", vocabulary=2, length=3)
    assert found.tolist() == [0, 1, 0]


def test_a_text_of_too_few_words_is_an_error():
    with pytest.raises(ValueError, match=r"vocabulary = 3: the text has 2 different words"):
        words.tokens("one two one", vocabulary=3, length=100)


def test_a_gzip_and_an_archive_are_read_and_a_damaged_one_is_an_error(tmp_path):
    packed, archive = tmp_path / "a.txt.gz", tmp_path / "text8.zip"
    packed.write_bytes(gzip.compress(b"in the beginning"))
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("text8", " anarchism originated")
    assert words.read(packed) == "in the beginning"
    assert words.read(archive, ["text8"]) == " anarchism originated"
    packed.write_bytes(gzip.compress(b"in the beginning" * 100)[:-20])
    with pytest.raises(ValueError, match=r"a.txt.gz: cannot be read as text"):
        words.read(packed)


def test_the_embedded_text_is_the_one_that_is_named_and_has_words_enough():
    hashes = read_yaml(ROOT / "config" / "sources.yaml")["kjv_subset"]["files"]
    [name] = hashes
    found, named = words.tokens(words.read(ROOT / "workflow" / "resources" / "kjv_subset" / name), vocabulary=1000, length=10**6)
    assert named[:3] == ["the", "and", "of"]
    assert len(found) > 1e5


def test_another_text_than_the_official_one_is_refused(tmp_path):
    path = tmp_path / "verses.txt.gz"
    path.write_bytes(gzip.compress(b"another text"))
    spec = SPECS["depth_table1"] | {"seed": 0, "files": {path.name: {"md5": "0" * 32, "content_md5": "1" * 32}}}
    given = ["theory", "depth_table1", "--spec", json.dumps(spec), "--text", str(path), "--output", str(tmp_path / "a.nc")]
    done = CliRunner().invoke(cli.app, given)
    assert done.exit_code == 1
    assert f"wanted {'1' * 32}" in str(done.exception)
    assert not (tmp_path / "a.nc").exists()


def test_a_text_becomes_a_cube(tmp_path):
    from crossover.datasets.fetch import _file_md5

    path = ROOT / "workflow" / "resources" / "kjv_subset" / "verses.txt.gz"
    spec = SPECS["depth_table1"] | {"seed": 0, "steps": 3, "widths": [8, 16], "files": {path.name: {"md5": _file_md5(path)}}}
    given = ["theory", "depth_table1", "--spec", json.dumps(spec), "--text", str(path), "--output", str(tmp_path / "a.nc")]
    done = CliRunner().invoke(cli.app, given)
    assert done.exit_code == 0, done.output
    with cubes.read(tmp_path / "a.nc") as data:
        assert data["feature_norm"].dims == ("parameterization", "width", "seed")
        assert json.loads(data.attrs["inputs"]).keys() == {"verses.txt.gz"}


def test_rows_keep_the_angles_between_pixels():
    images = np.random.default_rng(0).integers(1, 255, (5, 3, 3)).astype(np.uint8)
    found = rows.normalize(images)
    np.testing.assert_allclose((found**2).sum(1), 9)
    flat = images.reshape(5, -1).astype(float)
    norms = np.linalg.norm(flat, axis=1)
    np.testing.assert_allclose(found @ found.T / 9, flat @ flat.T / np.outer(norms, norms))
    with pytest.raises(ValueError, match="image 2 is black"):
        rows.normalize(np.where(np.arange(5)[:, None, None] == 2, 0, images))
