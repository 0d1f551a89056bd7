"""A training job that is killed and started again ends with the bits of one that was not."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr

from crossover import cubes
from helpers import PACKAGE, member_spec, sphere_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data set of 200 patterns."""
    path = tmp_path_factory.mktemp("data") / "data.nc"
    arrays = sphere_data(n=200, n_test=60, d=30)
    attrs = cubes.provenance(kind="dataset", title="test", spec="{}", licence="none")
    cubes.write(cubes.make("dataset", arrays, attrs), path)
    return path


def _start(folder, data, spec, *, scratch=True):
    files = ["--output", folder / "members.nc", "--weights", folder / "weights.safetensors"]
    kept = ["--scratch", folder / "scratch", "--every", "0.05"] if scratch else []
    command = [sys.executable, "-m", "crossover", "train", "--spec", json.dumps(spec), "--data", data, "--device", "cpu"]
    env = {"PYTHONPATH": str(PACKAGE.parent), "PATH": "", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([*map(str, [*command, *files, *kept])], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)


def _finish(process):
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output.decode()
    return output.decode()


def _kill_at_checkpoint(process, folder, checkpoints):
    """SIGKILL once another checkpoint was written after ``checkpoints`` were seen; whether it came to that."""
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        states = {(path, path.stat().st_mtime_ns) for path in (folder / "scratch").glob("*/*.safetensors")}
        if states - checkpoints:
            process.send_signal(signal.SIGKILL)
            process.wait()
            checkpoints |= states
            return True
        time.sleep(0.002)
    return False


@pytest.mark.parametrize(
    "flow", [{"name": "euler", "gradient_change": 1e-4, "output_change": 0.1}, {"name": "auto", "tolerance": 1e-4}]
)
def test_a_job_killed_twice_ends_with_the_same_bits(tmp_path, data, flow):
    spec = member_spec(h=30, sqrt_h_alpha=1.0, seeds=(0, 2), flow=flow)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir(), killed.mkdir()
    _finish(_start(whole, data, spec, scratch=False))
    seen: set = set()
    for _ in range(2):
        process = _start(killed, data, spec)
        assert _kill_at_checkpoint(process, killed, seen), "it ended before it could be killed"
        assert not (killed / "members.nc").exists()
    assert "goes on from the checkpoints in" in _finish(_start(killed, data, spec))
    assert not list((killed / "scratch").iterdir()), "the checkpoint is thrown away"
    with xr.open_dataset(whole / "members.nc") as one, xr.open_dataset(killed / "members.nc") as other:
        xr.testing.assert_equal(one, other)
        assert np.isfinite(one["rescaled_loss"]).any()
    assert (whole / "weights.safetensors").read_bytes() == (killed / "weights.safetensors").read_bytes()


def test_another_spec_does_not_go_on_from_the_checkpoint(tmp_path, data):
    spec = member_spec(h=30, sqrt_h_alpha=1.0, seeds=(0, 2), flow={"name": "auto", "tolerance": 1e-4})
    assert _kill_at_checkpoint(_start(tmp_path, data, spec), tmp_path, set())
    (left,) = (tmp_path / "scratch").iterdir()
    _finish(_start(tmp_path, data, spec | {"sqrt_h_alpha": [1e4]}))
    assert left.exists()


def test_a_checkpoint_that_cannot_be_read_is_one_line(tmp_path, data):
    spec = member_spec(h=30, sqrt_h_alpha=1.0, seeds=(0, 2), flow={"name": "auto", "tolerance": 1e-4})
    assert _kill_at_checkpoint(_start(tmp_path, data, spec), tmp_path, set())
    (path,) = (tmp_path / "scratch").glob("*/*.safetensors")
    path.write_bytes(b"torn")
    process = _start(tmp_path, data, spec)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"crossover: {path}: cannot be read as safetensors" in output.decode()
