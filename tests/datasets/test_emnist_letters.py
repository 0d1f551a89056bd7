import json

import numpy as np
import pytest
from small import emnist_zip, zipped

from crossover import config
from crossover.datasets import emnist_letters
from crossover.stages import dataset
from helpers import run_of

UPRIGHT = np.zeros((28, 28), dtype=np.uint8)  # the letter L: a stem on the left, a bar at the bottom
UPRIGHT[4:24, 8:11] = 255
UPRIGHT[21:24, 8:20] = 255


def _letters(per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.repeat(np.arange(1, 27), per_class)).astype(np.uint8)
    return generator.integers(0, 256, (len(labels), 28, 28)).astype(np.uint8), labels


def test_a_letter_that_is_stored_transposed_comes_out_upright(tmp_path):
    stored = UPRIGHT.T[None]
    path = emnist_zip(tmp_path / "gzip.zip", [stored, stored], [np.array([12]), np.array([12])])
    images, labels = emnist_letters.read([path])
    assert np.array_equal(images, np.stack([UPRIGHT, UPRIGHT]))
    assert labels.tolist() == [12, 12], "L is the twelfth letter"


def test_training_and_test_letters_are_joined_in_this_order(tmp_path):
    (train, train_labels), (test, test_labels) = _letters(2, seed=0), _letters(1, seed=1)
    path = emnist_zip(tmp_path / "gzip.zip", [train, test], [train_labels, test_labels])
    images, labels = emnist_letters.read([path])
    assert np.array_equal(images, np.concatenate([train, test]).transpose(0, 2, 1))
    assert labels.tolist() == [*train_labels.tolist(), *test_labels.tolist()]


def test_letters_are_balanced_with_A_negative_and_Z_positive(tmp_path):
    (train, train_labels), (test, test_labels) = _letters(3, seed=0), _letters(2, seed=1)
    path = emnist_zip(tmp_path / "gzip.zip", [train, test], [train_labels, test_labels])
    spec = json.loads(config.dataset_spec(run_of(), "emnist_letters", 52, 78))
    assert spec["classes"] == list(range(1, 27)), "there is no class 0"
    arrays = dataset.run(spec | {"class_counts": [0] + [5] * 26}, [path])
    assert arrays["class_train"].tolist() == list(range(1, 27)) * 2
    assert arrays["y_train"].tolist() == [-1, 1] * 26
    assert arrays["x_test"].shape == (78, 784)


def test_an_archive_without_the_letters_is_refused_by_the_name_of_what_is_missing(tmp_path):
    path = zipped(tmp_path / "gzip.zip", {"gzip/emnist-digits-train-images-idx3-ubyte.gz": b""})
    with pytest.raises(ValueError, match=r"gzip\.zip: holds emnist-letters-train-images-idx3-ubyte\.gz 0 times"):
        emnist_letters.read([path])


def test_a_damaged_member_is_refused_by_its_name(tmp_path):
    path = zipped(tmp_path / "gzip.zip", dict.fromkeys(emnist_letters.MEMBERS, b"no gzip"))
    with pytest.raises(ValueError, match=r"gzip\.zip: emnist-letters-train-images-idx3-ubyte\.gz: cannot be unpacked"):
        emnist_letters.read([path])


def test_swapped_members_are_refused(tmp_path):
    images, labels = _letters(1, seed=0)
    path = emnist_zip(tmp_path / "gzip.zip", [labels, labels], [images, images])
    with pytest.raises(ValueError, match="are the files swapped"):
        emnist_letters.read([path])


def test_more_files_than_the_archive_are_refused(tmp_path):
    with pytest.raises(ValueError, match="has 2 files, wanted the one archive"):
        emnist_letters.read([tmp_path / "a", tmp_path / "b"])
