"""Figure 1 and Example 1 of the depth paper: vanishing neurons whose sum does not vanish."""

import numpy as np


def run(spec: dict) -> dict[str, np.ndarray]:
    """Two hidden layers of width n with constant weights on the input 1, for widths and powers of the spec.

    ``W0 = n^-p``, ``W1 = n^-1/2``, ``w = 1``; layers behind the first are divided by sqrt(n). Every activation is n^-p, the norm
    of a layer and the output n^(1/2 - p); each of the n^2 paths contributes n^(-3/2 - p). Computed from the weights, not so.
    """
    widths, powers = spec["widths"], spec["powers"]
    names = ("neuron", "layer_norm", "path", "output")
    found = {name: np.empty((len(powers), len(widths))) for name in names}
    for at in np.ndindex(len(powers), len(widths)):
        n, p = widths[at[1]], powers[at[0]]
        first, second, readout = np.full(n, float(n) ** -p), np.full((n, n), n**-0.5), np.ones(n)
        hidden = np.maximum(second @ first / np.sqrt(n), 0)
        paths = readout[:, None] / np.sqrt(n) * second / np.sqrt(n) * first  # (n, n)
        values = hidden[0], np.linalg.norm(hidden), paths[0, 0], readout @ hidden / np.sqrt(n)
        assert np.isclose(paths.sum(), values[-1])
        for name, value in zip(names, values, strict=True):
            found[name][at] = value
    return found | {"width": np.array(widths), "power": np.array(powers)}
