"""Claims C10 to C15 and C19, of the appendices: weights, outputs, preactivations, ReLU, discretisation, data, frozen kernels."""

from collections.abc import Mapping

import numpy as np

from crossover.claims.article import LAZY
from crossover.claims.estimators import interpolate, slope
from crossover.claims.evidence import Evidence, Measured
from crossover.claims.parts import Part, equal, missing
from crossover.claims.points import between, common_slope, decades, grid

WEIGHT_FEATURE = (1.5e-2, 1.0)  # sqrt(h) alpha of the feature side of the weight change
WEIGHT_EXPONENT = {2: 0.35, 3: 0.23, 4: 0.23, 5: 0.23}  # b of the weight change there, measured by the authors
GROWTH = 1e-2  # sqrt(h) alpha up to which the growth of the output is looked at
GROWTH_TIMES = (0.02, 0.2)  # in t_half
UNMOVED = 0.1  # change of the output, of its norm, up to which its norm is that of t = 0
STILL = "no ReLU flips"
RELU = {  # slope of the kernel change: sqrt(h) alpha above and up to; the last where no ReLU flips
    "sqrt(h) alpha < 5": (-1.7, 0, 5 * (1 - 1e-6)),
    "sqrt(h) alpha in 2e2..1e6": (-0.5, 2e2, 1e6),
    STILL: (-1.0, 0, np.inf),
}
STEP_MARGIN = 1e-3  # of a relative difference of outputs
FROZEN_MARGIN = 0.01  # of a difference of errors


def weights(evidence: Evidence) -> list[Part]:
    """C10: slopes of the weight change on sqrt(h) alpha, on the lazy and on the feature side.

    With an intercept for each width they are those of sqrt(h) |w - w0|/|w0|.
    """
    log_a, log_h = grid(evidence)
    there = evidence.there("weight_change_mean")
    exponent, parts = WEIGHT_EXPONENT.get(evidence.L), []
    for side, window, target in (
        ("lazy side", evidence.a >= LAZY, -1.0),
        ("feature side", between(evidence.a, *WEIGHT_FEATURE), None if exponent is None else -exponent),
    ):
        inside, name = there & window, f"slope of the weight change, {side}"
        if target is None:
            parts.append(missing(name, f"the article measured L = 2 to 5, not {evidence.L}"))
        elif decades(evidence, inside) < 1:
            where = f"sqrt(h) alpha >= {LAZY:g}" if side == "lazy side" else "sqrt(h) alpha in 0.015..1"
            parts.append(missing(name, f"a decade of {where} wanted"))
        else:
            more = "" if side == "lazy side" else f"the prediction 1/(1 + L) gives -{1 / (1 + evidence.L):.3g}"
            measured = common_slope(evidence, "weight_change_mean", inside, log_a, log_h)
            parts.append(equal(name, measured, target=target, margin=0.1, more=more))
    return parts


def output_growth(evidence: Evidence) -> list[Part]:
    """C11: |f(t) - f(0)| is linear in t well before t_half; at t_half |f| has grown to about sqrt(h) |f(0)|, whatever h.

    |f(0)| is |f| at the first recorded time, where the output must not have moved by more than `UNMOVED`.
    """
    inside = evidence.there("output_change_mean") & evidence.there("t_half_mean") & between(evidence.a, 0, GROWTH)
    names = "slope of |f(t) - f(0)| on t", "|f(t_half)|/(sqrt(h) |f(0)|): log10 of largest over smallest h"
    if not inside.any():
        what = f"sqrt(h) alpha <= {GROWTH:g} with outputs along the flow (output_points) wanted"
        return [missing(name, what) for name in names]
    return [_linear_growth(evidence, names[0], inside), _growth_over_widths(evidence, names[1], inside)]


def _linear_growth(evidence: Evidence, name: str, inside: np.ndarray) -> Part:
    """Slope of log |f(t) - f(0)| on log t inside `GROWTH_TIMES`, of all points inside, each with an intercept of its own."""
    points = np.argwhere(inside)
    t_half = evidence.values["t_half_mean"][0][inside]  # (point,)
    change = evidence.values["output_change_mean"][:, inside]  # (row, point, time)
    usable = between(evidence.time[None] / t_half[:, None], *GROWTH_TIMES) & (change > 0).all(0)  # (point, time)
    usable[usable.sum(1) < 3] = False
    if not usable.any():
        return missing(name, f"3 recorded times in {GROWTH_TIMES[0]:g}..{GROWTH_TIMES[1]:g} t_half wanted")
    x, groups = (
        np.broadcast_to(np.log10(evidence.time), usable.shape),
        np.broadcast_to(np.arange(len(points))[:, None], usable.shape),
    )
    measured = evidence.measure(
        lambda values: slope(x[usable], np.log10(values["output_change_mean"][:, inside][:, usable]), groups[usable])
    )
    return equal(name, measured, target=1, margin=0.1, more=f"{usable.any(1).sum()} points")


def _growth_over_widths(evidence: Evidence, name: str, inside: np.ndarray) -> Part:
    """Largest, over sqrt(h) alpha, of log10 of the largest over the smallest |f(t_half)|/(sqrt(h) |f(0)|) of the widths."""
    norm, change = (evidence.values[f"output_{of}_mean"][0] for of in ("norm", "change"))  # (h, sqrt_h_alpha, time)
    unmoved = change[..., 0] <= UNMOVED * norm[..., 0]
    covered = between(evidence.values["t_half_mean"][0], evidence.time[0], evidence.time[-1])
    inside = inside & unmoved & covered
    columns = np.flatnonzero(inside.sum(0) >= 2)
    if not len(columns):
        return missing(name, "two widths at one sqrt(h) alpha whose outputs are recorded from before they move wanted")

    def spread(values: Mapping[str, np.ndarray]) -> np.ndarray:
        at_half = interpolate(evidence.time, values["output_norm_mean"], values["t_half_mean"])  # (row, h, sqrt_h_alpha)
        growth = np.log10(at_half / values["output_norm_mean"][..., 0]) - np.log10(evidence.h)[:, None] / 2
        every = [growth[:, inside[:, k], k] for k in columns]  # (row, h) each
        return np.max([each.max(1) - each.min(1) for each in every], axis=0)

    used = f"sqrt(h) alpha = {', '.join(f'{evidence.a[k]:g}' for k in columns)}"
    return equal(name, evidence.measure(spread), target=0, margin=np.log10(1.5), more=used)


def width_slopes(evidence: Evidence, name: str) -> list[Measured]:
    """Slope of log10 of what is measured at initialisation on log10 h, for each layer; at least two widths are wanted."""
    x, count = np.log10(evidence.h), evidence.values[name].shape[-1]
    groups = np.zeros(len(x))
    return [evidence.measure(lambda values, k=k: slope(x, np.log10(values[name][:, :, 0, k]), groups)) for k in range(count)]


def preactivations(evidence: Evidence) -> list[Part]:
    """C12: slope of the preactivations' speed at t = 0 on h at fixed alpha, for each hidden layer."""
    there = evidence.there("preactivation_speed")[:, 0]
    if len(there) < 3 or not there.all():
        return [missing("slope of the speed", f"3 widths wanted, {int(there.sum())} there")]
    return [
        equal(f"slope of the speed, layer {layer}", measured, target=-0.5, margin=0.1)
        for layer, measured in enumerate(width_slopes(evidence, "preactivation_speed"), 1)
    ]


def relu(evidence: Evidence) -> list[Part]:
    """C13: three slopes of the kernel change of ReLU networks; the last where no sign changes between w0 and the end."""
    log_a, log_h = grid(evidence)
    change, flips = evidence.values["kernel_change_mean"], evidence.values["sign_changes_mean"]
    there = evidence.there("kernel_change_mean") & (change > 0).all(0)
    parts = []
    for where, (target, low, high) in RELU.items():
        inside, name = there & between(evidence.a, low, high), f"slope of the kernel change, {where}"
        if where == STILL:
            inside = inside & (flips == 0).all(0)
        if decades(evidence, inside) < 1:
            parts.append(missing(name, "a decade of such points wanted"))
            continue
        measured = common_slope(evidence, "kernel_change_mean", inside, log_a, log_h)
        parts.append(equal(name, measured, target=target, margin=0.25))
    return parts


def steps(evidence: Evidence) -> list[Part]:
    """C14: largest relative difference of the outputs between two step controls; the ratio of their costs is printed."""
    inside = evidence.there("output_difference")
    if not inside.any():
        return [missing("largest output difference", "a point at which all seeds of both converged wanted")]
    ratio = evidence.values["evaluations_ratio"][0][inside]
    more = f"the finer costs {ratio.min():.3g} to {ratio.max():.3g} times as much; {inside.sum()} points"
    measured = evidence.measure(lambda values: values["output_difference"][:, inside].max(1))
    return [equal("largest output difference", measured, target=0, margin=STEP_MARGIN, more=more)]


def training_size(roles: Mapping[str, Evidence], together: Evidence) -> list[Part]:
    """C15: slope of log Var F on log n, at the largest h and then the largest sqrt(h) alpha >= 1e3 that all have."""
    name, sizes = "slope of Var F on n", np.array(sorted(each.n for each in roles.values()))
    if len(set(sizes)) < 3 or sizes[-1] < 4 * sizes[0]:
        return [missing(name, f"3 values of n over a factor 4 wanted, n = {', '.join(map(str, sizes))} there")]
    there = np.all([together.there(f"{role}.output_variance") for role in roles], axis=0) & (together.a >= LAZY)
    if not there.any():
        return [missing(name, f"a width and a sqrt(h) alpha >= {LAZY:g} that all n have wanted")]
    h = np.flatnonzero(there.any(1))[-1]
    a = np.flatnonzero(there[h])[-1]
    x, groups = np.log10([each.n for each in roles.values()]), np.zeros(len(roles))
    measured = together.measure(
        lambda values: slope(x, np.log10([values[f"{role}.output_variance"][:, h, a] for role in roles]).T, groups)
    )
    more = f"h = {together.h[h]:g}, sqrt(h) alpha = {together.a[a]:g}, n = {', '.join(map(str, sizes))}"
    return [equal(name, measured, target=0.5, margin=0.2, more=more)]


def frozen_final(evidence: Evidence) -> list[Part]:
    """C19: error with the kernel frozen as it is at the end, minus that of the network, for each h at the alpha nearest to 1.

    The margin is 0.01, or 2 standard errors where they are more, as in C2.
    """
    inside = evidence.there("test_error_mean") & evidence.there("frozen_final_test_error_mean")
    parts = []
    for i, h in enumerate(evidence.h):
        if not inside[i].any():
            continue
        log_alpha = np.where(inside[i], np.abs(np.log10(evidence.a / np.sqrt(h))), np.inf)
        at = (slice(None), i, int(log_alpha.argmin()))
        measured = evidence.measure(lambda v, at=at: v["frozen_final_test_error_mean"][at] - v["test_error_mean"][at])
        margin = max(FROZEN_MARGIN, 2 * measured.error) if np.isfinite(measured.error) else FROZEN_MARGIN
        parts.append(equal(f"h = {h:g}, alpha = {evidence.a[at[2]] / np.sqrt(h):.3g}", measured, target=0, margin=margin))
    return parts or [missing("frozen minus network error", "points with kernels wanted")]


CLAIMS = {
    "C10": (
        "sqrt(h) |w - w0|/|w0| falls like (sqrt(h) alpha)^-1 on the lazy side and ^-b on the feature side",
        "Appendix B, Fig. 9",
        weights,
    ),
    "C11": (
        "The output changes linearly in time until t1, where it has grown to about sqrt(h) times its initial norm",
        "Appendix C, Fig. 10",
        output_growth,
    ),
    "C12": ("At fixed alpha the preactivations start with a speed of 1/sqrt(h)", "Appendix D, Fig. 11", preactivations),
    "C13": ("With ReLU the kernel change has three regimes", "Appendix F, Fig. 12", relu),
    "C14": ("Steps a hundred times finer change the output by less than 1e-3", "Appendix G, Fig. 13", steps),
    "C15": ("On the lazy side Var F grows like sqrt(n)", "Appendix H, Fig. 14", training_size),
    "C19": ("Training with the kernel of the end reaches the network's error", "Appendix A, Fig. 8c,d", frozen_final),
}
