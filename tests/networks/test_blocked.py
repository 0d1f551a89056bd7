import pytest
import torch

from crossover import activations, networks
from crossover.networks.blocked import Blocked
from crossover.stages.train import run
from helpers import member_spec, sphere_data

SOFTPLUS = activations.load(name="softplus", beta=5)
MADE = {
    "fc": networks.load("fc", d=6, h=5, L=2, activation=SOFTPLUS, bias=0.1),
    "cnn": networks.load("cnn", image_shape=(1, 9, 9), h=3, L=2, activation=SOFTPLUS),
    "wide_resnet": networks.load("wide_resnet", image_shape=(2, 4, 4), h=4, L=7, activation=SOFTPLUS),
}


def _parts(name: str):
    """A network, weights of two members, a change of them, inputs and a vector, float64."""
    network, generator = MADE[name], torch.Generator().manual_seed(0)
    d = 6 if name == "fc" else torch.Size(network.image_shape).numel()
    count = sum(torch.Size(shape).numel() for shape in network.shapes)
    draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)  # noqa: E731
    return network, draw(2, count), 0.1 * draw(2, count), draw(7, d), draw(2, 7)


@pytest.mark.parametrize("rows", [1, 3, 7, 100])
@pytest.mark.parametrize("name", MADE)
def test_outputs_and_gradients_are_those_of_the_network_on_all_patterns(name, rows):
    network, w0, dw, x, v = _parts(name)
    whole, blocked = network.anchor(w0, x).at(dw), Blocked(network, rows).anchor(w0, x).at(dw)
    torch.testing.assert_close(blocked.f, whole.f, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(blocked.pullback(v), whole.pullback(v), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(Blocked(network, rows).outputs(w0, x), network.outputs(w0, x), rtol=1e-12, atol=1e-14)
    second = Blocked(network, rows).anchor(w0, x).select(torch.tensor([1]))
    torch.testing.assert_close(second.at(dw[1:]).f, whole.f[1:], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "flow",
    [
        {"name": "rkc", "order": 4, "tolerance": 2.4e-3},
        {"name": "momentum", "tolerance": 1e-3, "c_tau": 1e-3},
        {"name": "adam", "learning_rate": 1e-2, "batch_size": 8},
    ],
    ids=lambda flow: flow["name"],
)
def test_training_in_blocks_is_training_on_all_patterns_but_for_rounding(flow):
    data = sphere_data(n=20, n_test=30, d=9)
    kernels = {"kernel_points": 0} if flow["name"] == "adam" else {}
    found = []
    for changes in ({}, {"patterns_at_once": 7}):
        spec = member_spec(flow=flow, output_points=5, **kernels, **changes)
        found.append(run(spec, data, device="cpu", progress=lambda ended, state: None, at_once=2)[0])
    whole, blocked = found
    assert whole["status"].tolist() == blocked["status"].tolist() == ["converged"] * 2
    for name in ("F_test", "t_stop", "weight_change", "output_change"):
        # in long trainings of tiny networks a rounding can turn a step's decision: then they agree as far as the flow does
        torch.testing.assert_close(*(torch.tensor(part[name]) for part in (blocked, whole)), rtol=2e-3, atol=1e-3, equal_nan=True)
