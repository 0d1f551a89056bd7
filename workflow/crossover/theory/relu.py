"""The tangent kernel of a ReLU network on the unit sphere, a function of the angle between two inputs alone.

With the angle theta^(l) between the preactivations of layer l, rho = cos theta, and the arc-cosine kernels of degree 0 and 1
(Cho and Saul 2009; Proposition 2), the kernel K_L = Theta^(L) / Theta^(L)(x, x) obeys (Proposition 5)
``(L + 1) K_(L+1) = kappa0(rho^(L)) L K_L + rho^(L+1)``, ``rho^(L+1) = kappa1(rho^(L))``, ``K_1 = rho^(1)``.

In terms of rho this loses 1 - rho, which falls as 9 pi^2 / (2 L^2): K is wrong from L = 1000 in float32, from 10^5 in float64.
Here the angle and 1 - rho are carried instead.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

SMALL = 0.3  # below it the terms of sin(theta) - theta cos(theta) cancel, and five terms of its series have all digits
BLOCK = 2**14  # angles at once: a dozen arrays of them stay in the cache


class Layer(NamedTuple):
    """What is known behind l layers of weights, arrays of one shape.

    angle : theta^(l); complement : 1 - rho^(l); total : l K_l.
    """

    angle: np.ndarray
    complement: np.ndarray
    total: np.ndarray


def kappa0(rho: np.ndarray) -> np.ndarray:
    """Arc-cosine kernel of degree 0, ``1 - arccos(rho) / pi``, of correlations in [-1, 1]; the derivative of `kappa1`."""
    return 1 - np.arccos(rho) / np.pi


def kappa1(rho: np.ndarray) -> np.ndarray:
    """Arc-cosine kernel of degree 1, ``(sqrt(1 - rho^2) + rho (pi - arccos(rho))) / pi``, of correlations in [-1, 1]."""
    return (np.sqrt((1 - rho) * (1 + rho)) + rho * (np.pi - np.arccos(rho))) / np.pi


def complement_of(angle: np.ndarray) -> np.ndarray:
    """``1 - cos(angle)`` with all its digits."""
    return 2 * np.sin(angle / 2) ** 2


def angle_of(complement: np.ndarray) -> np.ndarray:
    """The angle whose cosine is ``1 - complement``."""
    return 2 * np.arcsin(np.sqrt(complement / 2))


def next_complement(angle: np.ndarray, complement: np.ndarray) -> np.ndarray:
    """``1 - kappa1(rho)`` from the angle and from ``complement`` = 1 - rho: their difference is (sin - angle cos) / pi."""
    square = angle * angle
    series = angle * square * (1 / 3 - square * (1 / 30 - square * (1 / 840 - square * (1 / 45360 - square / 3991680))))
    if series.size and angle.max() < SMALL:
        return complement - series / np.pi
    closed = np.sqrt(complement * (2 - complement)) - angle * (1 - complement)
    return complement - np.where(angle < SMALL, series, closed) / np.pi


def layers(angle: np.ndarray) -> Iterator[Layer]:
    """Layers 1, 2, ... without end, for first angles of any shape."""
    complement = complement_of(angle)
    total = 1 - complement
    while True:
        yield Layer(angle, complement, total)
        passed = 1 - angle / np.pi  # kappa0
        complement = next_complement(angle, complement)
        angle = angle_of(complement)
        total = passed * total + (1 - complement)


def checked(angle: np.ndarray, weight_layers: int) -> np.ndarray:
    """The angles as float64.

    Raises
    ------
    ValueError
        When an angle is outside [0, pi], or ``weight_layers`` is no integer above 0.
    """
    angle = np.asarray(angle, dtype=np.float64)
    inside = (angle >= 0) & (angle <= np.pi)
    if not inside.all():
        raise ValueError(
            f"`angle` has {angle[~inside].flat[0]}, wanted radians in [0, pi]; `crossover.theory.angles` makes them of points"
        )
    if isinstance(weight_layers, bool) or not isinstance(weight_layers, int | np.integer) or weight_layers < 1:
        raise ValueError(f"`weight_layers` is {weight_layers!r}, wanted an integer of at least 1 (hidden layers + 1)")
    return angle


def _last(angle: np.ndarray, weight_layers: int) -> Layer:
    """The layer number ``weight_layers``, computed by blocks of angles."""
    angle = checked(angle, weight_layers)
    flat, found = angle.ravel(), np.empty((3, angle.size))
    for start in range(0, angle.size, BLOCK):
        block = slice(start, start + BLOCK)
        found[:, block] = next(islice(layers(flat[block]), weight_layers - 1, None))
    return Layer(*found.reshape(3, *angle.shape))


def normalized_ntk(angle: np.ndarray, weight_layers: int) -> np.ndarray:
    """The normalized tangent kernel ``K_L = Theta^(L)(x, x') / Theta^(L)(x, x)`` on the unit sphere (Definition 4).

    It falls as the angle grows, but near pi: from L = 2 on its lowest value is at an angle below pi, 2.488 for L = 2.

    Parameters
    ----------
    angle : between two inputs, any shape, radians in [0, pi]
    weight_layers : L, hidden layers + 1

    Returns
    -------
    ndarray of the shape of ``angle``, values in [-1, 1]; 1 exactly where the angle is 0

    Raises
    ------
    ValueError
        When an angle is outside [0, pi], or ``weight_layers`` is no integer above 0.
    """
    return _last(angle, weight_layers).total / weight_layers


def correlation_angle(angle: np.ndarray, weight_layers: int) -> np.ndarray:
    """The angle ``arccos rho^(L)`` between the preactivations behind L layers of weights (Definition 3, Lemma 1).

    Takes and raises what `normalized_ntk` does; ``correlation_angle(angle, 1)`` is ``angle``. The correlation has its digits
    as ``1 - rho = 2 sin^2(angle / 2)``.
    """
    return _last(angle, weight_layers).angle


def depth_profile(angle: np.ndarray, weight_layers: int) -> tuple[np.ndarray, np.ndarray]:
    """`correlation_angle` and `normalized_ntk` for all of 1, ..., ``weight_layers``, each (weight_layers, *angle.shape)."""
    found = [(layer.angle, layer.total) for layer in islice(layers(checked(angle, weight_layers)), weight_layers)]
    angles, totals = (np.stack(each) for each in zip(*found, strict=True))
    depths = np.arange(1, weight_layers + 1).reshape(-1, *[1] * (totals.ndim - 1))
    return angles, totals / depths
