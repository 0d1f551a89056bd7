"""Networks as functions of explicit weights, one module an architecture: ``make(...)`` gives a network.

A network holds no weights. Its methods take flat weights ``w`` of shape (member, P), so that members are trained as one
batch and flows see vectors:

shapes                shape of each weight tensor, in the order in which ``w`` holds them
layers                for each weight tensor the index of its layer, 0 to L
spans                 whether it sees inputs by products with vectors alone: it then has ``on_span``, ``to_span``, ``from_span``
rate, output_scale    of its parameterization (`parameterization`): 1 and 1 where all scales are 1 / sqrt(fan in)
draw(generator)       initial weights of one member, shape (P,), float64, drawn on the CPU
outputs(w, x)         f(w, x), shape (member, n), for inputs x of shape (n, d)
at(w, x)              the network at w: ``f``, ``pullback(v)`` (the sum of v_mu grad f(x_mu), (member, n) -> (member, P)) and
                      ``kernel(inputs)``, Theta on the `ntk_terms.Inputs` x, (member, n, n), and ``kernel_with(at)``,
                      Theta with the inputs of another of the same weights, (member, n, n'); ``select(members)``
anchor(w0, x)         the network about w0: ``at(dw)`` is the same with ``f`` = f(w0 + dw) - f(w0); ``select(members)``
kernel_terms(w, x)    the factors of the tangent kernel of one member with weights w, shape (P,) (`crossover.ntk_terms`)
preactivations(w, x)  what enters each activation, L tensors (member, n, units)
preactivation_rates(w, rate, x)  their rates while w changes at ``rate``
flops(n)              `Flops` of one member on n patterns
"""

from importlib import import_module
from typing import NamedTuple


class Flops(NamedTuple):
    """Multiplications and additions of one member in products of matrices and convolutions.

    evaluation : of f and one pullback about an anchor; kernel : on all pairs of inputs; activations : values of the
    activation in an evaluation, a number.
    """

    evaluation: float
    kernel: float
    activations: float


def load(architecture: str, **options):
    """The network ``architecture`` with its options."""
    return import_module(f"crossover.networks.{architecture}").make(**options)
