"""The choice between tangent-kernel and Runge-Kutta steps."""

import numpy as np
import pytest
import torch

from crossover import flows
from crossover.flows import auto
from crossover.flows.auto import CHANGED, PATIENCE, RUNGE_KUTTA, TANGENT, WINDOW, Race
from crossover.flows.state import Limits
from small_networks import TIGHT, field_of, train

AUTO = flows.load("auto", tolerance=5e-4)
LAZY, FEATURE = 1e4, 0.1
# many patterns for a tiny network
MANY = {"n": 40, "h": 12}


@pytest.fixture
def dear(monkeypatch):
    """A kernel costs 15 evaluations on any network: Runge-Kutta is worth a try."""
    monkeypatch.setattr(auto.Costs, "of", classmethod(lambda cls, field: cls(1.0, 15.0, 0.001)))


def kinds_of(field, **options):
    """The result, and the methods of the next step of the running members after each step: lists by member."""
    kinds = {}

    def progress(ended, state):
        for member, kind in zip(state.index.tolist(), state.memory.race.kind.tolist(), strict=True):
            kinds.setdefault(member, []).append(kind)

    return train(AUTO, field, progress=progress, **options), kinds


@pytest.mark.parametrize("sqrt_h_alpha", [FEATURE, 10.0, LAZY])
def test_the_answer_is_that_of_a_tight_integration(sqrt_h_alpha, dear):
    field = field_of([0, 1], sqrt_h_alpha=sqrt_h_alpha, h=20)
    x_test = torch.randn(30, 5, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    anchor = field.anchor.network.anchor(field.anchor.w0, x_test)
    result, exact = train(AUTO, field), train(TIGHT, field)
    found, wanted = anchor.at(result.y).f, anchor.at(exact.y).f
    # 5e-4 a step; the reference files hold the article's accuracy, 7e-4, on 200 and 300 patterns
    assert ((found - wanted).norm(dim=1) < 3e-3 * wanted.norm(dim=1)).all()
    np.testing.assert_allclose(result.t_stop, exact.t_stop, rtol=5e-3)
    np.testing.assert_allclose(result.t_half, exact.t_half, rtol=5e-3)


def test_lazy_members_take_tangent_steps_alone(dear):
    result, kinds = kinds_of(field_of([0, 1], sqrt_h_alpha=LAZY, **MANY))
    assert result.status == ["converged"] * 2
    assert {kind for each in kinds.values() for kind in each} == {TANGENT}
    assert (result.work.kernels < 12).all()


def test_feature_members_take_runge_kutta_steps_where_kernels_are_dear(dear):
    result, kinds = kinds_of(field_of([0, 1], sqrt_h_alpha=FEATURE, **MANY))
    assert result.status == ["converged"] * 2
    for each in kinds.values():
        assert np.mean(np.array(each) == RUNGE_KUTTA) > 0.5
    assert (result.work.evaluations > 6 * result.work.kernels).all()  # 3 in a tangent step


def test_the_choice_follows_the_costs(monkeypatch):
    shares = []
    for kernel in (0.01, 30.0):
        monkeypatch.setattr(auto.Costs, "of", classmethod(lambda cls, field, kernel=kernel: cls(1.0, kernel, 0.001)))
        result, kinds = kinds_of(field_of([0], sqrt_h_alpha=10.0))
        assert result.status == ["converged"]
        shares.append(np.mean(np.array(kinds[0]) == TANGENT))
    assert shares[0] > 2 * shares[1]


@pytest.mark.parametrize("sqrt_h_alpha", [FEATURE, LAZY])
def test_a_kernel_that_could_never_pay_is_never_computed(sqrt_h_alpha, monkeypatch):
    monkeypatch.setattr(auto, "ACTIVATION", 0.0)
    monkeypatch.setattr(auto, "DEAREST", 2.0)
    field = field_of([0], sqrt_h_alpha=sqrt_h_alpha, **MANY)
    costs = auto.Costs.of(field)
    assert costs.kernel > 2 * costs.evaluation
    result, kinds = kinds_of(field, times=[1e-3, 1e-2])
    assert result.status == ["converged"]
    assert set(kinds[0]) == {RUNGE_KUTTA}
    assert result.work.kernels[0] == 0
    rkc = train(AUTO.rkc, field, times=[1e-3, 1e-2])
    assert torch.equal(result.F, rkc.F)  # the same steps
    assert result.t_stop[0] == rkc.t_stop[0]


def test_curves_and_events_are_found_in_steps_of_both_methods(dear):
    field, times = field_of([0], sqrt_h_alpha=FEATURE, **MANY), np.geomspace(1e-4, 10, 200)
    tight = flows.load("rkc", tolerance=1e-5, order=4)
    result, exact = train(AUTO, field, times=times), train(tight, field, times=times)
    there = times < min(result.t_stop[0], exact.t_stop[0])
    assert there.sum() > 50
    np.testing.assert_allclose(result.curve[0, there], exact.curve[0, there], atol=5e-3)
    assert np.isnan(result.curve[0, times > result.t_stop[0]]).all()


@pytest.mark.parametrize("values", [(LAZY, FEATURE), (FEATURE, LAZY)], ids=["lazy-first", "feature-first"])
def test_members_of_both_kinds_in_one_batch_are_as_alone(values, dear):
    together = train(AUTO, field_of([0, 1, 2], sqrt_h_alpha=[*values, 10.0]))
    for k, value in enumerate((*values, 10.0)):
        alone = train(AUTO, field_of([k], sqrt_h_alpha=value))
        torch.testing.assert_close(together.F[k], alone.F[0], rtol=1e-6, atol=1e-9)
        assert together.t_stop[k] == pytest.approx(alone.t_stop[0], rel=1e-6)
        assert together.t_half[k] == pytest.approx(alone.t_half[0], rel=1e-6)
        assert together.work.kernels[k] == alone.work.kernels[0]


def test_members_of_both_kinds_do_not_depend_on_one_that_is_not_finite(dear):
    field = field_of([0, 1, 2], sqrt_h_alpha=[LAZY, 1.0, FEATURE])
    w0 = field.anchor.w0.index_fill(0, torch.tensor([1]), torch.inf)
    result = train(AUTO, field._replace(anchor=field.anchor.network.anchor(w0, field.anchor.x)))
    assert result.status == ["converged", "not_finite", "converged"]
    for k, value in ((0, LAZY), (2, FEATURE)):
        alone = train(AUTO, field_of([k], sqrt_h_alpha=value))
        torch.testing.assert_close(result.F[k], alone.F[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["tangent", "auto"])
def test_bad_inputs_end_with_their_status(name):
    stepper = flows.load(name, tolerance=1e-3)
    field = field_of([0, 1])
    w0 = torch.full_like(field.anchor.w0, torch.nan)
    broken = field._replace(anchor=field.anchor.network.anchor(w0, field.anchor.x))
    assert train(stepper, broken).status == ["not_finite"] * 2
    assert train(stepper, field, limits=Limits(10**9, 0.0)).status == ["time_limit"] * 2
    assert train(stepper, field, limits=Limits(5, 600.0)).status == ["evaluation_limit"] * 2


@pytest.mark.parametrize("name", ["rkc", "tangent", "auto"])
def test_far_over_capacity_the_limit_is_reached(name):
    """200 random labels on a network of 2 hidden neurons."""
    stepper = flows.load(name, tolerance=1e-3)
    result = train(stepper, field_of([0], n=200, h=2, sqrt_h_alpha=1.0), limits=Limits(60, 10.0), times=[1e-4])
    assert result.status[0] in ("evaluation_limit", "time_limit")
    assert np.isfinite(result.curve[0, 0])
    assert torch.isfinite(result.F).all()


def after(race, *, speed, accept=True, hopeful=True):
    """A step of cost 1 that advances by ``speed``."""

    def members(value, dtype=None):
        return torch.as_tensor(value, dtype=dtype).expand(len(race.kind))

    return race.after(members(accept), members(speed, torch.float64), members(1.0, torch.float64), members(hopeful))


def begin(kind=TANGENT, members=1):
    return Race.begin(torch.zeros(members, dtype=torch.float64), kind)


def until_change(race, *, speed, most=1000, **options):
    """The race after the other method is next, and the steps until then."""
    kind = int(race.kind[0])
    for count in range(1, most + 1):
        race = after(race, speed=speed, **options)
        if int(race.kind[0]) != kind:
            return race, count
    return race, None


@pytest.mark.parametrize("kind", [TANGENT, RUNGE_KUTTA])
def test_the_other_method_is_tried_after_patience(kind):
    race, count = until_change(begin(kind), speed=2.0)
    assert count == (PATIENCE + 1) * WINDOW  # since is over the patience at the end of a window
    assert int(race.kind[0]) == 1 - kind
    assert int(race.steps[0]) == CHANGED
    assert float(race.rival[0]) == 2.0
    assert float(race.patience[0]) == PATIENCE


def test_without_hope_the_other_method_is_not_tried():
    assert until_change(begin(), speed=2.0, hopeful=False)[1] is None


def test_the_faster_method_goes_on():
    race, _ = until_change(begin(), speed=1.0)
    again, count = until_change(race, speed=3.0)  # faster: it goes on until its own patience is over
    assert count == 1 + PATIENCE * WINDOW  # the first step costs and fills no window
    assert float(again.patience[0]) == PATIENCE
    assert float(again.rival[0]) == 3.0


def test_a_lost_try_doubles_patience_and_goes_back_at_once():
    race, first = until_change(begin(), speed=1.0)
    race, tried = until_change(race, speed=0.5)
    assert tried == 1 + WINDOW
    assert int(race.kind[0]) == TANGENT
    assert float(race.patience[0]) == 2 * PATIENCE
    race, second = until_change(race, speed=1.0)
    assert second == 1 + 2 * PATIENCE * WINDOW > first
    race, _ = until_change(race, speed=0.5)
    assert float(race.patience[0]) == 4 * PATIENCE


def test_rejected_steps_cost_and_fill_no_window():
    race = begin()
    for _ in range(3 * WINDOW):
        race = after(race, speed=5.0, accept=False)
    assert int(race.steps[0]) == 0
    assert float(race.progress[0]) == 0
    assert float(race.cost[0]) == 3 * WINDOW
    race, _ = until_change(begin(), speed=1.0)
    race = after(race, speed=9.0, accept=False)  # a method begins with its first accepted step
    race = after(race, speed=9.0)
    assert (int(race.steps[0]), float(race.progress[0]), float(race.cost[0])) == (0, 0, 0)
    # half of them rejected: half as fast as the other, which is back
    race = race._replace(rival=torch.tensor([0.6]).double())
    for _ in range(WINDOW):
        race = after(after(race, speed=1.0), speed=1.0, accept=False)
    assert int(race.kind[0]) == TANGENT


def test_members_race_by_themselves():
    race = begin(members=3)
    race = race._replace(rival=torch.tensor([0.0, 5.0, 0.0]).double(), kind=torch.tensor([TANGENT, TANGENT, RUNGE_KUTTA]))
    for _ in range(WINDOW):
        race = after(race, speed=[1.0, 1.0, 2.0], accept=[True, True, False], hopeful=False)
    assert race.kind.tolist() == [TANGENT, RUNGE_KUTTA, RUNGE_KUTTA]
    assert race.steps.tolist() == [0, CHANGED, 0]
    assert race.patience.tolist() == [PATIENCE, 2 * PATIENCE, PATIENCE]


def test_stable_evaluations_grow_as_the_root_and_then_linearly():
    few, some, many = (float(auto.stable_evaluations(torch.tensor([s]).double())) for s in (1.0, 100.0, 1e6))
    assert few == 6  # five stages and the error
    assert some == pytest.approx((100 * 1.1 / 0.34) ** 0.5, rel=0.15)
    assert many == pytest.approx(1e6 * 1.1 / 137.2 * 21, rel=0.01)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("flow", ["auto", "rkc"])
def test_a_member_has_the_same_bits_in_every_batch(flow, dtype):
    """Choices of steps hang on rounding: one bit would change the course of a member."""
    stepper = flows.load(flow, **{"auto": {"tolerance": 6e-4}, "rkc": {"tolerance": 2e-3, "order": 4}}[flow])
    members = {"seeds": [0, 1, 2], "sqrt_h_alpha": torch.tensor([1e4, 0.1, 1.0]).double()}
    together = train(stepper, field_of(**members, n=60, h=20, dtype=dtype))
    for k in range(3):
        alone = train(stepper, field_of(seeds=[k], sqrt_h_alpha=members["sqrt_h_alpha"][k : k + 1], n=60, h=20, dtype=dtype))
        assert torch.equal(together.y[k], alone.y[0])
        assert together.t_stop[k] == alone.t_stop[0]
        assert [int(part[k]) for part in together.work] == [int(part[0]) for part in alone.work]
