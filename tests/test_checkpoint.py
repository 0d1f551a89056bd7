"""The file that an integration continues from."""

import time

import pytest
import torch

from crossover.checkpoint import SHARE, FileCheckpoint, Folder

PACKED = {
    "state.0": torch.arange(3),
    "state.1": torch.rand(2, 3).double(),
    "nothing": torch.zeros(0, 4),
    "flag": torch.tensor([True]),
}


def test_what_was_saved_is_loaded(tmp_path):
    checkpoint = FileCheckpoint(tmp_path / "folder" / "part.safetensors", every=60.0, at_end=True)
    assert checkpoint.load() is None
    checkpoint.save(PACKED)
    loaded = FileCheckpoint(checkpoint.path, every=1.0, at_end=True).load()
    assert loaded.keys() == PACKED.keys()
    for name, value in PACKED.items():
        assert torch.equal(loaded[name], value)
        assert loaded[name].dtype == value.dtype
    checkpoint.save({"other": torch.ones(1)})
    assert list(checkpoint.load()) == ["other"]


def test_nothing_else_is_left_in_the_folder(tmp_path):
    checkpoint = FileCheckpoint(tmp_path / "part.safetensors", every=60.0, at_end=True)
    for _ in range(3):
        checkpoint.save(PACKED)
    assert [path.name for path in tmp_path.iterdir()] == ["part.safetensors"]


def test_a_save_that_fails_leaves_the_last_one(tmp_path, monkeypatch):
    from safetensors import torch as files

    checkpoint = FileCheckpoint(tmp_path / "part.safetensors", every=60.0, at_end=True)
    checkpoint.save(PACKED)

    def torn(tensors, path):
        with open(path, "wb") as file:
            file.write(b"half of it")
        raise OSError("No space left on device")

    monkeypatch.setattr(files, "save_file", torn)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save({"other": torch.ones(1)})
    assert [path.name for path in tmp_path.iterdir()] == ["part.safetensors"]
    assert checkpoint.load().keys() == PACKED.keys()


@pytest.mark.parametrize("damage", ["torn", "empty", "other"])
def test_a_file_that_is_not_whole_is_one_line(tmp_path, damage):
    path = tmp_path / "part.safetensors"
    FileCheckpoint(path, every=60.0, at_end=True).save(PACKED)
    whole = path.read_bytes()
    path.write_bytes({"torn": whole[: len(whole) // 2], "empty": b"", "other": b"\x89HDF" * 40}[damage])
    with pytest.raises(ValueError, match=r"part\.safetensors: cannot be read as safetensors \(.*\); remove it") as raised:
        FileCheckpoint(path, every=60.0, at_end=True).load()
    assert "\n" not in str(raised.value)


def test_it_is_time_to_save_after_a_while_and_at_the_end(tmp_path, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    checkpoint = FileCheckpoint(tmp_path / "part.safetensors", every=60.0, at_end=True)
    assert not checkpoint.due(ended=False)
    assert checkpoint.due(ended=True)
    now = 1059.0
    assert not checkpoint.due(ended=False)
    now = 1061.0
    assert checkpoint.due(ended=False)
    checkpoint.save(PACKED)
    assert not checkpoint.due(ended=False)
    now = 1122.0
    assert checkpoint.due(ended=False)


def test_a_slow_disk_gets_fewer_checkpoints(tmp_path, monkeypatch):
    clock = iter([0.0, 100.0, 104.0, 104.0 + 3.9 / SHARE, 104.0 + 4.1 / SHARE])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    checkpoint = FileCheckpoint(tmp_path / "part.safetensors", every=10.0, at_end=True)  # at 0
    checkpoint.save(PACKED)  # from 100 to 104
    assert not checkpoint.due(ended=False)
    assert checkpoint.due(ended=False)


def test_the_last_part_of_a_job_is_not_saved_at_its_end(tmp_path):
    folder = Folder(tmp_path, "spec", every=60.0)
    assert folder.part(0, 7, more=True).due(ended=True)
    assert not folder.part(8, 9, more=False).due(ended=True)


def test_jobs_of_other_specs_have_other_folders(tmp_path):
    assert Folder(tmp_path, "one", every=1.0).path != Folder(tmp_path, "other", every=1.0).path
