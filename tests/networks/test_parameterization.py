"""Powers of the width: the conditions on them, the initial weights, and what is the same network."""

import pytest
import torch

from crossover import activations, flows, losses, networks
from crossover.flows.field import NetworkField
from crossover.flows.loop import integrate
from crossover.flows.state import Limits
from crossover.networks.parameterization import NAMED, Parameterization, checked
from crossover.seeding import stream
from straightforward import DEVIATIONS, Case, normal, ours

# Yang and Hu, Table 1 and Theorem 3.3, and the deep mean field as muP shifted by 1/2
SOFT_HINGE = losses.load("soft_hinge", beta=20.0)
R = {"standard": 0.5, "ntk": 0.5, "mup": 0.0, "mean_field": 0.0}


@pytest.mark.parametrize("name", R)
def test_the_named_ones_are_stable_and_have_the_known_limit(name):
    assert (NAMED[name].r, NAMED[name].faults) == (R[name], [])
    assert NAMED[name].learns_features == (R[name] == 0)


def test_at_a_rate_of_order_1_the_standard_one_blows_up():
    found = NAMED["standard"].with_rate(0)
    assert found.r == -1
    assert [fault.split(" = ")[0] for fault in found.faults] == ["r", "2 a_readout + c", "a_readout + b_readout + r"]


@pytest.mark.parametrize("q", [-0.3, 0.5])
@pytest.mark.parametrize("name", R)
def test_the_symmetry_changes_nothing(name, q):
    a, b, c = NAMED[name]
    shifted = Parameterization(tuple(x + q for x in a), tuple(x - q for x in b), c - 2 * q)
    assert shifted.faults == []
    assert shifted.r == pytest.approx(NAMED[name].r, abs=1e-12)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"a": [0, 1, 1], "b": [0, 0, 0], "c": -1}, "a_hidden"),  # the literal deep mean field
        ({"a": [0.5, 0.5, 0.5], "b": [0, 0, 0], "c": 0}, "a_first"),
        ({"a": [0, 0.5, 0.2], "b": [0, 0, 0], "c": 0}, "a_readout"),
        ("xavier", "ntk"),
    ],
)
def test_an_unstable_or_unknown_one_is_refused_with_its_condition(given, said):
    with pytest.raises(ValueError, match=said):
        checked(given)


def test_exponents_of_a_named_one_are_that_one():
    assert checked({"a": [0, 0.5, 1], "b": [0, 0, 0], "c": -1}) == NAMED["mean_field"]


@pytest.mark.parametrize("name", R)
def test_initial_weights_have_their_deviations(name):
    case = Case(2, 64, 32, 0.0, "softplus", name)
    first, hidden, readout = ours(case).split(ours(case).draw(stream(0, "weights", 1))[None])
    for weights, power in zip((first, hidden, readout), DEVIATIONS[name], strict=True):
        # a standard deviation of N normal numbers is known to 1/sqrt(2 N)
        assert float(weights.std()) == pytest.approx(64.0**power, rel=5 / (2 * weights.numel()) ** 0.5)


def test_the_same_stream_gives_the_same_normal_numbers():
    ntk, mup = (ours(Case(2, 9, 4, 0.0, "softplus", name)).draw(stream(0, "weights", 1)) for name in ("ntk", "mup"))
    torch.testing.assert_close(mup * 3, ntk)  # every deviation is 9^-1/2


def _trained(name: str, *, flow: dict, alpha: float, h: int = 16, evaluations: int = 3000, loss=SOFT_HINGE):
    """F of the stop on other inputs, and its time, of the members of three seeds."""
    network = networks.load(
        "fc", d=5, h=h, L=2, activation=activations.load("softplus", beta=5.0), bias=0.1, parameterization=name
    )
    w0 = torch.stack([network.draw(stream(0, "weights", seed)) for seed in range(3)])
    x, labels = normal(8, 5), normal(8, seed=1).sign()
    alphas = torch.full((3,), alpha, dtype=torch.float64)
    field = NetworkField.make(network, loss, x=x, labels=labels, alpha=alphas, w0=w0)
    start = {"y": torch.zeros_like(w0), "first_step": alphas * network.output_scale / h**0.5, "times": torch.tensor([]).numpy()}
    limits = Limits(evaluations, 60.0)
    shared = {"labels": labels, "loss": field.loss, "limits": limits, "progress": lambda ended, state: None}
    result = integrate(flows.load(**flow), field, **start, **shared)
    return alpha * network.anchor(w0, normal(20, 5, seed=2)).at(result.y).f, torch.tensor(result.t_stop), result.status


FLOWS = [
    {"name": "gradient_descent", "learning_rate": 0.02},
    {"name": "rkc", "tolerance": 1e-4, "order": 4},
    {"name": "auto", "tolerance": 1e-4},
]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow["name"])
def test_mup_is_mean_field_is_the_line_alpha_h_to_minus_one_half(flow):
    (F, t, status), *others = [
        _trained("mup", flow=flow, alpha=1.0),
        _trained("mean_field", flow=flow, alpha=1.0),
        _trained("ntk", flow=flow, alpha=16**-0.5),
    ]
    assert status == ["converged"] * 3
    for other, t_other, _ in others:
        torch.testing.assert_close(other, F, rtol=1e-7, atol=1e-8)  # rounding, enlarged along the way
        torch.testing.assert_close(t_other, t, rtol=1e-7, atol=0)


def test_gradient_descent_with_small_steps_is_the_flow():
    F, t, _ = _trained("mup", flow=FLOWS[1], alpha=1.0)
    errors = []
    for rate in (0.02, 0.01):
        found, t_found, _ = _trained(
            "mup", flow={"name": "gradient_descent", "learning_rate": rate}, alpha=1.0, evaluations=20000
        )
        errors.append(float((found - F).norm() / F.norm()))
        assert float((t_found - t).abs().max() / t.max()) < 20 * rate
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.3)  # of order one in the step
    assert errors[1] < 0.1


def test_gradient_descent_that_leaves_the_finite_is_flagged():
    flow = {"name": "gradient_descent", "learning_rate": 1e6}
    *_, status = _trained("ntk", flow=flow, alpha=1.0, evaluations=200, loss=losses.load("squared"))
    assert status == ["not_finite"] * 3


@pytest.mark.parametrize("name", R)
def test_gradient_descent_is_that_of_the_formula(name):
    """F after some steps against plain gradient descent with autograd on the formula."""
    rate, case = 0.1, Case(2, 16, 5, 0.1, "softplus", name)
    flow = {"name": "gradient_descent", "learning_rate": rate}
    F, t, status = _trained(name, flow=flow, alpha=1.0, evaluations=20)
    assert status == ["evaluation_limit"] * 3
    steps = round(float(t[0]) / rate)  # some of the evaluations were to find the time of half loss
    assert steps > 10
    x, y, x_test = normal(8, 5), normal(8, seed=1).sign(), normal(20, 5, seed=2)
    w = w0 = ours(case).draw(stream(0, "weights", 0))
    f = torch.func.vmap(case.f, (None, 0))
    start, c = f(w0, x), {"ntk": 0, "standard": 1, "mup": 0, "mean_field": -1}[name]

    def loss(w):
        return (torch.nn.functional.softplus(20 * (1 - (f(w, x) - start) * y), threshold=1e9) / 20).mean()

    for _ in range(steps):
        w = w - rate / 16**c * torch.func.grad(loss)(w)
    torch.testing.assert_close(F[0], f(w, x_test) - f(w0, x_test), rtol=1e-9, atol=1e-11)
