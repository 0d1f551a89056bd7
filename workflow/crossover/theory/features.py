"""The change of the last hidden layer in lazy training (Proposition 4), without biases.

A network of H hidden layers trained by gradient flow has ``sum_mu g_mu grad f(x_mu)`` as change of its weights, up to sign,
with ``g = int_0^t (f_s - y) ds = A_t (f_0 - y)``. Its last hidden preactivations a (of width n_H) change by Delta a, and
``Delta a(x) . Delta a(x')``, a sum over the n_H neurons, stays of order 1 at large width: that of a neuron is 1 / n_H.
"""

import numpy as np

from crossover.theory.network import kernels_at
from crossover.theory.points import angles


def _kernels(x: np.ndarray, y: np.ndarray, weight_layers: int, gain: float):
    squares = [(each * each).sum(1) / each.shape[1] for each in (x, y)]
    return kernels_at(angles(x, y), squares[0][:, None], squares[1], weight_layers, gain=gain, bias=0.0)


def sequential_change(x: np.ndarray, train: np.ndarray, g: np.ndarray, *, hidden_layers: int, gain: float) -> np.ndarray:
    """``Delta a . Delta a'`` among the rows of x (m, d), shape (m, m), when the other layers become wide before the last.

    ``T(x, X) (D o g g^T) T(X, x')`` with ``T = Theta^(H)``, ``D = E[s' s']`` of the last hidden layer (Proposition 4).

    Parameters
    ----------
    x : points, (m, d)
    train : training points X, (n, d)
    g : integrals of the residuals, (n,)
    hidden_layers : H
    gain : of ReLU
    """
    cross = _kernels(x, train, hidden_layers, gain).theta * g  # (m, n)
    return cross @ _kernels(train, train, hidden_layers, gain).slopes(gain=gain) @ cross.T  # (m, m)


def joint_excess(
    x: np.ndarray, train: np.ndarray, g: np.ndarray, *, gain: float, draws: int, generator: np.random.Generator
) -> np.ndarray:
    """What ``n_2 / n_1`` times must be added to `sequential_change` for two hidden layers that become wide together, (m, m).

    ``sum_jk (x.x_j / d) (x'.x_k / d) g_j g_k D_jk E[s'(x) s'(x_j) s'(x') s'(x_k)]``, the slopes those of one neuron of the
    first layer: the neurons of the second layer share its change. The expectation is a mean over ``draws`` neurons.
    The paper's proof has no such term.
    """
    d = train.shape[1]
    slopes = _kernels(train, train, 2, gain).slopes(gain=gain)
    values, vectors = np.linalg.eigh(slopes)
    root = vectors * np.sqrt(values.clip(0))  # (n, n), slopes = root root^T up to rounding
    weights = (x @ train.T / d * g)[:, :, None] * root  # (m, n, n)
    total = np.zeros((len(x), len(x)))
    for _ in range(draws):
        neuron = generator.standard_normal(d)
        active_x, active = (gain * (points @ neuron > 0) for points in (x, train))  # (m,), (n,)
        moved = active_x[:, None] * np.einsum("j,mjk->mk", active, weights)  # (m, n)
        total += moved @ moved.T
    return total / draws
