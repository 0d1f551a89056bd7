import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from crossover.datasets import idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([3, 9], dtype=np.uint8)


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=4, max_side=5)))
def test_decoding_is_the_inverse_of_encoding(array):
    decoded = idx.decode(idx.encode(array), "x")
    assert decoded.shape == array.shape
    assert np.array_equal(decoded, array)


def test_the_header_is_that_of_the_official_format():
    assert idx.encode(IMAGES)[:16] == bytes.fromhex("00000803 00000002 00000003 00000004")


@pytest.mark.parametrize("end", [3, 7, 15, 30])
def test_truncated_bytes_are_refused_by_name(end):
    with pytest.raises(ValueError, match=r"some file: .*fetch it again"):
        idx.decode(idx.encode(IMAGES)[:end], "some file")


def test_bytes_too_many_are_refused():
    with pytest.raises(ValueError, match="25 bytes of data, its header wants"):
        idx.decode(idx.encode(IMAGES) + b"\0", "some file")


@pytest.mark.parametrize("magic", [b"\0\0\x0d\x03", b"\1\0\x08\x03", b"PK\x03\x04"])
def test_a_wrong_magic_number_is_refused(magic):
    with pytest.raises(ValueError, match="not an idx file of unsigned bytes"):
        idx.decode(magic + idx.encode(IMAGES)[4:], "some file")


def _files(tmp_path, *contents: bytes) -> list:
    paths = [tmp_path / f"{k}.gz" for k in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def _packed(array: np.ndarray) -> bytes:
    return gzip.compress(idx.encode(array))


def test_pairs_of_files_are_joined_in_their_order(tmp_path):
    paths = _files(tmp_path, _packed(IMAGES), _packed(LABELS), _packed(IMAGES + 100), _packed(LABELS - 3))
    images, labels = idx.read(paths)
    assert np.array_equal(images, np.concatenate([IMAGES, IMAGES + 100]))
    assert labels.dtype == np.int64
    assert labels.tolist() == [3, 9, 0, 6]


def test_swapped_files_are_refused_with_both_names(tmp_path):
    paths = _files(tmp_path, _packed(LABELS), _packed(IMAGES))
    with pytest.raises(ValueError, match=r"0\.gz has shape .*1\.gz has .*are the files swapped\?"):
        idx.read(paths)


def test_images_and_labels_of_different_number_are_refused(tmp_path):
    with pytest.raises(ValueError, match="as many labels"):
        idx.read(_files(tmp_path, _packed(IMAGES), _packed(LABELS[:1])))


NOT_WHOLE = {"bare": idx.encode(IMAGES), "cut": _packed(IMAGES)[:-9], "head": _packed(IMAGES)[:5], "empty": b""}


@pytest.mark.parametrize("content", NOT_WHOLE.values(), ids=NOT_WHOLE)
def test_a_file_that_is_no_whole_gzip_is_refused_by_name(content, tmp_path):
    [path] = _files(tmp_path, content)
    with pytest.raises(ValueError, match=r"0\.gz: .*fetch it again"):
        idx.read_file(path)
