"""The embedded subset, the sources file, and the official files where they are there."""

import hashlib
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from crossover import config
from crossover.datasets import idx
from crossover.datasets.fetch import fetch, mismatch
from crossover.stages import dataset
from helpers import ROOT, run_of, shipped

SUBSET = ROOT / "workflow" / "resources" / "fashion_mnist_subset"
SOURCES = shipped("sources.yaml")


@pytest.mark.parametrize("name", SOURCES["fashion_mnist_subset"]["files"])
def test_the_embedded_files_have_the_hashes_of_the_sources_file(name):
    data = (SUBSET / name).read_bytes()
    assert hashlib.md5(data, usedforsecurity=False).hexdigest() == SOURCES["fashion_mnist_subset"]["files"][name]["md5"]
    assert mismatch(SUBSET / name, SOURCES["fashion_mnist_subset"]["files"][name]) == ""


def test_the_embedded_files_hold_300_images_of_each_class_in_under_3_megabytes():
    images, labels = idx.read([SUBSET / name for name in SOURCES["fashion_mnist_subset"]["files"]])
    assert images.shape == (3000, 28, 28)
    assert np.bincount(labels).tolist() == [300] * 10 == SOURCES["fashion_mnist_subset"]["class_counts"]
    assert sum(path.stat().st_size for path in SUBSET.iterdir()) < 3e6


def test_the_embedded_text_has_the_hashes_of_the_sources_file_and_its_notice():
    folder, files = SUBSET.parent / "kjv_subset", SOURCES["kjv_subset"]["files"]
    assert [mismatch(folder / name, hashes) for name, hashes in files.items()] == [""]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 300e3
    assert "public domain" in (folder / "NOTICE").read_text(encoding="utf-8")


def test_the_licence_lies_beside_the_embedded_files():
    text = (SUBSET / "LICENSE").read_text(encoding="utf-8")
    assert "MIT" in text
    assert "Zalando" in text


def test_every_mirror_ends_in_a_slash_and_is_https_but_where_the_official_address_is_not():
    for name, source in SOURCES.items():
        assert len({"mirrors", "resource", "package"} & set(source)) == 1, name
        for mirror in source.get("mirrors", []):
            assert mirror.startswith("https://") or name == "text8", name
            assert mirror.endswith("/"), name


def _check(arrays: dict[str, np.ndarray], n: int, n_test: int) -> None:
    """What holds for every data set of Section 2."""
    for part, count in (("train", n), ("test", n_test)):
        x, y, classes = (arrays[f"{what}_{part}"] for what in ("x", "y", "class"))
        assert x.shape == (count, 784)
        assert x.dtype == np.float32
        assert np.bincount(classes).tolist() == [count // 10] * 10
        assert np.array_equal(y, 2 * (classes % 2) - 1)
        # float32 on disk: 784 roundings of 6e-8, which mostly cancel
        np.testing.assert_allclose(np.linalg.norm(x.astype(float), axis=1), np.sqrt(784), rtol=1e-6)


def test_the_demo_data_set_is_balanced_on_the_sphere_with_parity_labels():
    spec = json.loads(config.dataset_spec(run_of(), "fashion_subset", 200, 2000))
    arrays = dataset.run(spec, [SUBSET / name for name in spec["files"]])
    _check(arrays, 200, 2000)
    again = dataset.run(spec | {"n": 100}, [SUBSET / name for name in spec["files"]])
    assert np.array_equal(again["x_train"], arrays["x_train"][:100]), "a smaller n is the start of a larger one"


def test_more_patterns_than_the_pool_has_are_refused():
    spec = json.loads(config.dataset_spec(run_of(), "fashion_subset", 2000, 2000))
    with pytest.raises(ValueError, match="n \\+ n_test = 4000, but fashion_mnist_subset has 3000"):
        dataset.run(spec, [SUBSET / name for name in spec["files"]])


def test_images_of_another_number_or_shape_than_the_sources_file_says_are_refused():
    spec = json.loads(config.dataset_spec(run_of(), "digits", 20, 20))
    with pytest.raises(ValueError, match=r"digits: images are \[1, 8, 8\], wanted image_shape = \[1, 4, 16\]"):
        dataset.run(spec | {"image_shape": [1, 4, 16]}, [])
    with pytest.raises(ValueError, match=r"digits: classes have \[178, .*, wanted class_counts = \[177, 182\]"):
        dataset.run(spec | {"class_counts": [177, 182]}, [])


def test_the_digits_of_scikit_learn_become_patterns_without_a_file():
    spec = json.loads(config.dataset_spec(run_of(), "digits", 200, 1540))
    assert spec["files"] == {}
    arrays = dataset.run(spec, [])
    assert arrays["x_train"].shape == (200, 64)
    assert np.bincount(arrays["class_test"]).tolist() == [154] * 10
    np.testing.assert_allclose(np.linalg.norm(arrays["x_test"].astype(float), axis=1), 8, rtol=1e-6)  # float32


@pytest.mark.parametrize("whiten", [True, False])
def test_components_are_taken_of_the_whole_normalised_pool(whiten):
    spec = json.loads(config.dataset_spec(run_of(), "digits_pca10", 1000, 740))
    arrays = dataset.run(spec | {"pca": {"components": 10, "whiten": whiten}}, [])
    x = np.concatenate([arrays["x_train"], arrays["x_test"]]).astype(float)
    assert x.shape == (1740, 10)
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-6)  # float32
    covariance = x.T @ x / len(x)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-6)
    np.testing.assert_allclose(np.diag(covariance) if whiten else np.diag(covariance).mean(), 1, rtol=1e-6)
    part = dataset.run(spec | {"pca": {"components": 10, "whiten": whiten}, "n": 100, "n_test": 10}, [])
    assert np.array_equal(part["x_train"], arrays["x_train"][:100]), "no component depends on n"


def test_the_whole_of_mnist_goes_through_fetch_and_dataset(official_data, tmp_path):
    source = SOURCES["mnist"]
    for name, hashes in source["files"].items():
        fetch(name, hashes=hashes, local=[official_data / "mnist"], mirrors=[], target=tmp_path / name)
    spec = json.loads(config.dataset_spec(run_of(), "mnist", 13130, 50000))
    _check(dataset.run(spec, [tmp_path / name for name in source["files"]]), 13130, 50000)


def test_swapped_files_of_mnist_are_refused_with_both_checksums(official_data, tmp_path):
    images, labels = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
    shutil.copy(official_data / "mnist" / labels, tmp_path / images)
    hashes = SOURCES["mnist"]["files"]
    problem = mismatch(tmp_path / images, hashes[images])
    assert hashes[labels]["content_md5"] in problem
    assert hashes[images]["content_md5"] in problem


def test_the_script_makes_the_same_subset_from_the_official_files(official_data, tmp_path):
    shutil.copy(SUBSET / "make_subset.py", tmp_path)
    folder = official_data / "fashion-mnist"
    subprocess.run([sys.executable, str(tmp_path / "make_subset.py"), str(folder)], check=True, capture_output=True)
    for name in SOURCES["fashion_mnist_subset"]["files"]:
        # what is packed is the same everywhere; how, by the zlib at hand
        made, kept = idx.read_file(tmp_path / name), idx.read_file(SUBSET / name)
        assert np.array_equal(made, kept), name
        assert (tmp_path / name).stat().st_size < 3e6


def test_the_whole_of_fashion_mnist_goes_through_fetch_and_dataset(official_data, tmp_path):
    source = SOURCES["fashion_mnist"]
    for name, hashes in source["files"].items():
        came = fetch(name, hashes=hashes, local=[official_data / "fashion-mnist"], mirrors=[], target=tmp_path / name)
        assert came == str(official_data / "fashion-mnist" / name)
    spec = json.loads(config.dataset_spec(run_of("article"), "fashion", 10000, 50000))
    paths = [tmp_path / name for name in spec["files"]]
    arrays = dataset.run(spec, paths)
    _check(arrays, 10000, 50000)
    # the mean image is subtracted from the pool of 70,000; scaling to the sphere afterwards moves the mean from 0, and
    # the part shown here is 6/7 of it: a component of unit variance has a mean of order 0.1 at most
    mean = np.concatenate([arrays["x_train"], arrays["x_test"]]).mean(0)
    assert np.abs(mean).max() < 0.3
    _, labels = idx.read(paths)
    assert np.bincount(labels).tolist() == source["class_counts"]
