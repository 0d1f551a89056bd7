import json

import numpy as np
import pytest
from small import batch, cifar_batches, digest, tar_gz

from crossover import config
from crossover.datasets import cifar10
from crossover.datasets.fetch import fetch
from crossover.stages import dataset
from helpers import run_of, shipped

SOURCE = shipped("sources.yaml")["cifar10"]


def test_a_record_is_the_class_and_a_red_a_green_and_a_blue_plane():
    content = bytes([7]) + b"".join(bytes([colour] * 1024) for colour in (10, 20, 30))
    images, classes = cifar10.decode(content, "batch")
    assert classes.tolist() == [7]
    assert images.shape == (1, 3, 32, 32)
    assert [np.unique(images[0, plane]).tolist() for plane in range(3)] == [[10], [20], [30]]


def test_a_plane_is_stored_row_by_row():
    content = bytes([0]) + bytes([k // 32 for k in range(1024)]) + bytes(2048)
    images, _ = cifar10.decode(content, "batch")
    assert np.array_equal(images[0, 0], np.repeat(np.arange(32), 32).reshape(32, 32)), "the row number in each row"


@pytest.mark.parametrize("content", [b"", bytes(3072), bytes(3073 * 2 - 1)])
def test_bytes_that_are_no_whole_records_are_refused(content):
    with pytest.raises(ValueError, match=f"batch: {len(content)} bytes, wanted records of 3073"):
        cifar10.decode(content, "batch")


def test_a_class_over_9_is_refused_since_the_file_is_another_one():
    with pytest.raises(ValueError, match="batch: a class is 80"):
        cifar10.decode(b"P" + bytes(3072), "batch")


def test_the_archive_and_its_bare_batches_give_the_same_training_batches_first(tmp_path):
    batches = cifar_batches(per_class=1)
    shuffled = {f"cifar-10-batches-bin/{name}": batches[name] for name in sorted(batches, reverse=True)}
    archive = tar_gz(tmp_path / "cifar-10-binary.tar.gz", shuffled | {"cifar-10-batches-bin/readme.html": b"text"})
    for name, content in batches.items():
        (tmp_path / name).write_bytes(content)
    packed, bare = cifar10.read([archive]), cifar10.read([tmp_path / name for name in cifar10.BATCHES])
    whole = cifar10.decode(b"".join(batches[name] for name in cifar10.BATCHES), "all")
    for one, other, expected in zip(packed, bare, whole, strict=True):
        assert np.array_equal(one, expected)
        assert np.array_equal(other, expected)


def _spec(name: str, n: int, n_test: int, **changes) -> dict:
    return json.loads(config.dataset_spec(run_of(), name, n, n_test)) | changes


@pytest.mark.parametrize(
    ("name", "negative", "positive"),
    [
        ("cifar10", {0, 2, 4, 6, 8}, {1, 3, 5, 7, 9}),
        ("cifar10_cat_dog", {3}, {5}),
        ("cifar10_bird_ship", {2}, {8}),
        ("cifar10_plane_cat", {0}, {3}),
    ],
)
def test_halves_and_pairs_of_classes_are_balanced_with_the_smaller_class_negative(name, negative, positive, tmp_path):
    archive = tar_gz(tmp_path / "cifar-10-binary.tar.gz", cifar_batches(per_class=2))
    classes = sorted(negative | positive)
    n = 4 * len(classes)
    arrays = dataset.run(_spec(name, n, n, class_counts=[12] * 10), [archive])
    for part in ("train", "test"):
        y, found = arrays[f"y_{part}"], arrays[f"class_{part}"]
        assert found.tolist() == classes * 4, "interleaved, each class as often"
        assert set(found[y == -1].tolist()) == negative
        assert set(found[y == 1].tolist()) == positive
        assert arrays[f"x_{part}"].shape == (n, 3072)


def test_the_pixels_of_a_pattern_keep_the_order_of_the_image_shape(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 3, 32, 32))
    (tmp_path / "a.bin").write_bytes(batch(images, np.tile(np.arange(10), 2)))
    spec = _spec("cifar10", 10, 10, class_counts=[2] * 10)
    arrays = dataset.run(spec, [tmp_path / "a.bin"])
    x = np.concatenate([arrays["x_train"], arrays["x_test"]]).reshape(20, *spec["image_shape"])
    centred = images - images.mean(0)
    cosines = np.einsum("ichw,jchw->ij", x, centred) / np.linalg.norm(centred.reshape(20, -1), axis=1) / np.sqrt(3072)
    # float32 inputs: each pattern is one of the centred images as (channel, row, column), and each image is one pattern
    np.testing.assert_allclose(np.sort(cosines, axis=1)[:, -1], 1, rtol=1e-6)
    assert sorted(cosines.argmax(axis=1).tolist()) == list(range(20))


def test_the_first_official_batch_goes_through_fetch_and_dataset(official_data, tmp_path):
    name = "data_batch_1.bin"
    hashes = {"md5": SOURCE["files"]["cifar-10-binary.tar.gz"]["members"][name]}
    folder, target = official_data / "cifar10", tmp_path / name
    assert fetch(name, hashes=hashes, local=[folder], mirrors=[], target=target) == str(folder / f"{name}.xz")
    assert digest(target.read_bytes()) == hashes["md5"]
    _, classes = cifar10.read([target])
    counts = np.bincount(classes).tolist()
    assert sum(counts) == 10000
    arrays = dataset.run(_spec("cifar10_cat_dog", 100, 1700, class_counts=counts), [target])
    x = arrays["x_test"].astype(float)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.sqrt(3072), rtol=1e-6)  # float32
    # neighbours of a photograph are alike, across and down, in every plane: not so in a wrong layout
    image = x.reshape(-1, 3, 32, 32)
    across, down = (image[..., :-1] * image[..., 1:]).mean(), (image[..., :-1, :] * image[..., 1:, :]).mean()
    planes = (image[:, 0] * image[:, 2]).mean()
    assert min(across, down) > 0.9
    assert planes > 0.7
