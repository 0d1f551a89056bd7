"""Claims R22 to R24: what the two pages on the regimes say of the plane of sqrt(h) alpha and h."""

import numpy as np

from crossover.claims.evidence import Evidence
from crossover.claims.pages import GLOSSARY, LAZY_CHANGE, MARGIN, ORDER_ONE, REGIMES, RISE, above, below
from crossover.claims.parts import Part, equal, missing
from crossover.claims.points import common_slope, grid

KERNEL = "regime_kernel_change_mean"
QUANTITIES = {
    KERNEL: "|dK| / |K0|",
    "linearization_error_mean": "error of the linearisation",
    "weight_change_mean": "|dw| / |w0|",
}


def scale(plane: Evidence) -> list[Part]:
    """R22: the kernel's change at the largest and at the smallest sqrt(h) alpha, mean over widths."""
    there, parts = plane.there(KERNEL), []
    for end, judged, bound in ((plane.a.max(), below, LAZY_CHANGE), (plane.a.min(), above, ORDER_ONE)):
        title, at = f"|dK| / |K0| at sqrt(h) alpha = {end:g}", there & (plane.a == end)
        if not at.any():
            parts.append(missing(title, "a point with all its seeds wanted, none there"))
            continue
        parts.append(judged(title, plane.measure(lambda values, at=at: values[KERNEL][:, at].mean(1)), bound))
    return parts


def together(plane: Evidence) -> list[Part]:
    """R23: kernel, linearisation and weights all tell more change the smaller sqrt(h) alpha, at each width."""
    x, h = grid(plane)
    return [
        below(f"slope of {said} on sqrt(h) alpha", common_slope(plane, name, plane.there(name), x, h), -RISE)
        for name, said in QUANTITIES.items()
    ]


def width_alone(plane: Evidence) -> list[Part]:
    """R24: at fixed sqrt(h) alpha the kernel's change does not depend on the width."""
    x, h = grid(plane)
    inside = plane.there(KERNEL)
    if len(np.unique(h[inside])) < 2:
        return [missing("slope on h", "two widths wanted")]
    return [
        equal(
            "slope of |dK| / |K0| on h, sqrt(h) alpha fixed", common_slope(plane, KERNEL, inside, h, x), target=0, margin=MARGIN
        )
    ]


CLAIMS = {
    "R22": ("Large weights at the start are lazy, small ones learn features", GLOSSARY, scale),
    "R23": ("Change of the kernel, nonlinearity and movement of the weights go together", GLOSSARY, together),
    "R24": ("Width alone does not decide the regime", REGIMES, width_alone),
}
