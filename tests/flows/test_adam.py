"""Adam against torch's own on the loss written out, its batches and its looks."""

import numpy as np
import pytest
import torch

from crossover import flows, losses
from crossover.flows.adam import FARTHEST
from crossover.flows.state import Limits, State, Work
from problems import SOFT_HINGE
from small_networks import contradiction, field_of, streams, train

HINGE = losses.load("hinge")


def adam(seeds, **options):
    return flows.load("adam", **{"learning_rate": 1e-2, "batch_size": 3} | options, streams=streams(seeds))


def started(stepper, field):
    y = torch.zeros_like(field.anchor.w0)
    index, nothing = torch.arange(len(y)), torch.zeros(len(y), dtype=torch.float64)
    return stepper.start(field, State(index, nothing, nothing, y, *field.outputs_and_rate(y), Work.of(index)))


def after(state, proposal):
    return state._replace(
        t=state.t + proposal.dt, dt=proposal.dt_next, y=proposal.y, F=proposal.F, memory=proposal.memory, work=proposal.work
    )


def initially(field, x):
    """A field's F with F(w0) = alpha f(w0)."""
    return field._replace(initial=field.alpha[:, None] * field.anchor.network.outputs(field.anchor.w0, x))


@pytest.mark.parametrize("subtract_initial", [True, False])
def test_every_step_is_that_of_torch_on_the_loss_over_sqrt_h_alpha(subtract_initial):
    h, a, looks = 8, 3.0, 24
    field = field_of([0], sqrt_h_alpha=a, h=h)._replace(loss=HINGE)
    network, w0, x, labels = field.anchor.network, field.anchor.w0, field.inputs.x, field.labels
    if not subtract_initial:
        field = initially(field, x)
    stepper = adam([0])
    state = started(stepper, field)
    w = torch.nn.Parameter(w0.clone())
    reference = torch.optim.Adam([w], lr=1e-2, betas=(0.9, 0.999), eps=1e-8)
    for _ in range(looks):
        batches = stepper._batches(state, 0)
        state = after(state, stepper.step(field, state))
        for batch in batches:
            F = a / h**0.5 * (network.outputs(w, x[batch]) - (network.outputs(w0, x[batch]) if subtract_initial else 0))
            reference.zero_grad()
            ((1 - F * labels[batch]).clamp_min(0).mean() / a).backward()
            reference.step()
        # rounding, which the square root of the second mean enlarges where a gradient is nearly 0
        torch.testing.assert_close(state.y, (w - w0).detach(), rtol=1e-7, atol=1e-10)
        torch.testing.assert_close(state.F, field.outputs(state.y))
    assert float(state.t) > looks  # some after two steps


def test_it_looks_after_a_tenth_more_steps_and_1000_at_most(monkeypatch):
    field, stepper = field_of([0]), adam([0])
    state = started(stepper, field)
    monkeypatch.setattr(type(stepper), "_advance", lambda self, field, state, k: (state.y[k],) * 3)
    looks = []
    for _ in range(100):
        state = after(state, stepper.step(field, state))
        looks.append(float(state.t))
    assert looks[:22] == [*range(1, 21), 22, 24]
    assert max(np.diff(looks)) == FARTHEST
    assert np.diff(looks)[-1] == FARTHEST


def test_work_counts_looks_and_patterns_in_training_sets():
    field, stepper = field_of([0], n=12), adam([0], batch_size=3)  # four steps see as many patterns as there are
    state, total = started(stepper, field), 0
    for _ in range(20):
        state = after(state, stepper.step(field, state))
        total += int(state.work.evaluations)
    assert float(state.t) == 20
    assert total == 20 + 20 * 3 // 12


def test_batches_are_fresh_have_no_pattern_twice_and_differ_over_members():
    field, stepper = field_of([0, 1], n=12), adam([0, 1], batch_size=4)
    state = started(stepper, field)._replace(dt=torch.tensor([300.0, 300.0]).double())
    drawn = stepper._batches(state, 0)
    assert drawn.shape == (300, 4)
    assert all(len(set(batch.tolist())) == 4 for batch in drawn)
    assert len({tuple(sorted(batch.tolist())) for batch in drawn}) > 150  # of 495
    counts = np.bincount(drawn.flatten(), minlength=12)
    assert (abs(counts - 100) < 5 * np.sqrt(100 * 2 / 3)).all()  # five standard deviations
    assert not torch.equal(drawn, stepper._batches(state, 1))
    assert not torch.equal(drawn, stepper._batches(state._replace(t=state.t + 300), 0))


def test_a_batch_is_never_larger_than_the_training_set():
    field, stepper = field_of([0], n=4), adam([0], batch_size=32)
    assert stepper._batches(started(stepper, field), 0).shape == (1, 4)


def test_it_stops_at_the_first_look_at_which_every_margin_is_1():
    field = field_of([0, 1, 2], sqrt_h_alpha=3.0)._replace(loss=HINGE)
    seen = []
    result = train(adam([0, 1, 2]), field, progress=lambda ended, state: seen.append(state.t.tolist()))
    assert result.status == ["converged"] * 3
    assert ((result.F * field.labels).min(1).values >= 1).all()
    assert set(result.t_stop) <= {t for step in seen for t in step}
    assert (result.t_half < result.t_stop).all()
    torch.testing.assert_close(field.outputs(result.y), result.F)
    one = train(adam([1]), field_of([1], sqrt_h_alpha=3.0)._replace(loss=HINGE))
    assert one.t_stop[0] == result.t_stop[1]


def test_the_first_step_moves_weights_by_the_learning_rate_however_large_alpha_is():
    """The gradient of the loss over alpha^2 would be far under epsilon at 1e7."""
    for a in (1.0, 1e7):
        field = field_of([0], sqrt_h_alpha=a)
        moved = adam([0]).step(field, started(adam([0]), field)).y.abs()
        assert float(moved.max()) == pytest.approx(1e-2, rel=1e-4)
        assert float(moved.median()) > 0.9e-2


def test_a_member_that_is_no_longer_finite_ends_so_and_leaves_its_mate_alone():
    field = field_of([0, 1], sqrt_h_alpha=3.0)
    broken = field._replace(initial=torch.tensor([[0.0], [0.0]]).double())
    stepper = adam([0, 1])

    class Breaks(type(stepper)):
        def _advance(self, field, state, k):
            y, first, second = super()._advance(field, state, k)
            bad = int(state.index[k]) == 0 and float(state.t[k]) > 5
            return (y * torch.nan if bad else y), first, second

    result, alone = train(Breaks(*stepper), broken), train(adam([1]), field_of([1], sqrt_h_alpha=3.0))
    assert result.status == ["not_finite", "converged"]
    torch.testing.assert_close(result.F[1], alone.F[0], rtol=1e-6, atol=1e-9)  # looks at two members may round otherwise


def test_one_that_cannot_fit_ends_at_its_limit_between_two_looks():
    x, labels = contradiction()
    result = train(adam([0], batch_size=4), field_of([0], x=x, labels=labels), limits=Limits(100, 600.0), times=[0.5, 1.5, 30.5])
    assert result.status == ["evaluation_limit"]
    initial = float(SOFT_HINGE.value(torch.zeros(1).double()))
    assert result.curve[0, 0] == pytest.approx(initial, rel=1e-12), "the loss of the last look"
    assert result.curve[0, 2] < result.curve[0, 1] < initial
