"""Seconds and memory of one tangent kernel, on random images."""

import resource
import time

import numpy as np
import torch

from crossover import activations, networks
from crossover.ntk import gram_matrix

IMAGE = (1, 28, 28)
ROWS = 1000  # of the kernel held at once


def run(*, architecture: str, n: int, h: int, L: int, device: str) -> dict[str, float]:
    """The kernel of n and n other points with n of them, float64, at initialisation: its parts in seconds, the peak in GB."""
    d = int(np.prod(IMAGE))
    shape = {"d": d, "bias": 0.0} if architecture == "fc" else {"image_shape": IMAGE}
    network = networks.load(architecture, h=h, L=L, activation=activations.load("softplus", beta=5.0), **shape)
    generator = np.random.default_rng(0)
    x = torch.from_numpy(generator.standard_normal((2 * n, d))).to(device)
    w = network.draw(generator).to(device)
    started = time.perf_counter()
    terms = network.kernel_terms(w, x)
    between = time.perf_counter()
    kernel = gram_matrix(terms, [term.rows(slice(0, n)) for term in terms], rows=ROWS)
    norm = float(kernel.norm())  # waits for a GPU
    ended = time.perf_counter()
    return {
        "parameters": len(w),
        "norm": norm,
        "seconds_of_terms": between - started,
        "seconds": ended - started,
        "peak_GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }
