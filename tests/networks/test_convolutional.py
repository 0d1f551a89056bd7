"""What the networks on images have for themselves; `test_anchor` and `test_ntk` have them among all networks."""

import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from crossover import ntk, ntk_terms
from crossover.networks import convolutional
from crossover.ntk_terms import Inputs, gram
from crossover.seeding import stream
from straightforward import ON_IMAGES, Images, normal, ours

# sums of a few hundred products in float64
CLOSE = {"rtol": 1e-11, "atol": 1e-12}
N = 6
on_images = pytest.mark.parametrize("case", ON_IMAGES, ids=lambda case: f"{case.architecture}-L{case.L}-h{case.h}")
SMALL_CNN, SMALL_RESNET = Images("cnn", 4, 7, (1, 20, 19), "softplus"), Images("wide_resnet", 7, 8, (3, 6, 6), "softplus")


@on_images
def test_outputs_and_pullbacks_are_those_of_the_formula(case):
    w, x, v = normal(2, case.count), normal(N, case.d, seed=1), normal(2, N, seed=2)
    here = ours(case).at(w, x)
    for k in range(2):
        torch.testing.assert_close(here.f[k], torch.stack([case.f(w[k], row) for row in x]), **CLOSE)
        torch.testing.assert_close(here.pullback(v)[k], v[k] @ case.jacobian(w[k], x), **CLOSE)


@pytest.mark.parametrize("activation", ["softplus", "tanh"])
def test_a_patch_of_zeros_has_the_slope_at_zero(activation):
    """Pixels that are 0 in every image of MNIST: preactivations are exactly 0 there, where max(x, 0) and |x| bend."""
    case = SMALL_CNN._replace(activation=activation)
    w, x = normal(1, case.count), normal(N, case.d, seed=1)
    x[:, : case.d // 2] = 0
    torch.testing.assert_close(ours(case).at(w, x).pullback(torch.ones(1, N).double())[0], case.jacobian(w[0], x).sum(0), **CLOSE)


@on_images
def test_shapes_and_layers_describe_the_weights(case):
    network = ours(case)
    assert network.shapes == case.sizes
    layers = network.layers[: len(case.filters) + 1]
    assert layers == network.layers[len(case.filters) + 1 :] or case.architecture == "cnn"
    assert (layers[0], layers[-1]) == (0, case.L)
    assert set(layers) == set(range(case.L + 1))
    for k, (_, _, size) in enumerate(case.filters):
        assert layers[k] - layers[k - 1] == (size != 1) or k == 0, "a shortcut is of the layer beside which it ends"


def test_initial_weights_are_standard_normal_and_biases_zero():
    network = ours(Images("wide_resnet", 7, 64, (3, 8, 8), "softplus"))
    tensors = network.split(network.draw(stream(0, "weights", 0)))
    count = len(network.convolutions) + 1
    assert all((tensor == 0).all() for tensor in tensors[count:])
    weights = torch.cat([tensor.flatten() for tensor in tensors[:count]])
    # N draws: mean and variance within five standard errors 1/sqrt(N), sqrt(2/N)
    root = math.sqrt(len(weights))
    assert abs(float(weights.mean())) < 5 / root
    assert abs(float(weights.square().mean()) - 1) < 5 * math.sqrt(2) / root


@pytest.mark.parametrize(("case", "low"), [(SMALL_CNN._replace(h=40), 0.15), (SMALL_RESNET._replace(h=32), 0.15)])
def test_outputs_at_initialisation_have_a_variance_of_order_one(case, low):
    """Below 1, since a mean over places takes part of the variance; it would be far off with a wrong scale of any layer."""
    x = normal(1, case.d)
    x *= math.sqrt(case.d) / x.norm()
    f = ours(case).outputs(torch.stack([ours(case).draw(stream(0, "weights", seed)) for seed in range(60)]), x)
    assert low < float(f.square().mean()) < 1.5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", [SMALL_CNN, SMALL_RESNET], ids=lambda case: case.architecture)
def test_a_member_has_the_same_bits_in_every_batch(case, dtype):
    w, dw, x = normal(5, case.count).to(dtype), 0.1 * normal(5, case.count, seed=5).to(dtype), normal(9, case.d, seed=1).to(dtype)
    v, network = normal(5, 9, seed=2).to(dtype), ours(case)
    whole = network.anchor(w, x).at(dw)
    for batch in ([2], [4, 2], [2, 0, 1, 3]):
        some = torch.tensor(batch)
        part, place = network.anchor(w, x).select(some).at(dw[some]), batch.index(2)
        assert torch.equal(part.f[place], whole.f[2])
        assert torch.equal(part.pullback(v[some])[place], whole.pullback(v)[2])
        assert torch.equal(part.kernel(Inputs(x))[place], whole.kernel(Inputs(x))[2])


@pytest.mark.parametrize("case", [SMALL_CNN, SMALL_RESNET], ids=lambda case: case.architecture)
def test_blocks_that_bound_memory_are_not_seen_in_the_kernel(case, monkeypatch):
    w, x, x_test = normal(case.count), normal(N, case.d, seed=1), normal(4, case.d, seed=2)
    wanted = gram(ours(case).kernel_terms(w, x_test), ours(case).kernel_terms(w, x))
    of_input = 49 * 25 * 8  # bytes of a gradient of the CNN's second convolution: two inputs at a time
    monkeypatch.setattr(ntk_terms, "GRADIENT_BYTES", 2 * of_input)
    monkeypatch.setattr(ntk_terms, "PATCH_BYTES", 1)
    monkeypatch.setattr(convolutional, "BLOCK", 3)
    found = ntk.gram_matrix(ours(case).kernel_terms(w, x_test), ours(case).kernel_terms(w, x), rows=3)
    torch.testing.assert_close(found, wanted, **CLOSE)


@pytest.mark.parametrize("case", [SMALL_CNN, SMALL_RESNET], ids=lambda case: case.architecture)
@pytest.mark.parametrize("n", [5, 40])
def test_flops_are_those_that_torch_counts(case, n):
    network, w, x = ours(case), normal(1, case.count), normal(n, case.d, seed=1)
    flops, anchor = network.flops(n), network.anchor(w, x)
    with FlopCounterMode(display=False) as counter:
        there = anchor.at(0.1 * w)
        there.pullback(torch.ones(1, n).double())
    # torch counts no products of a matrix and a vector, the readout's; and the backward pass of a shortcut of the input
    assert flops.evaluation == pytest.approx(counter.get_total_flops(), rel=0.05)
    with FlopCounterMode(display=False) as counter:
        there.kernel(Inputs(x))
    assert flops.kernel == pytest.approx(counter.get_total_flops(), rel=0.05)
    assert flops.activations == n * sum(p.numel() for p in case.layers(w[0], x[0])[1])
