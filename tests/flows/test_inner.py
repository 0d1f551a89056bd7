"""The path of the outputs inside a tangent-kernel step against scipy."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from crossover import flows
from crossover.flows import inner
from crossover.flows.kernels import Kernels
from crossover.flows.tangent import Frozen, Moving
from problems import SOFT_HINGE, Decay

N = 5
LABELS = torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0]).double()
UNTIL = torch.tensor([3.0, 20.0, 200.0]).double()
RKC = flows.load("rkc", tolerance=1e-6)


def kernels(seed):
    A = torch.randn(3, N, 2 * N, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return A @ A.mT / 5


def fields():
    start = 0.1 * torch.randn(3, N, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    frozen = Frozen(SOFT_HINGE, LABELS, start, Kernels.of(kernels(0)))
    along = 0.3 * torch.randn(3, N, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    flow = Moving(SOFT_HINGE, LABELS, start, Kernels.of(kernels(0)), Kernels.of(0.2 * kernels(1)), along)
    return {"frozen": (frozen, N), "moving": (flow, 2 * N)}


def force(F):
    y = LABELS.numpy()
    return y / (1 + np.exp(-20 * (1 - F * y))) / N  # -(1/n) dl/dF of the soft hinge with beta = 20


def rate(field, k):
    """The rate written out for one member."""
    start, kernel = field.F0[k].numpy(), field.kernels.whole[k].numpy()

    def frozen(t, C):
        return force(start + kernel @ C)

    def moving(t, y):
        C, D = y[:N], y[N:]
        pull = force(start + kernel @ C + field.changes.whole[k].numpy() @ D)
        return np.concatenate([pull, (field.along[k].numpy() @ C) * pull])

    return moving if isinstance(field, Moving) else frozen


def never(index, y, F):
    return torch.zeros_like(index, dtype=torch.bool)


def solve(field, size, until=UNTIL, over=never):
    return inner.solve(RKC, field, size=size, until=until, scale=torch.full((len(until),), 0.1).double(), over=over)


@pytest.mark.parametrize("name", ["frozen", "moving"])
def test_the_path_is_that_of_scipy(name):
    field, size = fields()[name]
    path, evaluations, radius = solve(field, size)
    torch.testing.assert_close(path.duration, UNTIL, rtol=1e-11, atol=0)
    for k in range(3):
        t = np.linspace(0, float(UNTIL[k]), 40)
        exact = solve_ivp(rate(field, k), (0, t[-1]), np.zeros(size), t_eval=t, method="LSODA", rtol=1e-11, atol=1e-13)
        found = path.at(torch.tensor(t), torch.full((40,), k))
        # steps of error 1e-6 of the outputs, with cubics between their ends
        np.testing.assert_allclose(found, exact.y.T, atol=1.5e-4 * np.abs(exact.y).max())
        np.testing.assert_allclose(path.end[k], exact.y[:, -1], atol=5e-5 * np.abs(exact.y).max())
        # the stiffest that it is: l'' is at most beta / 4
        bound = 20 / 4 / N * float(torch.linalg.eigvalsh(field.kernels.whole[k]).max()) * (2 if name == "moving" else 1)
        assert 0 < float(radius[k]) < 1.2 * bound
    assert (evaluations > 10).all()


@pytest.mark.parametrize("name", ["frozen", "moving"])
def test_a_path_begins_and_ends_at_its_ends(name):
    field, size = fields()[name]
    path, _, _ = solve(field, size)
    members = torch.arange(3)
    assert (path.at(torch.zeros(3).double(), members) == 0).all()
    torch.testing.assert_close(path.at(path.duration, members), path.end, rtol=0, atol=1e-15)
    torch.testing.assert_close(path.at(2 * path.duration, members), path.end, rtol=0, atol=1e-15)  # and stays there
    start, state = path.last()
    assert ((start >= 0) & (start < path.duration)).all()
    torch.testing.assert_close(path.at(start, members), state, rtol=0, atol=1e-15)
    knots = path.t.unique(dim=1)
    for k in range(3):
        for column in range(0, knots.shape[1], 7):
            t = path.t[k, column]
            torch.testing.assert_close(path.at(t[None], torch.tensor([k]))[0], path.y[k, column], rtol=0, atol=1e-13)


def test_a_member_ends_at_the_first_step_after_which_it_is_over():
    field, size = fields()["frozen"]
    met = []

    def over(index, C, F):
        met.append((index.tolist(), F))
        return ((F * LABELS).amin(1) >= 0.5) & (index > 0)

    path, _, _ = solve(field, size, over=over)
    margins = (field.outputs(path.end) * LABELS).amin(1)
    assert (margins[1:] >= 0.5).all()
    assert (path.duration[1:] < UNTIL[1:]).all()
    assert float(path.duration[0]) == pytest.approx(float(UNTIL[0]))
    _, at_start = path.last()
    assert ((field.outputs(at_start) * LABELS).amin(1)[1:] < 0.5).all()
    assert met[0][0] == [0, 1, 2]  # original positions
    assert met[-1][0] != [0, 1, 2]


@pytest.mark.parametrize("name", ["frozen", "moving"])
def test_a_member_is_integrated_as_alone(name):
    field, size = fields()[name]
    together = solve(field, size)
    for k in range(3):
        only = torch.tensor([k])
        path, evaluations, radius = solve(field.select(only), size, until=UNTIL[only])
        assert abs(evaluations[0] - together[1][k]) <= 2
        torch.testing.assert_close(path.end[0], together[0].end[k], rtol=1e-9, atol=1e-12)  # products may round differently
        torch.testing.assert_close(radius[0], together[2][k], rtol=1e-6, atol=0)


def test_what_is_not_finite_ends():
    field, size = fields()["frozen"]
    broken = field._replace(F0=field.F0.index_fill(0, torch.tensor([1]), torch.nan))
    path, _, _ = solve(broken, size)
    torch.testing.assert_close(path.end[[0, 2]], solve(field, size)[0].end[[0, 2]], rtol=1e-9, atol=1e-12)
    assert path.t.shape[1] < inner.MOST_STEPS


def test_an_endless_approach_ends_after_the_most_steps(monkeypatch):
    class Outputs(Decay):
        labels = torch.ones(3).double()

    monkeypatch.setattr(inner, "MOST_STEPS", 20)
    path, _, _ = solve(Outputs(torch.tensor([[1.0, 5.0, 50.0]]).double()), 3, until=torch.tensor([1e9]).double())
    assert path.t.shape[1] == 21
    assert float(path.duration[0]) < 1e9
