"""Networks as functions of explicit weights, one module an architecture: ``make(...)`` gives a network.

A network holds no weights. Its methods take flat weights ``w`` of shape (member, P), so that members are trained as one
batch and flows see vectors:

shapes                          shape of each weight tensor, in the order in which ``w`` holds them
layers                          for each weight tensor the index of its layer
draw(generator)                 initial weights of one member, shape (P,), float64, drawn on the CPU
outputs(w, x)                   f(w, x), shape (member, n), for inputs x of shape (n, d)
outputs_and_pullback(w, x)      f(w, x) and v -> sum_mu v_mu grad f(x_mu), shapes (member, n) -> (member, P)
kernel_terms(w, x)              the factors of the tangent kernel of one member, see `crossover.ntk`
"""

from importlib import import_module


def load(architecture: str, **options):
    """The network ``architecture`` with its options."""
    return import_module(f"crossover.networks.{architecture}").make(**options)
