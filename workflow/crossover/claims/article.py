"""Claims C1 to C9 of Geiger, Spigler, Jacot and Wyart: the points, estimates, targets and margins.

Windows and margins were fixed before any run; they select by grid values and by the kernel change, never by outcome.
"""

import numpy as np

from crossover.claims.estimators import largest_gap, log_crossing, rescaled_gap, slope
from crossover.claims.evidence import Estimator, Evidence
from crossover.claims.parts import Part, equal, missing, positive
from crossover.claims.points import between, common_slope, decades, grid

LAZY = 1e3  # sqrt(h) alpha at and above which training counts as lazy
HALF_LOSS_LAZY = 1e2  # the lazy side of the time of half loss
KERNEL_LAZY = 1e-2  # kernel change below which training counts as lazy too
KERNEL_FEATURE = (10.0, 0.3)  # kernel change above, sqrt(h) alpha up to: the feature side of the kernel change
FEATURE = (1e-2, 1.0)  # the feature side in claims about fluctuations
ERROR_MARGIN = 0.003  # of a difference of test errors
KERNEL_EXPONENT = {2: 1.25, 3: 1.4, 5: 1.7}  # a of the kernel change on the feature side, measured by the authors


def collapse(evidence: Evidence) -> list[Part]:
    """C1: rescaled test error against sqrt(h) alpha, curves of different h."""
    inside = evidence.there("test_error_mean") & (evidence.a >= 1)
    widths = inside.sum(1) >= 6
    name = "largest gap between the rescaled curves"
    if widths.sum() < 2:
        return [missing(name, f"two widths with 6 values of sqrt(h) alpha >= 1 wanted, {int(widths.sum())} there")]
    shared = inside[widths].all(0)
    if shared.sum() < 6:
        return [missing(name, f"6 values of sqrt(h) alpha >= 1 that the widths share wanted, {int(shared.sum())} there")]
    measured = evidence.measure(lambda values: rescaled_gap(values["test_error_mean"][:, widths][:, :, shared]))
    return [equal(name, measured, target=0, margin=0.25)]


def frozen_limit(evidence: Evidence) -> list[Part]:
    """C2: test error minus that of the frozen initial kernel at the largest sqrt(h) alpha, for each h.

    The margin is 0.003, or 2 standard errors where they are more: then the interval cannot lie inside, and the claim stays
    open until the difference exceeds what the seeds can tell.
    """
    inside = evidence.there("test_error_mean") & evidence.there("frozen_init_test_error_mean") & (evidence.a >= LAZY)
    parts = []
    for i, h in enumerate(evidence.h):
        if not inside[i].any():
            continue
        last = np.flatnonzero(inside[i])[-1]
        measured = evidence.measure(
            lambda v, at=(slice(None), i, last): v["test_error_mean"][at] - v["frozen_init_test_error_mean"][at]
        )
        margin = max(ERROR_MARGIN, 2 * measured.error) if np.isfinite(measured.error) else ERROR_MARGIN
        parts.append(equal(f"h = {h:g}, sqrt(h) alpha = {evidence.a[last]:g}", measured, target=0, margin=margin))
    return parts or [missing("error minus frozen-kernel error", f"sqrt(h) alpha >= {LAZY:g} with kernels wanted")]


def _sides(evidence: Evidence, name: str) -> list[tuple[str, np.ndarray]]:
    """Points of an observable on the feature and on the lazy side, (h, sqrt_h_alpha)."""
    there = evidence.there(name)
    return [
        ("feature side", there & between(evidence.a, *FEATURE)),
        ("lazy side", there & (evidence.a >= LAZY)),
    ]


def variance(evidence: Evidence) -> list[Part]:
    """C3: slope of log Var F on log h, on both sides; the larger half of the widths when there are more than three."""
    log_a, log_h = grid(evidence)
    parts = []
    for side, inside in _sides(evidence, "output_variance"):
        widths = np.flatnonzero(inside.any(1))
        kept = widths[-max(3, (len(widths) + 1) // 2) :]
        inside = inside & np.isin(np.arange(len(evidence.h)), kept)[:, None]
        name = f"slope of Var F, {side}"
        factor = evidence.h[kept].max() / evidence.h[kept].min() if len(kept) else 0
        if evidence.n > 1000:
            parts.append(missing(name, f"n <= 1000 wanted (larger n is preasymptotic), n = {evidence.n}"))
        elif len(kept) < 3 or factor < 4:
            parts.append(missing(name, f"3 widths over a factor 4 wanted, {len(kept)} over {factor:.3g} there"))
        else:
            measured = common_slope(evidence, "output_variance", inside, log_h, log_a)
            used = f"h = {', '.join(f'{h:g}' for h in evidence.h[kept])}"
            parts.append(equal(name, measured, target=-1, margin=0.25, more=used))
    return parts


def ensemble(evidence: Evidence) -> list[Part]:
    """C4: the ensemble's error does not depend on h, and lies below the single error; on both sides."""
    log_a, log_h = grid(evidence)
    parts = []
    for side, inside in _sides(evidence, "ensemble_test_error"):
        if inside.any(1).sum() < 3:
            parts.append(missing(f"ensemble error, {side}", f"3 widths wanted, {int(inside.any(1).sum())} there"))
            continue
        measured = common_slope(evidence, "ensemble_test_error", inside, log_h, log_a, lambda y: y)
        parts.append(equal(f"ensemble error per decade of h, {side}", measured, target=0, margin=0.005))
        gain = evidence.measure(lambda v, inside=inside: (v["test_error_mean"] - v["ensemble_test_error"])[:, inside].mean(1))
        parts.append(positive(f"single minus ensemble error, {side}", gain))
    return parts


def kernel_lazy(evidence: Evidence) -> list[Part]:
    """C5: slope of the kernel change on sqrt(h) alpha, lazy side."""
    log_a, log_h = grid(evidence)
    change = evidence.values["kernel_change_mean"][0]
    inside = evidence.there("kernel_change_mean") & ((evidence.a >= LAZY) | (change < KERNEL_LAZY))
    name = "slope of the kernel change, lazy side"
    if decades(evidence, inside) < 1:
        return [missing(name, f"a decade of sqrt(h) alpha >= {LAZY:g} or kernel change < 0.01 wanted")]
    measured = common_slope(evidence, "kernel_change_mean", inside, log_a, log_h)
    return [equal(name, measured, target=-1, margin=0.1)]


def kernel_feature(evidence: Evidence) -> list[Part]:
    """C6: slope of the kernel change on sqrt(h) alpha, feature side; the target is the authors' measurement for this depth."""
    log_a, log_h = grid(evidence)
    change = evidence.values["kernel_change_mean"][0]
    inside = evidence.there("kernel_change_mean") & (change > KERNEL_FEATURE[0]) & between(evidence.a, 0, KERNEL_FEATURE[1])
    name = "slope of the kernel change, feature side"
    if evidence.L not in KERNEL_EXPONENT:
        return [missing(name, f"the article measured L = 2, 3, 5, not {evidence.L}")]
    if decades(evidence, inside) < 2:
        return [missing(name, "two decades of sqrt(h) alpha <= 0.3 with kernel change > 10 wanted")]
    measured = common_slope(evidence, "kernel_change_mean", inside, log_a, log_h)
    prediction = 2 / (1 + 1 / evidence.L)
    more = f"the article's text says -1.3, its prediction 2/(1 + 1/L) gives -{prediction:.3g}"
    return [equal(name, measured, target=-KERNEL_EXPONENT[evidence.L], margin=0.2, more=more)]


def _crossing(evidence: Evidence, width: int, columns: np.ndarray) -> Estimator:
    """Estimator of log10 of the sqrt(h) alpha at which the kernel change of one width is 1."""
    return lambda values: log_crossing(evidence.a[columns], values["kernel_change_mean"][:, width][:, columns])


def kernel_crossover(evidence: Evidence) -> list[Part]:
    """C7: where the kernel change is 1: between 1 and 100 in sqrt(h) alpha, and the same over h within a factor 3.

    Widths count whose grid is dense enough to read a crossing (`estimators.CROSSING_DECADES`); the others are named.
    """
    there = evidence.there("kernel_change_mean")
    crossings = {}
    for i, h in enumerate(evidence.h):
        crossing = _crossing(evidence, i, there[i])
        if there[i].sum() >= 2 and np.isfinite(crossing(evidence.values)[0]):
            crossings[h] = crossing
    if not crossings:
        return [missing("log10 of the crossing", "no curve falls through a kernel change of 1 within a decade of sqrt(h) alpha")]
    unread = ", ".join(f"{h:g}" for h in evidence.h if h not in crossings)
    more = f"no crossing within a decade of sqrt(h) alpha at h = {unread}" if unread else ""
    parts = [
        equal(f"log10 of the crossing, h = {h:g}", evidence.measure(crossing), target=1, margin=1)
        for h, crossing in crossings.items()
    ]
    if len(crossings) < 2:
        return [*parts, missing("spread over h", "; ".join(filter(None, ("two widths wanted", more))))]

    def spread(values: dict[str, np.ndarray]) -> np.ndarray:
        every = np.stack([crossing(values) for crossing in crossings.values()])  # (h, row)
        return every.max(0) - every.min(0)

    return [
        *parts,
        equal("log10 of largest over smallest crossing", evidence.measure(spread), target=0, margin=np.log10(3), more=more),
    ]


def half_loss(evidence: Evidence) -> list[Part]:
    """C8: t_half/(sqrt(h) alpha) against sqrt(h) alpha: a plateau on the feature side, slope -1 on the lazy side."""
    log_a, log_h = grid(evidence)
    there = evidence.there("t_half_mean")
    parts = []
    for side, window, target, wanted in (
        ("feature side", between(evidence.a, 0, 0.1), 0, 2),
        ("lazy side", evidence.a >= HALF_LOSS_LAZY, -1, 1),
    ):
        inside = there & window
        name = f"slope of t_half/(sqrt(h) alpha), {side}"
        if decades(evidence, inside) < wanted:
            parts.append(missing(name, f"{wanted} decade(s) of sqrt(h) alpha wanted"))
            continue
        measured = evidence.measure(
            lambda v, at=inside: slope(log_a[at], np.log10(v["t_half_mean"][:, at]) - log_a[at], log_h[at])
        )
        parts.append(equal(name, measured, target=target, margin=0.1))
    return parts


def lazy_curves(evidence: Evidence) -> list[Part]:
    """C9: largest gap between the curves alpha^2 L(t) of different sqrt(h) alpha and h, lazy side."""
    inside = evidence.there("rescaled_loss_mean") & (evidence.a >= LAZY)
    name = "largest gap between the curves alpha^2 L(t)"
    if inside.sum() < 2:
        return [missing(name, f"two points with sqrt(h) alpha >= {LAZY:g} wanted")]
    measured = evidence.measure(lambda values: largest_gap(values["rescaled_loss_mean"][:, inside]))
    return [equal(name, measured, target=0, margin=0.1)]


# id: statement, where the article says it, the function that measures it
CLAIMS = {
    "C1": ("The rescaled test error against sqrt(h) alpha collapses over h", "Section 3, Fig. 3d", collapse),
    "C2": (
        "At large sqrt(h) alpha the test error is that of the frozen initial kernel",
        "Section 3, Fig. 3b",
        frozen_limit,
    ),
    "C3": ("Var F falls like 1/h in both regimes", "Section 4, Eq. 17, Fig. 4a", variance),
    "C4": ("The ensemble's error does not depend on h and is below the single error", "Section 4, Fig. 4c,d", ensemble),
    "C5": ("The kernel change falls like 1/(sqrt(h) alpha) on the lazy side", "Section 5, Fig. 5a", kernel_lazy),
    "C6": ("The kernel change falls like (sqrt(h) alpha)^-a on the feature side", "Section 5, Eq. 18", kernel_feature),
    "C7": ("The kernel change is 1 at sqrt(h) alpha = O(1), whatever h", "Section 5, Fig. 5a", kernel_crossover),
    "C8": (
        "The time of half loss is proportional to sqrt(h) alpha on the feature side only",
        "Section 5, Eq. 19, Fig. 5c",
        half_loss,
    ),
    "C9": ("alpha^2 L(t) depends on neither alpha nor h in the lazy regime", "Section 5, Fig. 5b", lazy_curves),
}
