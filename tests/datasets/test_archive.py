import pytest
from small import tar_gz, zipped

from crossover.datasets.archive import read_members

MEMBERS = {"folder/b.bin": b"two" * 1000, "folder/a.bin": b"one", "folder/other.txt": b"not wanted"}


@pytest.mark.parametrize("write", [tar_gz, zipped])
def test_members_are_read_by_name_from_whatever_folder(write, tmp_path):
    path = write(tmp_path / "archive", MEMBERS)
    read = read_members(path, ["a.bin", "b.bin"])
    assert read == {"a.bin": b"one", "b.bin": b"two" * 1000}
    assert list(read) == ["a.bin", "b.bin"], "in the order that was asked for, not that of the archive"


@pytest.mark.parametrize("write", [tar_gz, zipped])
def test_nothing_is_extracted_not_even_a_member_that_climbs_out(write, tmp_path):
    folder = tmp_path / "deep" / "folder"
    folder.mkdir(parents=True)
    path = write(folder / "archive", {"../../a.bin": b"one"})
    assert read_members(path, ["a.bin"]) == {"a.bin": b"one"}
    assert {found.name for found in tmp_path.rglob("*")} == {"deep", "folder", "archive"}


@pytest.mark.parametrize("write", [tar_gz, zipped])
def test_a_missing_member_is_named(write, tmp_path):
    path = write(tmp_path / "archive", MEMBERS)
    with pytest.raises(ValueError, match=r"archive: holds c\.bin 0 times, wanted once"):
        read_members(path, ["a.bin", "c.bin"])


@pytest.mark.parametrize("write", [tar_gz, zipped])
def test_a_member_that_is_there_twice_is_refused(write, tmp_path):
    path = write(tmp_path / "archive", {"x/a.bin": b"one", "y/a.bin": b"two"})
    with pytest.raises(ValueError, match=r"holds a\.bin 2 times"):
        read_members(path, ["a.bin"])


@pytest.mark.parametrize("write", [tar_gz, zipped])
@pytest.mark.parametrize(
    "damage", [lambda data: data[:-40], lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"x" * 99]
)
def test_a_damaged_archive_is_refused_by_name(write, damage, tmp_path):
    path = write(tmp_path / "archive", MEMBERS)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"archive: .*fetch it again"):
        read_members(path, ["a.bin", "b.bin"])
