"""Claims C16 to C18 and C20: networks, predictors and regimes against one another."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from crossover.claims.article import ERROR_MARGIN, LAZY
from crossover.claims.evidence import Evidence, Measured
from crossover.claims.parts import Part, ahead, equal, level, missing, positive
from crossover.claims.points import between

FEATURE_ERRORS = (1e-3, 1e-1)  # sqrt(h) alpha of the feature side of Table 1
VALUES = 2  # of sqrt(h) alpha on each side, at least: fewer are no mean
SMALL_ALPHA, LARGE_ALPHA = 1e-2, 1e2
VARIANCE_MARGIN = 0.2  # of a relative difference of Var F
DEPTH_MARGIN = 0.005  # of a difference of ensemble errors
# What Table 1 says does better, by the role of the experiment; None where it is not clear.
BETTER = {
    "cnn_cifar10": "feature",
    "cnn_fashion": None,
    "cifar10_adam": "lazy",
    "fashion": "lazy",
    "fashion_deep": "lazy",
    "mnist": "lazy",
    "emnist": "lazy",
    "cifar10": "lazy",
    "mnist_pca10_deep": "feature",
}
NO_POINT = "a point of both, all seeds converged, wanted"
ERRORS = (1e-3, 1e-1)  # sqrt(h) alpha of the feature side of Table 1
VALUES = 2  # of sqrt(h) alpha on each side, at least: fewer are no mean
SMALL_ALPHA, LARGE_ALPHA = 1e-2, 1e2
VARIANCE_MARGIN = 0.2  # of a relative difference of Var F
DEPTH_MARGIN = 0.005  # of a difference of ensemble errors
# What Table 1 says does better, by the role of the experiment; None where it is not clear.
BETTER = {
    "cnn_cifar10": "feature",
    "cnn_fashion": None,
    "cifar10_adam": "lazy",
    "fashion": "lazy",
    "fashion_deep": "lazy",
    "mnist": "lazy",
    "emnist": "lazy",
    "cifar10": "lazy",
    "mnist_pca10_deep": "feature",
}
UNLIKE = "both with 8 seeds or more, or both with fewer, wanted: else they are resampled differently"
ERRORS = {"single error": "test_error_mean", "ensemble error": "ensemble_test_error"}


class Gap(NamedTuple):
    """Errors of the lazy side minus those of the feature side at one width."""

    h: float
    ensemble: Measured
    single: Measured
    values: str  # of sqrt(h) alpha, on both sides


def gaps(evidence: Evidence) -> list[Gap]:
    """Mean error over sqrt(h) alpha >= 1e3 minus mean error over 1e-3..1e-1, of each width with `VALUES` values on each side."""
    there = evidence.there("ensemble_test_error")
    sides = there & (evidence.a >= LAZY), there & between(evidence.a, *FEATURE_ERRORS)  # (h, sqrt_h_alpha) each
    found = []
    for i, h in enumerate(evidence.h):
        lazy, feature = (side[i] for side in sides)
        if min(lazy.sum(), feature.sum()) < VALUES:
            continue
        ensemble, single = (
            evidence.measure(lambda v, y=name, k=i, at=(lazy, feature): v[y][:, k, at[0]].mean(1) - v[y][:, k, at[1]].mean(1))
            for name in ("ensemble_test_error", "test_error_mean")
        )
        found.append(Gap(h, ensemble, single, f"{lazy.sum()} lazy, {feature.sum()} feature values of sqrt(h) alpha"))
    return found


def regime(evidence: Evidence) -> list[Part]:
    """C18: which regime has the smaller ensemble error, against Table 1; the single error is printed."""
    better = BETTER[evidence.role]
    parts = []
    for gap in gaps(evidence):
        sign = -1 if better == "lazy" else 1
        gain = _times(sign, gap.ensemble)
        single = _times(sign, gap.single)
        more = f"single error {single.estimate:.3g} [{single.low:.3g}, {single.high:.3g}]; {gap.values}"
        name = f"{better or 'feature'} better by, h = {gap.h:g}"
        parts.append(ahead(name, gain, more=more) if better else level(name, gain, more=more))
    wanted = f"{VALUES} values of sqrt(h) alpha >= {LAZY:g} and {VALUES} in {FEATURE_ERRORS[0]:g}..{FEATURE_ERRORS[1]:g} wanted"
    return parts or [missing(f"{better or 'feature'} better by", f"a width with {wanted}")]


def _times(sign: int, measured: Measured) -> Measured:
    """An estimate as it is, or the other way round."""
    estimate, low, high, error = measured
    return measured if sign > 0 else Measured(-estimate, -high, -low, error)


def _mean_difference(
    title: str, both: Evidence, name: str, roles: tuple[str, str], inside: np.ndarray, judged: Callable[..., Part]
) -> Part:
    """Judge an observable of the first role minus that of the second, mean over the points that both have inside a window."""
    first, second = (f"{role}.{name}" for role in roles)
    at = inside & both.there(first) & both.there(second)
    if not at.any():
        return missing(title, NO_POINT)
    measured = both.measure(lambda values: (values[first] - values[second])[:, at].mean(1))
    return judged(title, measured, more=f"mean over {at.sum()} points")


def initial_output(roles: Mapping[str, Evidence], both: Evidence) -> list[Part]:
    """C16: errors of F = alpha f minus errors of F = alpha (f - f0), at small and at large alpha."""
    del roles
    alpha = both.a[None] / np.sqrt(both.h)[:, None]  # (h, sqrt_h_alpha)
    return [
        _mean_difference(f"{title}, f minus f - f0, {window}", both, name, ("plain", "difference"), inside, judged)
        for window, inside, judged in (
            (f"alpha <= {SMALL_ALPHA:g}", between(alpha, 0, SMALL_ALPHA), level),
            (f"alpha >= {LARGE_ALPHA:g}", between(alpha, LARGE_ALPHA, np.inf), ahead),
        )
        for title, name in ERRORS.items()
    ]


def biases(roles: Mapping[str, Evidence], both: Evidence) -> list[Part]:
    """C17: errors and h Var F with biases against those without, at the point where they differ most."""
    del roles
    parts = []
    for title, name, margin in (
        *((f"{title}, largest difference", name, ERROR_MARGIN) for title, name in ERRORS.items()),
        ("h Var F, largest relative difference", "output_variance", VARIANCE_MARGIN),
    ):
        at = both.there(f"biased.{name}") & both.there(f"unbiased.{name}")
        if not at.any():
            parts.append(missing(title, NO_POINT))
            continue

        def largest(values, name=name, at=at):
            biased, unbiased = (values[f"{role}.{name}"][:, at] for role in ("biased", "unbiased"))  # (row, point)
            difference = biased / unbiased - 1 if name == "output_variance" else biased - unbiased
            return np.abs(difference).max(1)

        parts.append(equal(title, both.measure(largest), target=0, margin=margin, more=f"largest of {at.sum()} points"))
    return parts


def depth(roles: Mapping[str, Evidence], both: Evidence) -> list[Part]:
    """C20: a deeper network has a larger single error and the same ensemble error."""
    names, inside = ("deep", "shallow"), np.ones((len(both.h), len(both.a)), dtype=bool)
    title = " minus ".join(f"L = {roles[role].L}" for role in names)
    return [
        _mean_difference(f"{error}, {title}", both, name, names, inside, judged)
        for (error, name), judged in zip(ERRORS.items(), (positive, partial(equal, target=0, margin=DEPTH_MARGIN)), strict=True)
    ]


CLAIMS = {
    "C16": (
        "F = alpha (f - f0) equals F = alpha f at small alpha and is better at large alpha",
        "Appendix I, Fig. 15",
        initial_output,
    ),
    "C17": ("Biases are negligible", "Appendix J, Fig. 16", biases),
    "C18": ("Which regime wins depends on architecture and data: Table 1", "Section 7, Table 1", regime),
    "C20": ("At L = 9 the single error is larger than at L = 3, the ensemble error the same", "Section 7, Fig. 7d", depth),
}
