"""Where events lie inside a step, against their formulas."""

import numpy as np
import pytest
import torch

from crossover import flows
from crossover.flows import events
from crossover.flows.state import Inside
from problems import Straight
from small_networks import NETWORKS, TIGHT, field_of, train

MEMBERS, N = 3, 4
INDEX = torch.arange(MEMBERS)
TARGET = torch.tensor([0.2, 0.5, 0.9]).double()


def event(F, index):
    """The first output passes a target of the member's own."""
    return F[:, 0] - TARGET[index]


def squares(theta):
    """Outputs of the state: theta^2, (member, n)."""
    return (theta**2)[:, None].expand(-1, N)


def inside(outputs, *, free):
    return Inside(outputs, squares, 0 if free else 1, 2)


def field():
    return Straight(torch.ones(MEMBERS).double())  # its outputs are the state


def test_a_crossing_is_where_the_event_happens_and_not_before():
    theta, spent = events.crossing(inside(lambda theta, k: squares(theta), free=False), event, INDEX)
    np.testing.assert_allclose(theta, TARGET.sqrt(), atol=events.LOCATED)
    assert (event(squares(theta), INDEX) >= 0).all()
    assert (spent > 2).all()


def test_members_are_located_as_alone():
    theta, spent = events.crossing(inside(lambda theta, k: squares(theta), free=False), event, INDEX)
    for k in range(MEMBERS):
        alone, evaluations = events.crossing(inside(lambda theta, at: squares(theta), free=False), event, INDEX[k : k + 1])
        assert alone[0] == theta[k]
        assert evaluations[0] == spent[k]


def test_an_event_hidden_at_the_end_is_at_the_end():
    theta, _ = events.crossing(inside(lambda theta, k: 0.1 * squares(theta), free=True), event, INDEX)
    assert theta.tolist() == [1, 1, 1]


@pytest.mark.parametrize("shift", [1e-3, -1e-3, 1e-2, -1e-2])
def test_where_the_outputs_are_only_close_to_those_of_the_state_the_event_is_that_of_the_state(shift):
    def close(theta, k):
        return squares(theta) + shift * (theta * (1 - theta) * (1 + theta))[:, None]

    at = events.locate(field(), inside(close, free=True), event, INDEX)
    # the outputs settle to 1e-7; at 0.2 theta^2 has the slope 0.9
    np.testing.assert_allclose(at.theta, TARGET.sqrt(), atol=1e-6)
    assert (event(at.F, INDEX) >= 0).all()
    torch.testing.assert_close(at.F, squares(at.theta), rtol=0, atol=0)
    torch.testing.assert_close(at.y, at.F, rtol=0, atol=0)
    assert (at.evaluations >= 2 * 3).all()  # two states at least, of two evaluations and one of their outputs


def test_where_the_outputs_never_settle_the_event_has_happened():
    calls = []

    def jumping(theta, k):
        calls.append(len(theta))
        return squares(theta) + 1e-4 * (-1) ** len(calls)

    at = events.locate(field(), inside(jumping, free=True), event, INDEX)
    assert (event(at.F, INDEX) >= 0).all()
    np.testing.assert_allclose(at.theta, TARGET.sqrt(), atol=1e-3)


def test_the_outputs_of_the_state_need_no_correction():
    at = events.locate(field(), inside(lambda theta, k: squares(theta), free=False), event, INDEX)
    _, spent = events.crossing(inside(lambda theta, k: squares(theta), free=False), event, INDEX)
    assert torch.equal(at.evaluations, spent + 3)


@pytest.mark.parametrize("sqrt_h_alpha", [1.0, 1e3])
@pytest.mark.parametrize("name", ["rkc-2", "rkc-4", "tangent", "auto", "momentum"])
def test_a_stop_is_just_reached(name, sqrt_h_alpha):
    problem = field_of([0, 1], sqrt_h_alpha=sqrt_h_alpha, n=6)
    result = train(NETWORKS[name], problem)
    assert result.status == ["converged"] * 2
    margins = (result.F * problem.labels).min(1).values
    assert ((margins >= 1) & (margins < 1 + 1e-5)).all()  # 1e-7 of a step in which they move by less than ten or so
    torch.testing.assert_close(problem.outputs(result.y), result.F, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("sqrt_h_alpha", [1.0, 1e3])
@pytest.mark.parametrize("name", ["rkc", "tangent", "auto"])
def test_tight_runs_of_all_methods_meet_their_events_at_the_same_times(name, sqrt_h_alpha):
    problem = field_of([0], sqrt_h_alpha=sqrt_h_alpha, h=30, n=4)
    stepper = flows.load("rkc", tolerance=1e-6) if name == "rkc" else flows.load(name, tolerance=3e-6)
    result, exact = train(stepper, problem), train(TIGHT, problem)
    # some hundred steps that each leave up to their tolerance
    assert result.t_stop[0] == pytest.approx(exact.t_stop[0], rel=1e-4)
    assert result.t_half[0] == pytest.approx(exact.t_half[0], rel=1e-4)


def test_a_member_that_does_not_settle_leaves_its_mates_alone():
    def close(theta, k):
        shift = torch.tensor([1e-5, 1e-2, 1e-5]).double()[k]  # the second needs more corrections
        return squares(theta) + (shift * theta * (1 - theta) * (1 + theta))[:, None]

    together = events.locate(field(), inside(close, free=True), event, INDEX)
    for k in (0, 2):
        only = INDEX[k : k + 1]
        alone = events.locate(
            Straight(torch.ones(1).double()), inside(lambda theta, at, k=k: close(theta, at + k), free=True), event, only
        )
        assert alone.theta[0] == together.theta[k]
        assert alone.evaluations[0] == together.evaluations[k]
    assert together.evaluations[1] > together.evaluations[0]
