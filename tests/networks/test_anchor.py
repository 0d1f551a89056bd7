"""A network about an anchor: the same network, with differences that keep their digits."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from crossover.ntk_terms import Inputs, gram
from straightforward import CASES, EVERY, NAMES, Case, normal, ours

# sums of a few dozen products in float64
CLOSE = {"rtol": 1e-11, "atol": 1e-12}
every_case = pytest.mark.parametrize("case", EVERY.values(), ids=EVERY)
every_size = pytest.mark.parametrize("size", [1.0, 0.1, 1e-3])
N = 6


def problem(case, members=3, dtype=torch.float64):
    """Weights, their change and inputs."""
    w0, dw, x = normal(members, case.count), normal(members, case.count, seed=5), normal(N, case.d, seed=1)
    return w0.to(dtype), dw.to(dtype), x.to(dtype)


def kernel(at, x):
    return at.kernel(Inputs(x))


@every_size
@every_case
def test_about_an_anchor_the_network_is_the_network(case, size):
    w0, dw, x = problem(case)
    there, plain = ours(case).anchor(w0, x).at(size * dw), ours(case).at(w0 + size * dw, x)
    start = ours(case).outputs(w0, x)
    torch.testing.assert_close(there.f, plain.f - start, **CLOSE)
    v = normal(3, N, seed=2)
    torch.testing.assert_close(there.pullback(v), plain.pullback(v), **CLOSE)
    torch.testing.assert_close(kernel(there, x), kernel(plain, x), **CLOSE)


@every_case
def test_differences_and_derivatives_are_those_of_the_formula(case):
    w0, dw, x = problem(case)
    dw, v = 0.3 * dw, normal(3, N, seed=2)
    there = ours(case).anchor(w0, x).at(dw)
    for k in range(3):
        wanted = [case.f(w0[k] + dw[k], row) - case.f(w0[k], row) for row in x]
        torch.testing.assert_close(there.f[k], torch.stack(wanted), **CLOSE)
        J = case.jacobian(w0[k] + dw[k], x)
        torch.testing.assert_close(there.pullback(v)[k], v[k] @ J, **CLOSE)
        torch.testing.assert_close(kernel(there, x)[k], J @ J.T, **CLOSE)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_kernel_with_known_products_of_inputs_is_the_kernel(case):
    w0, dw, x = problem(case)
    terms = ours(case).anchor(w0, x).at(0.3 * dw).kernel_terms()
    torch.testing.assert_close(gram(terms, terms, inputs=x @ x.T), gram(terms, terms), **CLOSE)


@pytest.mark.parametrize("size", [1e-2, 1e-4, 1e-7, 1e-12, 1e-20])
@every_case
def test_float32_keeps_the_digits_of_a_tiny_change(case, size):
    w0, dw, x = problem(case, dtype=torch.float32)
    dw = size * dw
    df = ours(case).anchor(w0, x).at(dw).f
    for k in range(3):
        w, step, inputs = w0[k].double(), dw[k].double(), x.double()
        if size >= 1e-7:  # the plain difference in float64 has 9 digits or more
            wanted = torch.stack([case.f(w + step, row) - case.f(w, row) for row in inputs])
        else:  # the linear part, up to relative 1e-12
            wanted = case.jacobian(w, inputs) @ step
        # of the parameterizations whose scales are not 1 / sqrt(fan in) these weights make larger preactivations
        roundings = 2e-6 if getattr(case, "parameterization", "ntk") == "ntk" else 5e-6
        assert float((df[k] - wanted).norm() / wanted.norm()) <= roundings, "some roundings of a float32"
    if size <= 1e-7:  # what the anchor is for
        plain = ours(case).outputs(w0 + dw, x) - ours(case).outputs(w0, x)
        assert (plain - df).norm() > 0.1 * df.norm()


@every_case
def test_some_members_of_an_anchor_are_these_members(case):
    w0, dw, x = problem(case)
    anchor, some, v = ours(case).anchor(w0, x), torch.tensor([2, 0]), normal(2, N, seed=2)
    chosen, alone = anchor.select(some), ours(case).anchor(w0[some], x)
    assert torch.equal(chosen.w0, w0[some])
    # a batched product may add up in another order
    torch.testing.assert_close(chosen.at(dw[some]).f, anchor.at(dw).f[some], **CLOSE)
    torch.testing.assert_close(chosen.at(dw[some]).f, alone.at(dw[some]).f, **CLOSE)
    torch.testing.assert_close(chosen.at(dw[some]).pullback(v), alone.at(dw[some]).pullback(v), **CLOSE)
    torch.testing.assert_close(kernel(chosen.at(dw[some]), x), kernel(anchor.at(dw), x)[some], **CLOSE)


@every_case
def test_a_member_about_an_anchor_does_not_see_its_batch_mates(case):
    w0, dw, x = problem(case)
    dw[0], w0[1] = torch.nan, torch.nan
    there, alone = ours(case).anchor(w0, x).at(dw), ours(case).anchor(w0[2:], x).at(dw[2:])
    torch.testing.assert_close(there.f[2:], alone.f, **CLOSE)
    torch.testing.assert_close(kernel(there, x)[2:], kernel(alone, x), **CLOSE)
    assert there.f[:2].isnan().all()


@every_case
def test_no_change_is_no_difference(case):
    w0, dw, x = problem(case)
    assert (ours(case).anchor(w0, x).at(0 * dw).f == 0).all()


@pytest.mark.parametrize("case", [Case(L, h, 20, 0.0, "softplus") for L in (1, 3) for h in (10, 64)], ids=str)
@pytest.mark.parametrize("n", [8, 100])
def test_flops_are_those_that_torch_counts(case, n):
    network, w = ours(case), normal(1, case.count)
    x, flops = normal(n, case.d, seed=1), ours(case).flops(n)
    anchor = network.anchor(w, x)
    with FlopCounterMode(display=False) as counter:
        there = anchor.at(0.1 * w)
        there.pullback(torch.ones(1, n).double())
    # products of matrices alone, as torch counts them; the readout's delta is no product of matrices
    assert flops.evaluation == pytest.approx(counter.get_total_flops(), rel=0.02)
    inputs = x @ x.T
    with FlopCounterMode(display=False) as counter:
        terms = there.kernel_terms()
        gram(terms, terms, inputs=inputs)
    assert flops.kernel == pytest.approx(counter.get_total_flops(), rel=0.02)
    assert flops.activations == n * case.L * case.h == sum(slope.numel() for slope in there.slopes)
