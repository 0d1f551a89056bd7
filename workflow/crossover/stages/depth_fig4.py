"""Figure 4 of the depth paper: correlations and kernels of pairs of random points along the depth."""

import numpy as np

from crossover.seeding import stream
from crossover.theory.iterated import iterated_complement
from crossover.theory.limits import logarithmic_constant
from crossover.theory.points import angles
from crossover.theory.relu import complement_of, depth_profile

EVERY = 100  # depths up to here are all kept, beyond it some in each decade
PER_DECADE = 20


def run(spec: dict) -> dict[str, np.ndarray]:
    """Pairs among ``points`` points drawn from the cube [-1, 1]^d, and of each with a test point, at depths to ``layers``."""
    generator = stream(spec["seed"], "depth_fig4")
    drawn = generator.uniform(-1, 1, (spec["points"] + 1, spec["dimension"]))
    return along_depth(drawn[:-1], drawn[-1:], layers=spec["layers"], phi=spec["phi"])


def along_depth(x: np.ndarray, test: np.ndarray, *, layers: int, phi: str) -> dict[str, np.ndarray]:
    """``1 - rho``, K_L and the kernel of Proposition 8 of the pairs among x (n, d) and of x with test (m, d)."""
    among, crossed = angles(x, x)[np.triu_indices(len(x), 1)], angles(x, test).ravel()
    angle = np.concatenate([among, crossed])  # (pair,)
    later = np.geomspace(EVERY, layers, round(PER_DECADE * np.log10(layers / EVERY)) + 1).round().astype(int)
    depths = np.unique(np.concatenate([np.arange(1, EVERY + 1), later]))
    followed, kernel = (each[depths - 1].T for each in depth_profile(angle, layers))  # (pair, weight_layers)
    return {
        "first_correlation": np.cos(angle),
        "pair_constant": logarithmic_constant(angle),
        "with_test": np.repeat([0, 1], [len(among), len(crossed)]),
        "weight_layers": depths,
        "pair_complement": complement_of(followed),
        "pair_ntk": kernel,
        "pair_iterated": 1 - iterated_complement(angle, layers, phi=phi)[depths - 1].T,
    }
