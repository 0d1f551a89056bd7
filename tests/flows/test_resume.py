"""An integration that was interrupted goes on to the very numbers of one that was not."""

import numpy as np
import pytest
import torch

from crossover import flows
from crossover.checkpoint import FileCheckpoint
from crossover.flows import auto
from crossover.flows.outputs import OutputPoints
from crossover.flows.state import Limits
from small_networks import NETWORKS, field_of, train

every = pytest.mark.parametrize("name", NETWORKS)
TIMES = np.geomspace(1e-3, 1e4, 60)
VALUES = [0.3, 3.0, 1e4]  # end at different steps


class Often(FileCheckpoint):
    """Saves after every so many steps, however long it takes."""

    def __init__(self, path, *, gap=1):
        super().__init__(path, every=0.0, at_end=True)
        self.gap, self.steps, self.saves = gap, 0, 0

    def due(self, *, ended):
        self.steps += 1
        return ended or self.steps % self.gap == 0

    def save(self, packed):
        self.saves += 1
        super().save(packed)


class Interrupt(Exception):
    """What ends a job."""


def interrupted_after(steps):
    def progress(ended, state):
        nonlocal steps
        steps -= 1
        if steps < 0:
            raise Interrupt

    return progress


def problem(dtype=torch.float64):
    return field_of([0, 1, 2], sqrt_h_alpha=VALUES, n=4, dtype=dtype)


def points_of(field):
    """The first training patterns, on which norms of the outputs are recorded."""
    anchor = field.anchor
    return OutputPoints.of(anchor.network, anchor.w0, anchor.x[:3])


def steps_of(stepper, field, **options):
    """A result, the number of steps to it and those after which a member ended."""
    ends = []
    result = train(stepper, field, progress=lambda ended, state: ends.append(ended), **options)
    return result, len(ends), ends


def same(a, b):
    assert a.status == b.status
    for name in ("t_stop", "t_half", "curve", "norms"):
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True), name
    assert torch.equal(a.y, b.y)
    assert torch.equal(a.F, b.F)
    for one, other in zip(a.work, b.work, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@every
def test_a_resumed_integration_gives_the_same_bits(name, dtype, tmp_path, monkeypatch):
    monkeypatch.setattr(auto.Costs, "of", classmethod(lambda cls, field: cls(1.0, 15.0, 0.001)))  # auto: takes both methods
    stepper, field = NETWORKS[name], problem(dtype)
    curves = {"times": TIMES, "followed": points_of(field)}
    whole, steps, ends = steps_of(stepper, field, **curves)
    assert np.array_equal(np.isfinite(whole.norms), np.isfinite(np.stack([whole.curve] * 2, axis=2)))
    assert len(set(ends) - {0}) == 3  # one by one
    path, gap = tmp_path / "part.safetensors", max(1, steps // 12)
    # twice, the second time after the first end, with some steps since the last save that are lost
    for stop in (gap + gap // 2, max(gap, ends.index(1) + 1)):
        with pytest.raises(Interrupt):
            train(stepper, field, **curves, checkpoint=Often(path, gap=gap), progress=interrupted_after(stop))
        saved = Often(path).load()
    ended = saved["ends.0"] != 0  # the status
    assert ended.any()
    assert not ended.all()
    resumed, rest, _ = steps_of(stepper, field, **curves, checkpoint=Often(path, gap=gap))
    assert 0 < rest < steps
    same(resumed, whole)


@every
def test_checkpoints_change_nothing(name, tmp_path):
    checkpoint, limits = Often(tmp_path / "part.safetensors", gap=7), Limits(150, 600.0)
    same(train(NETWORKS[name], problem(), limits=limits, checkpoint=checkpoint), train(NETWORKS[name], problem(), limits=limits))
    assert checkpoint.saves > 2


@every
def test_one_that_is_done_is_not_done_again(name, tmp_path):
    checkpoint, limits = FileCheckpoint(tmp_path / "part.safetensors", every=1e9, at_end=True), Limits(150, 600.0)
    done = train(NETWORKS[name], problem(), limits=limits, times=TIMES, checkpoint=checkpoint)

    def never(ended, state):
        raise AssertionError("a step")

    same(train(NETWORKS[name], problem(), limits=limits, times=TIMES, checkpoint=checkpoint, progress=never), done)


def test_members_that_are_bad_from_the_start_stay_so(tmp_path):
    field = problem()
    w0 = field.anchor.w0.index_fill(0, torch.tensor([1]), torch.nan)
    field = field._replace(anchor=field.anchor.network.anchor(w0, field.anchor.x))
    checkpoint = Often(tmp_path / "part.safetensors")
    with pytest.raises(Interrupt):
        train(NETWORKS["rkc-2"], field, checkpoint=checkpoint, progress=interrupted_after(3))
    result = train(NETWORKS["rkc-2"], field, checkpoint=checkpoint)
    assert result.status == ["converged", "not_finite", "converged"]


def test_the_seconds_spent_before_count(tmp_path):
    checkpoint = Often(tmp_path / "part.safetensors")
    with pytest.raises(Interrupt):
        train(NETWORKS["rkc-2"], problem(), checkpoint=checkpoint, progress=interrupted_after(3))
    packed = checkpoint.load()
    checkpoint.save(packed | {"seconds": packed["seconds"] + 1000})
    result, steps, _ = steps_of(NETWORKS["rkc-2"], problem(), limits=Limits(10**9, 500.0), checkpoint=checkpoint)
    assert result.status == ["time_limit"] * 3
    assert steps == 1


def test_a_torn_file_is_one_line(tmp_path):
    path = tmp_path / "part.safetensors"
    path.write_bytes(b"\x10\0\0\0\0\0\0\0{")
    with pytest.raises(ValueError, match="cannot be read as safetensors"):
        train(flows.load("rkc", tolerance=1e-3), problem(), checkpoint=FileCheckpoint(path, every=1.0, at_end=True))
