"""Archives, whose members may lie bare in a folder, and files packed with xz."""

import gzip
import lzma

import pytest
from small import cifar_batches, digest, tar_gz

from crossover.datasets import cifar10
from crossover.datasets.archive import read_members
from crossover.datasets.fetch import fetch, mismatch
from helpers import shipped

NAME = "cifar-10-binary.tar.gz"
BATCHES = cifar_batches(per_class=1)
MEMBERS = {name: digest(content) for name, content in BATCHES.items()}


@pytest.fixture
def official(tmp_path):
    """The archive as published, in a folder of its own, and the hashes of the sources file."""
    folder = tmp_path / "official"
    folder.mkdir()
    archive = tar_gz(folder / NAME, {f"cifar-10-batches-bin/{name}": content for name, content in BATCHES.items()})
    return archive, {"md5": digest(archive.read_bytes()), "members": MEMBERS}


def _bare(tmp_path, contents: dict[str, bytes]):
    folder = tmp_path / "bare"
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def _fetch(tmp_path, hashes, *local):
    target = tmp_path / "data" / NAME
    came = fetch(NAME, hashes=hashes, local=local, mirrors=[], target=target)
    assert [path.name for path in target.parent.iterdir()] == [NAME], "nothing but the file is left"
    return came, target


def test_an_archive_is_taken_as_it_is(official, tmp_path):
    archive, hashes = official
    came, target = _fetch(tmp_path, hashes, archive.parent)
    assert came == str(archive)
    assert target.read_bytes() == archive.read_bytes()


def test_bare_batches_also_packed_with_xz_make_an_archive_that_is_accepted_by_its_members(official, tmp_path):
    _, hashes = official
    contents = BATCHES | {"data_batch_1.bin.xz": lzma.compress(BATCHES["data_batch_1.bin"])}
    del contents["data_batch_1.bin"]
    folder = _bare(tmp_path, contents)
    came, target = _fetch(tmp_path, hashes, folder)
    assert came == str(folder)
    assert digest(target.read_bytes()) != hashes["md5"]
    assert mismatch(target, hashes) == ""
    assert read_members(target, cifar10.BATCHES) == BATCHES


def test_a_batch_that_is_missing_is_named_beside_those_that_are_there(official, tmp_path):
    _, hashes = official
    folder = _bare(tmp_path, {name: BATCHES[name] for name in ("data_batch_1.bin", "data_batch_3.bin")})
    with pytest.raises(ValueError, match=NAME) as caught:
        _fetch(tmp_path, hashes, folder)
    message = str(caught.value)
    assert f"{folder}: has data_batch_1.bin, data_batch_3.bin, lacks data_batch_2.bin, data_batch_4.bin" in message
    assert "test_batch.bin" in message
    assert "data.local" in message


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_batch_2.bin": BATCHES["data_batch_3.bin"], "data_batch_3.bin": BATCHES["data_batch_2.bin"]},
        {"data_batch_2.bin": BATCHES["data_batch_2.bin"][:-3073]},
        {"data_batch_2.bin": BATCHES["data_batch_2.bin"] + b"\0"},
    ],
)
def test_swapped_truncated_or_changed_batches_are_refused_with_both_checksums(official, wrong, tmp_path):
    _, hashes = official
    contents = BATCHES | wrong
    found, wanted = digest(contents["data_batch_2.bin"]), MEMBERS["data_batch_2.bin"]
    with pytest.raises(ValueError, match=f"data_batch_2.bin has md5 {found}, wanted {wanted}"):
        _fetch(tmp_path, hashes, _bare(tmp_path, contents))
    repacked = tar_gz(tmp_path / NAME, contents)
    assert mismatch(repacked, hashes) == f"{repacked}: data_batch_2.bin has md5 {found}, wanted {wanted}"


@pytest.mark.parametrize("left", [-1, 0.5, 0])
def test_a_truncated_archive_is_refused_with_both_checksums(official, left, tmp_path):
    archive, hashes = official
    data = archive.read_bytes()
    short = data[:left] if left < 0 else data[: int(left * len(data))]
    path = tmp_path / NAME
    path.write_bytes(short)
    problem = mismatch(path, hashes)
    assert digest(short) in problem
    assert hashes["md5"] in problem
    assert "damaged" in problem


def test_a_damaged_local_archive_is_named_where_it_lies(official, tmp_path):
    archive, hashes = official
    archive.write_bytes(archive.read_bytes()[:-1])
    with pytest.raises(ValueError, match=NAME) as caught:
        _fetch(tmp_path, hashes, archive.parent)
    assert str(caught.value).count(str(archive)) == 2, "once with both checksums, once with the damage"
    assert str(tmp_path / "data") not in str(caught.value), "no scratch file is named"


def test_a_file_that_has_its_md5_alone_is_refused_with_both_checksums(tmp_path):
    path = tmp_path / "gzip.zip"
    path.write_bytes(b"another archive")
    wanted = shipped("sources.yaml")["emnist_letters"]["files"]["gzip.zip"]
    assert mismatch(path, wanted) == f"{path}: md5 {digest(b'another archive')}, wanted {wanted['md5']}"


def test_a_file_packed_with_xz_is_unpacked_and_checked(tmp_path):
    content = BATCHES["test_batch.bin"]
    folder = _bare(tmp_path, {"test_batch.bin.xz": lzma.compress(content)})
    target = tmp_path / "data" / "test_batch.bin"
    came = fetch("test_batch.bin", hashes={"md5": digest(content)}, local=[folder], mirrors=[], target=target)
    assert came == str(folder / "test_batch.bin.xz")
    assert target.read_bytes() == content


DAMAGED = {"cut": lzma.compress(BATCHES["test_batch.bin"])[:-9], "empty": b"", "gzip": gzip.compress(b"no xz")}


@pytest.mark.parametrize("packed", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_xz_is_refused_by_name(packed, tmp_path):
    folder = _bare(tmp_path, {"test_batch.bin.xz": packed})
    with pytest.raises(ValueError, match=r"test_batch\.bin\.xz: cannot be read .*data\.local"):
        fetch("test_batch.bin", hashes={"md5": "0"}, local=[folder], mirrors=[], target=tmp_path / "data" / "test_batch.bin")


def test_the_part_of_cifar_10_that_is_there_is_named_with_what_is_missing(official_data, tmp_path):
    hashes = shipped("sources.yaml")["cifar10"]["files"][NAME]
    with pytest.raises(ValueError, match=r"has data_batch_1\.bin\.xz, lacks data_batch_2\.bin, .*test_batch\.bin"):
        _fetch(tmp_path, hashes, official_data / "cifar10")
