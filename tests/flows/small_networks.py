"""Small networks to train in the tests of the flows, and the steppers that train them."""

from functools import partial

import numpy as np
import torch

from crossover import activations, flows, networks
from crossover.flows.adam import Adam
from crossover.flows.field import NetworkField
from crossover.flows.loop import integrate
from crossover.flows.state import Limits
from crossover.seeding import stream
from problems import SOFT_HINGE


def streams(seeds):
    """Random numbers of Adam for the members with these seeds."""
    return [partial(stream, 0, "batches", seed) for seed in seeds]


def of_seeds(stepper, seeds):
    """The stepper for a batch of these seeds: Adam draws for each member."""
    return stepper._replace(streams=streams(seeds)) if isinstance(stepper, Adam) else stepper


EULER = {"gradient_change": 1e-4, "output_change": 0.1}
ANY_FIELD = {
    "euler": flows.load("euler", **EULER),
    "rkc-2": flows.load("rkc", tolerance=1e-4, order=2),
    "rkc-4": flows.load("rkc", tolerance=1e-4, order=4),
    "momentum": flows.load("momentum", tolerance=1e-4, mu=1000.0),
}
NETWORKS = {  # looser: quick
    "euler": flows.load("euler", gradient_change=1e-3, output_change=0.1),
    "rkc-2": flows.load("rkc", tolerance=1e-3, order=2),
    "rkc-4": flows.load("rkc", tolerance=1e-3, order=4),
    "tangent": flows.load("tangent", tolerance=1e-3),
    "auto": flows.load("auto", tolerance=1e-3),
    "momentum": flows.load("momentum", tolerance=2e-3, c_tau=1e-3),
    "adam": flows.load("adam", learning_rate=1e-2, batch_size=3, streams=streams([0, 1, 2])),
}
TIGHT = flows.load("rkc", tolerance=1e-7, order=4)


def field_of(
    seeds,
    *,
    x=None,
    labels=None,
    sqrt_h_alpha=10.0,
    h=8,
    n=12,
    activation="softplus",
    dtype=torch.float64,
    parameterization="ntk",
):
    """Networks of depth 2 on n normal inputs of dimension 5; ``sqrt_h_alpha`` is a number, or one for each seed."""
    generator = np.random.default_rng(0)
    x = torch.tensor(generator.standard_normal((n, 5))) if x is None else x
    labels = torch.tensor(generator.choice([-1.0, 1.0], len(x))) if labels is None else labels
    options = {"beta": 5.0} if activation == "softplus" else {}
    network = networks.load(
        "fc", d=5, h=h, L=2, activation=activations.load(activation, **options), bias=0.0, parameterization=parameterization
    )
    w0 = torch.stack([network.draw(stream(0, "weights", seed, 5, h, 2)) for seed in seeds])
    alpha = torch.as_tensor(sqrt_h_alpha, dtype=torch.float64).expand(len(w0)) / h**0.5
    x, labels, alpha, w0 = (value.to(dtype) for value in (x, labels, alpha, w0))
    return NetworkField.make(network, SOFT_HINGE, x=x, labels=labels, alpha=alpha, w0=w0)


def train(stepper, field, limits=Limits(20_000, 600.0), times=(), progress=None, checkpoint=None, **more):  # noqa: B008
    """Integrate from the initial weights."""
    return integrate(
        stepper,
        field,
        y=torch.zeros_like(field.anchor.w0),
        labels=field.labels,
        loss=field.loss,
        first_step=field.alpha.double() / 8,
        **more,
        times=np.array(times, dtype=float),
        limits=limits,
        progress=progress or (lambda ended, state: None),
        checkpoint=checkpoint,
    )


def contradiction():
    """Equal inputs with different labels: (x, labels)."""
    return torch.ones((4, 5), dtype=torch.float64), torch.tensor([1.0, -1.0, 1.0, 1.0], dtype=torch.float64)
