"""Claims R22 to R24: what the two pages on the regimes say of the plane of sqrt(h) alpha and h."""

from collections.abc import Callable

import numpy as np

from crossover.claims.evidence import Evidence
from crossover.claims.pages import GLOSSARY, LAZY_CHANGE, ORDER_ONE, REGIMES, RISE, above, below
from crossover.claims.parts import Part, missing
from crossover.claims.points import common_slope, grid

KERNEL = "regime_kernel_change_mean"
QUANTITIES = {
    KERNEL: "|dK| / |K0|",
    "linearization_error_mean": "error of the linearisation",
    "weight_change_mean": "|dw| / |w0|",
}


def scale(plane: Evidence) -> list[Part]:
    """R22: the kernel's change at the largest and at the smallest sqrt(h) alpha, mean over widths."""
    there = plane.there(KERNEL)
    return [
        _at(plane, there & (plane.a == a), f"sqrt(h) alpha = {a:g}", judged, bound)
        for a, judged, bound in ((plane.a.max(), below, LAZY_CHANGE), (plane.a.min(), above, ORDER_ONE))
    ]


def together(plane: Evidence) -> list[Part]:
    """R23: kernel, linearisation and weights all tell more change the smaller sqrt(h) alpha, at each width."""
    x, h = grid(plane)
    return [
        below(f"slope of {said} on sqrt(h) alpha", common_slope(plane, name, plane.there(name), x, h), -RISE)
        for name, said in QUANTITIES.items()
    ]


def width_alone(plane: Evidence) -> list[Part]:
    """R24: the least width is lazy at the largest sqrt(h) alpha, and the largest width learns features at the smallest."""
    if len(plane.h) < 2:
        return [missing("widths", "two wanted, one there")]
    there = plane.there(KERNEL)
    return [
        _at(plane, there & (plane.h[:, None] == h) & (plane.a == a), f"h = {h}, sqrt(h) alpha = {a:g}", judged, bound)
        for h, a, judged, bound in (
            (plane.h.min(), plane.a.max(), below, LAZY_CHANGE),
            (plane.h.max(), plane.a.min(), above, ORDER_ONE),
        )
    ]


def _at(plane: Evidence, inside: np.ndarray, where: str, judged: Callable[..., Part], bound: float) -> Part:
    """Judge the kernel's change, mean over the points inside, (h, sqrt_h_alpha)."""
    if not inside.any():
        return missing(where, "a point with all its seeds wanted, none there")
    return judged(f"|dK| / |K0|, {where}", plane.measure(lambda values: values[KERNEL][:, inside].mean(1)), bound)


CLAIMS = {
    "R22": ("Large weights at the start are lazy, small ones learn features", GLOSSARY, scale),
    "R23": ("Change of the kernel, nonlinearity and movement of the weights go together", GLOSSARY, together),
    "R24": ("Width alone does not decide the regime", REGIMES, width_alone),
}
