import numpy as np
import pytest
import torch

from crossover.seeding import stream
from straightforward import CASES, NAMES, Case, normal, ours

# sums of a few dozen products in float64
CLOSE = {"rtol": 1e-11, "atol": 1e-13}
every_case = pytest.mark.parametrize("case", CASES, ids=NAMES)


@every_case
def test_outputs_are_those_of_the_formula(case):
    w, x = normal(3, case.count), normal(6, case.d, seed=1)
    wanted = torch.stack([torch.stack([case.f(member, row) for row in x]) for member in w])
    torch.testing.assert_close(ours(case).outputs(w, x), wanted, **CLOSE)


@every_case
def test_the_pullback_is_the_weighted_sum_of_gradients(case):
    w, x, v = normal(2, case.count), normal(6, case.d, seed=1), normal(2, 6, seed=2)
    here = ours(case).at(w, x)
    torch.testing.assert_close(here.f, ours(case).outputs(w, x), rtol=0, atol=0)
    wanted = torch.stack([v[k] @ case.jacobian(w[k], x) for k in range(2)])
    torch.testing.assert_close(here.pullback(v), wanted, **CLOSE)


@every_case
def test_a_member_does_not_see_its_batch_mates(case):
    w, x = normal(3, case.count), normal(6, case.d, seed=1)
    w[1] = torch.nan
    batch, alone = ours(case).at(w, x), ours(case).at(w[2:], x)
    # a batched product may add up in another order
    torch.testing.assert_close(batch.f[2:], alone.f, **CLOSE)
    torch.testing.assert_close(batch.pullback(torch.ones(3, 6).double())[2:], alone.pullback(torch.ones(1, 6).double()), **CLOSE)
    assert batch.f[1].isnan().all()


@every_case
def test_shapes_and_layers_describe_the_weights(case):
    network = ours(case)
    assert [tuple(shape) for shape in network.shapes] == case.sizes
    expected = [*range(case.L + 1), *(range(case.L) if case.bias else [])]
    assert network.layers == expected


def _span(case, n: int = 3):
    """Fewer inputs than dimensions, and an orthonormal basis of their span."""
    x = normal(n, case.d, seed=1)
    return x, torch.linalg.qr(x.mT).Q  # (d, n)


@every_case
def test_on_the_span_of_its_inputs_the_network_gives_the_same_outputs(case):
    network, w = ours(case), normal(2, case.count)
    x, basis = _span(case)
    reduced = network.on_span(basis).outputs(network.to_span(w, basis), x @ basis)
    torch.testing.assert_close(reduced, network.outputs(w, x), **CLOSE)


@every_case
def test_a_gradient_on_the_span_is_the_gradient(case):
    network, w, v = ours(case), normal(2, case.count), normal(2, 3, seed=2)
    x, basis = _span(case)
    whole = network.at(w, x).pullback(v)
    reduced = network.on_span(basis).at(network.to_span(w, basis), x @ basis).pullback(v)
    torch.testing.assert_close(network.from_span(reduced, basis), whole, **CLOSE)


def test_float32_weights_give_float32_outputs():
    case = CASES[0]
    w, x = normal(2, case.count).float(), normal(3, case.d).float()
    for here in (ours(case).at(w, x), ours(case).anchor(w, x).at(0.1 * w)):
        assert here.f.dtype == here.pullback(torch.ones(2, 3)).dtype == torch.float32
        assert {term.z.dtype for term in here.kernel_terms()} == {torch.float32}


LARGE = Case(3, 60, 50, 0.1, "softplus")


def test_initial_weights_are_standard_normal_and_biases_zero():
    w = ours(LARGE).draw(stream(0, "weights", 0, 50, 60, 3))
    assert (w.dtype, len(w)) == (torch.float64, LARGE.count)
    weights, biases = w[:-180].numpy(), w[-180:]
    assert (biases == 0).all()
    # 10,260 draws: mean, variance and fourth moment within five standard errors 1/sqrt(N), sqrt(2/N), sqrt(96/N)
    root = np.sqrt(len(weights))
    assert abs(weights.mean()) < 5 / root
    assert abs((weights**2).mean() - 1) < 5 * np.sqrt(2) / root
    assert abs((weights**4).mean() - 3) < 5 * np.sqrt(96) / root


def test_the_same_stream_gives_the_same_weights_and_biases_change_none():
    with_bias = ours(LARGE).draw(stream(0, "weights", 7))
    without = ours(LARGE._replace(bias=0.0)).draw(stream(0, "weights", 7))
    assert torch.equal(with_bias[: len(without)], without)


def test_outputs_at_initialisation_have_unit_variance_over_wide_networks():
    case = Case(3, 200, 20, 0.0, "softplus")
    x = normal(1, 20)
    x *= np.sqrt(20) / x.norm()
    w = torch.stack([ours(case).draw(stream(0, "weights", seed)) for seed in range(200)])
    f = ours(case).outputs(w, x)[:, 0]
    # Var f = 1 by the gain; 200 draws have a relative standard error of sqrt(2/200) = 0.1, a finite width adds some
    assert abs(float(f.square().mean()) - 1) < 0.5
