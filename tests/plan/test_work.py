"""The model of the work, on counts that follow a known law."""

import json

import numpy as np
import pytest

from crossover.bench import work as fitting
from crossover.plan import work
from crossover.plan.work import Member

FC = {"architecture": "fc", "activation": {"name": "softplus"}}
AUTO = {"name": "auto", "tolerance": 6e-4}


def _member(n=100, h=16, a=1.0, flow=AUTO, **more) -> Member:
    return Member(flow, FC, n, 784, h, 3, a, **more)


def _law(member: Member) -> float:
    return 50 * member.n**0.4 / member.h**0.3 * member.sqrt_h_alpha**-0.2


@pytest.fixture(scope="module")
def model() -> dict:
    members = [_member(n, h, 10.0**k) for n in (50, 100, 500, 1000) for h in (10, 30, 100, 300) for k in range(-3, 6)]
    rows = [fitting.Row(member, (_law(member), 4.0, 0.0, np.nan), (2 * _law(member), 4.0, 0.0, np.nan)) for member in members]
    return {"flows": json.loads(json.dumps(fitting.fit(rows)))}


def test_a_power_law_is_found_and_carried_on(model):
    for member in (_member(200, 50, 3.0), _member(5000, 1000, 0.01)):
        found = work.expected(model, member, limit=10**6)
        assert found.evaluations == pytest.approx(_law(member), rel=0.1)
        assert found.kernels == pytest.approx(4.0, rel=0.01)
        assert found.products == found.times == 0


def test_what_scatters_is_expected_in_the_mean():
    members = [_member(n, h, 10.0**k) for n in (50, 200, 1000) for h in (10, 100) for k in range(-3, 6)]
    rows = [fitting.Row(member, (factor * _law(member), 4.0, 0.0, np.nan)) for member in members for factor in (0.25, 4.0)]
    found = work.expected({"flows": fitting.fit(rows)}, _member(200, 30, 1.0), limit=10**6)
    assert found.evaluations == pytest.approx(2.125 * _law(_member(200, 30, 1.0)), rel=0.1)


def test_the_learning_rate_decides_what_adam_takes():
    def adam(rate):
        return {"name": "adam", "learning_rate": rate, "batch_size": 32}

    rows = [
        fitting.Row(_member(n, flow=adam(rate)), (100 * rate**-0.8, 0.0, 0.0, np.nan))
        for n in (50, 100, 200, 400)
        for rate in (1e-3, 3e-3, 1e-2, 1e-1)
    ]
    model = {"flows": fitting.fit(rows)}
    slow, fast = (work.expected(model, _member(flow=adam(rate)), limit=10**6).evaluations for rate in (1e-3, 1e-2))
    assert slow / fast == pytest.approx(10**0.8, rel=0.1)


def test_what_never_varied_is_not_carried_on(model):
    for a in (1.0, 1e4):  # lazy, too
        deep = _member(a=a)._replace(L=9)
        assert work.expected(model, deep, limit=10**6) == work.expected(model, _member(a=a), limit=10**6)


def test_what_counts_where_members_are_lazy():
    members = [_member(a=10.0**k)._replace(L=L) for L in (2, 3, 5, 9) for k in range(-3, 6)]
    rows = [fitting.Row(each, (_law(each) * each.L ** (each.sqrt_h_alpha > 100), 4.0, 0.0, np.nan)) for each in members]
    model = {"flows": fitting.fit(rows)}
    deep, shallow = (work.expected(model, _member(a=1e4)._replace(L=L), limit=10**6).evaluations for L in (9, 3))
    assert 1.8 < deep / shallow < 3.0  # drawn towards 1, as the exponents are towards 0
    deep, shallow = (work.expected(model, _member(a=1e-2)._replace(L=L), limit=10**6).evaluations for L in (9, 3))
    assert deep / shallow == pytest.approx(1.0, rel=0.25)


def test_beyond_the_measured_alphas_a_count_is_that_of_the_last(model):
    last, beyond = (work.expected(model, _member(a=a), limit=10**6).evaluations for a in (1e5, 1e9))
    assert last == beyond


def test_the_limit_of_the_experiment_ends_the_evaluations(model):
    assert work.expected(model, _member(), limit=7).evaluations == 7


def test_the_slowest_of_the_seeds_is_known(model):
    assert work.slowest(model, _member()) == pytest.approx(2.0)


def test_a_flow_that_was_not_measured_is_named(model):
    with pytest.raises(ValueError, match=r"flow 'rkc': no run of it.* which has auto"):
        work.expected(model, _member(flow={"name": "rkc", "tolerance": 1e-3}), limit=10)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "work.json"
    for content in ("{", "[]", '{"kind": "device"}'):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ValueError, match=r"work\.json: "):
            work.read(path)


def test_between_knots_a_piecewise_linear_function():
    x = np.linspace(-3, 5, 40)
    found = [work.between([-2.0, 0.0, 3.0], [1.0, 2.0, -4.0], each) for each in x]
    np.testing.assert_allclose(found, np.interp(x, [-2.0, 0.0, 3.0], [1.0, 2.0, -4.0]))


def test_gradient_descent_is_planned_by_its_limit(model):
    descent = _member(flow={"name": "gradient_descent", "learning_rate": 0.1})
    assert work.expected(model, descent, limit=300) == work.Work(300.0, 0.0, 0.0, 0.0)
    assert work.slowest(model, descent) == 1.0


def test_a_parameterization_is_planned_where_it_starts_in_the_plane(model):
    mup = _member(a=10.0, h=100)._replace(network=FC | {"parameterization": "mup"})  # alpha = 1
    assert mup.in_plane == pytest.approx(1.0)
    assert work.expected(model, mup, limit=10**6) == work.expected(model, _member(a=1.0, h=100), limit=10**6)
