"""Kernels of an infinitely wide network on inputs of any norm, with or without biases, not normalized.

``a^(l+1) = W z^l / sqrt(fan in) + bias b^(l+1)``, z = gain relu(a), weights and b from N(0, 1). With s(u) = gain relu(u) and
(u, v) from N(0, Sigma^(l)): ``Sigma^(1) = x.x' / d + bias^2``, ``Sigma^(l+1) = E[s(u) s(v)] + bias^2``,
``Theta^(1) = Sigma^(1)``, ``Theta^(l+1) = E[s'(u) s'(v)] Theta^(l) + Sigma^(l+1)`` (Theorem 1, Appendix A).
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from crossover.theory.points import angles
from crossover.theory.relu import angle_of, checked, complement_of, next_complement, normalized_ntk


class Kernels(NamedTuple):
    """Kernels behind some layers of weights, arrays that broadcast to the shape of ``angle``.

    angle : of the correlation of the preactivations; sigma_x, sigma_y : Sigma(x, x), Sigma(x', x');
    theta, theta_x, theta_y : Theta(x, x'), Theta(x, x), Theta(x', x').
    """

    angle: np.ndarray
    sigma_x: np.ndarray
    sigma_y: np.ndarray
    theta: np.ndarray
    theta_x: np.ndarray
    theta_y: np.ndarray

    @property
    def sigma(self) -> np.ndarray:
        """Sigma(x, x')."""
        return np.sqrt(self.sigma_x * self.sigma_y) * np.cos(self.angle)

    @property
    def normalized(self) -> np.ndarray:
        """``Theta(x, x') / sqrt(Theta(x, x) Theta(x', x'))``."""
        return self.theta / np.sqrt(self.theta_x * self.theta_y)

    def slopes(self, *, gain: float) -> np.ndarray:
        """``E[s'(u) s'(v)] = gain^2 / 2 kappa0`` of the next layer."""
        return gain**2 / 2 * (1 - self.angle / np.pi)


def layer_kernels(angle: np.ndarray, square_x, square_y, *, gain: float, bias: float) -> Iterator[Kernels]:
    """The kernels behind 1, 2, ... layers of weights, without end.

    Parameters
    ----------
    angle : between x and x', any shape, radians
    square_x, square_y : ``|x|^2 / d`` and ``|x'|^2 / d``, broadcast with the angle
    gain : of ReLU: 1, or sqrt(2), which keeps Sigma(x, x)
    bias : factor of the biases; 0 for none
    """
    angle = checked(angle, 1)
    sigma_x, sigma_y, angle = _with_bias(np.asarray(square_x), np.asarray(square_y), complement_of(angle), bias**2)
    kernels = Kernels(angle, sigma_x, sigma_y, np.sqrt(sigma_x * sigma_y) * np.cos(angle), sigma_x, sigma_y)
    half = gain**2 / 2
    while True:
        yield kernels
        complement = next_complement(kernels.angle, complement_of(kernels.angle))
        sigma_x, sigma_y, angle = _with_bias(half * kernels.sigma_x, half * kernels.sigma_y, complement, bias**2)
        kernels = Kernels(
            angle,
            sigma_x,
            sigma_y,
            kernels.slopes(gain=gain) * kernels.theta + np.sqrt(sigma_x * sigma_y) * np.cos(angle),
            half * kernels.theta_x + sigma_x,
            half * kernels.theta_y + sigma_y,
        )


def _with_bias(a, b, complement: np.ndarray, square: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Variances a, b and angle after bias^2 = ``square`` has been added to the covariance ``sqrt(ab) (1 - complement)``.

    ``sqrt((a + s)(b + s)) - sqrt(ab) - s`` is written as a square over a sum, so that no digits are lost.
    """
    root, larger = np.sqrt(a * b), np.sqrt((a + square) * (b + square))
    rest = square * (np.sqrt(a) - np.sqrt(b)) ** 2 / (larger + root + square)
    return a + square, b + square, angle_of((rest + root * complement) / larger)


def kernels_at(angle: np.ndarray, square_x, square_y, weight_layers: int, *, gain: float, bias: float) -> Kernels:
    """`layer_kernels` behind ``weight_layers`` layers of weights; raises what `relu.normalized_ntk` does."""
    checked(angle, weight_layers)
    return next(islice(layer_kernels(angle, square_x, square_y, gain=gain, bias=bias), weight_layers - 1, None))


def ntk_diagonal(weight_layers: int, *, gain: float) -> float:
    """``Theta^(L)(x, x)`` of an input with |x|^2 = d, without biases: ``L (gain^2 / 2)^(L - 1)`` (Propositions 1 and 2).

    With gain 1 it falls below the smallest float64 past L = 1080; the normalized kernel does not.
    """
    return weight_layers * (gain**2 / 2) ** (weight_layers - 1)


def limiting_ntk(x: np.ndarray, y: np.ndarray, weight_layers: int, *, gain: float) -> np.ndarray:
    """Theta^(L) without biases between the rows of x (n, d) and y (m, d), shape (n, m).

    ReLU is homogeneous: ``|x| |x'| / d`` times `ntk_diagonal` times the normalized kernel of the angle (Proposition 2).
    Raises what `points.angles` and `relu.normalized_ntk` do.
    """
    norms = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1)  # (n, m)
    scale = ntk_diagonal(weight_layers, gain=gain) / np.shape(x)[1]
    return scale * norms * normalized_ntk(angles(x, y), weight_layers)
