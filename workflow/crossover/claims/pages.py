"""Claims R1 to R21: two pages on the lazy and the feature regime, and where they say too much (docs/regimes.md)."""

from collections.abc import Iterator

import numpy as np

from crossover.claims.depth_numbers import Lacking, Theory, drawn, open_where_lacking, width_slope
from crossover.claims.evidence import Measured
from crossover.claims.parts import Part, equal, positive

LAZY = ("standard", "ntk")  # parametrisations whose limit of large width is the lazy regime
FEATURE = "mup"
# Slopes on log n at large n by the exponents of Yang and Hu and, of the kernel, by earlier measurements: of |W - W0| /
# |W0| by layer, of a neuron, of the hidden layer, of the kernel (relu, which is slower to its -1, and tanh), of the Taylor error.
RELATIVE = {"standard": (-1.5, -1, -0.5), "ntk": (-0.5, -1, -0.5), "mup": (0, -0.5, 0), "mean_field": (0, -0.5, 0)}
NEURON = {"standard": -0.5, "ntk": -0.5, "mup": 0, "mean_field": 0}
FEATURES = {name: slope + 0.5 for name, slope in NEURON.items()}
KERNEL = {"standard": -1, "ntk": -1, "mup": 0, "mean_field": 0}
TAYLOR = KERNEL  # what the expansion leaves out is what the kernel has changed
CRITICAL = {"standard": -1, "ntk": 0, "mup": 0, "mean_field": 1}
BOUND = -0.5  # of the slope of what networks and their linearisation differ by
MARGIN = 0.15  # of slopes
KERNEL_RANGE = {"relu": (-0.85, 0.35), "tanh": (-1.0, 0.3)}  # centre and margin of the kernel's slope, lazy side
FADING = 0.15  # what falls with the width by this power, or more slowly, counts as lasting
LAZY_CHANGE = 0.1  # relative change of the kernel below which a network is lazy
ORDER_ONE = 1.0  # above it the kernel has changed by its own size
HALF_OCTAVE = 0.5  # per doubling of the width: half way between a learning rate that transfers and one that falls as 1/n
RISE = 0.1  # power of the learning rate by which a movement must rise at least
SAME_ERROR = 0.01  # of test errors


def _cut(of: Theory, name: str, **at) -> np.ndarray:
    """A variable at values of its leading coordinates, in their order."""
    return of.values[name][tuple(of.at(coordinate, value) for coordinate, value in at.items())]


def _there(of: Theory, wanted: tuple[str, ...]) -> list[str]:
    """Those of some parametrisations that the item has; `Lacking` without any."""
    found = [name for name in wanted if name in of.values["parameterization"]]
    if not found:
        raise Lacking(f"parameterization {' or '.join(wanted)} wanted, {', '.join(of.values['parameterization'])} there")
    return found


def _by_width(of: Theory, name: str, wanted: tuple[str, ...]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Parametrisation, activation, and a variable of `regime_width`, (width, seed, ...)."""
    for parameterization in _there(of, wanted):
        for activation in of.values["activation"]:
            yield parameterization, activation, _cut(of, name, parameterization=parameterization, activation=activation)


def _slope(of: Theory, values: np.ndarray) -> Measured:
    return width_slope(of.values["width"].astype(float), values)


def _shifted(measured: Measured, by: float) -> Measured:
    """A number plus a constant."""
    return measured._replace(estimate=measured.estimate + by, low=measured.low + by, high=measured.high + by)


def _negative(measured: Measured) -> Measured:
    return Measured(-measured.estimate, -measured.high, -measured.low, measured.error)


def above(name: str, measured: Measured, bound: float, *, more: str = "") -> Part:
    """Judge that a number is above a bound; the number that is shown is what it has over it."""
    return positive(f"({name}) - {bound:g}" if bound >= 0 else f"({name}) + {-bound:g}", _shifted(measured, -bound), more=more)


def below(name: str, measured: Measured, bound: float, *, more: str = "") -> Part:
    """Judge that a number is below a bound; the number that is shown is what is left to it."""
    return positive(f"{bound:g} - ({name})", _shifted(_negative(measured), bound), more=more)


def staying(of: Theory) -> list[Part]:
    """R1: slopes of |W - W0| / |W0| on the width, layer by layer, where the limit is lazy."""
    return [
        equal(
            f"slope of |dW| / |W0| of layer {layer + 1} on n, {name}, {activation}",
            _slope(of, values[..., layer]),
            target=RELATIVE[name][layer],
            margin=MARGIN,
        )
        for name, activation, values in _by_width(of, "relative_movement", LAZY)
        for layer in range(values.shape[-1])
    ]


def shrinking(of: Theory) -> list[Part]:
    """R2: that |w - w0| itself, over all layers, gets smaller with the width in the NTK parametrisation."""
    [mup] = [_slope(of, np.linalg.norm(each, axis=-1)) for _, _, each in list(_by_width(of, "weight_movement", (FEATURE,)))[:1]]
    return [
        below(
            f"slope of |w - w0| on n, {name}, {activation}",
            _slope(of, np.linalg.norm(values, axis=-1)),
            -FADING,
            more=f"muP: {mup.estimate:.3g} [{mup.low:.3g}, {mup.high:.3g}]",
        )
        for name, activation, values in _by_width(of, "weight_movement", ("ntk",))
    ]


def moving(of: Theory) -> list[Part]:
    """R3: that the weights of each layer move by a lasting part of themselves in muP."""
    return [
        above(f"slope of |dW| / |W0| of layer {layer + 1} on n, {name}, {activation}", _slope(of, values[..., layer]), -FADING)
        for name, activation, values in _by_width(of, "relative_movement", (FEATURE,))
        for layer in range(values.shape[-1])
    ]


def features(of: Theory) -> list[Part]:
    """R4: slopes of the change of a last hidden activation on the width; the change of the layer is sqrt(n) times as large."""
    return [
        equal(f"slope of a neuron's change on n, {name}, {activation}", _slope(of, values), target=NEURON[name], margin=MARGIN)
        for name, activation, values in _by_width(of, "neuron_movement", (*LAZY, FEATURE))
    ]


def kernels(of: Theory) -> list[Part]:
    """R5: slopes of the kernel's relative change on the width."""
    parts = []
    for name, activation, values in _by_width(of, "kernel_movement", (*LAZY, FEATURE)):
        target, margin = (KERNEL[name], MARGIN) if name == FEATURE else KERNEL_RANGE[activation]
        title = f"slope of |dK| / |K0| on n, {name}, {activation}"
        more = f"{np.mean(values[-1]):.3g} at n = {of.values['width'][-1]}"
        parts.append(equal(title, _slope(of, values), target=target, margin=margin, more=more))
    return parts


def linear(of: Theory) -> list[Part]:
    """R6: that the error of the first-order expansion falls as n^-1/2 at least where the limit is lazy, and lasts in muP."""
    parts = []
    for name, activation, values in _by_width(of, "taylor_error", (*LAZY, FEATURE)):
        title, slope = f"slope of the Taylor error on n, {name}, {activation}", _slope(of, values)
        parts.append(above(title, slope, -FADING) if name == FEATURE else below(title, slope, BOUND + MARGIN))
    return parts


def last_layer(of: Theory) -> list[Part]:
    """R7: that the readout has most of the kernel, at the largest width."""
    return [
        above(f"share of the readout in Theta, {name}, {activation}, n = {of.values['width'][-1]}", drawn(values[-1, :, -1]), 0.5)
        for name, activation, values in _by_width(of, "layer_share", LAZY)
    ]


def critical(of: Theory) -> list[Part]:
    """R8: slope of the largest stable learning rate on the width, standard parametrisation; the NTK one is told."""
    parts = []
    for name, activation, values in _by_width(of, "critical_rate", ("standard",)):
        other = _slope(of, _cut(of, "critical_rate", parameterization="ntk", activation=activation))
        more = f"ntk: {other.estimate:.3g} [{other.low:.3g}, {other.high:.3g}]"
        title = f"slope of 2 / lambda_max on n, {name}, {activation}"
        parts.append(equal(title, _slope(of, values), target=CRITICAL[name], margin=0.1, more=more))
    return parts


def chosen(of: Theory) -> list[Part]:
    """R9: the kernel's change at the largest width: below a tenth, or of its own size, by the parametrisation alone."""
    width, parts = of.values["width"][-1], []
    for name, activation, values in _by_width(of, "kernel_movement", (*LAZY, FEATURE, "mean_field")):
        title = f"|dK| / |K0|, {name}, {activation}, n = {width}"
        judged = (below, LAZY_CHANGE) if name in LAZY else (above, ORDER_ONE)
        parts.append(judged[0](title, drawn(values[-1]), judged[1]))
    return parts


def moderate(of: Theory) -> list[Part]:
    """R10: that networks of the smallest width are not lazy where the limit is."""
    width = of.values["width"][0]
    return [
        above(f"|dK| / |K0|, {name}, {activation}, n = {width}", drawn(values[0]), LAZY_CHANGE)
        for name, activation, values in _by_width(of, "kernel_movement", LAZY)
    ]


def rate_slopes(of: Theory, budget: str) -> list[Part]:
    """That the movement of the weights rises with the learning rate below the edge, NTK parametrisation."""
    ratio = of.values["rate_ratio"]
    inside = ratio < 1
    if inside.sum() < 2:
        raise Lacking(f"two values of rate_ratio below 1 wanted, {int(inside.sum())} there")
    moved = np.linalg.norm(_cut(of, "weight_movement", budget=budget, parameterization="ntk")[inside], axis=-1)  # (ratio, seed)
    slopes = np.polynomial.polynomial.polyfit(np.log(ratio[inside]), np.log(moved), 1)[1]
    kept = "steps" if budget == "steps" else "eta k"
    return [above(f"slope of |w - w0| on the learning rate at the same {kept}, ntk", drawn(slopes), RISE)]


def at_steps(of: Theory) -> list[Part]:
    """R11: at the same number of steps."""
    return rate_slopes(of, "steps")


def at_time(of: Theory) -> list[Part]:
    """R12: at the same time eta k."""
    return rate_slopes(of, "time")


def beyond(of: Theory) -> list[Part]:
    """R13: the kernel's change at the largest learning rate that comes back, over that far below the edge, same eta k, NTK."""
    ratio = of.values["rate_ratio"]
    loss, change = (_cut(of, name, budget="time", parameterization="ntk") for name in ("train_loss", "kernel_movement"))
    back = np.flatnonzero((loss < 1).all(1) & (ratio > 1))
    if not len(back):
        raise Lacking("a rate_ratio above 1 at which all seeds come back wanted, none there")
    gain = np.log10(change[back[-1]] / change[0])
    return [above(f"log10 of |dK| / |K0| at {ratio[back[-1]]:g} of the edge over that at {ratio[0]:g}, ntk", drawn(gain), 0)]


def _in_time(of: Theory, name: str, parameterization: str, place: int) -> np.ndarray:
    """A variable of `regime_duration` at the largest width and one of its times, (seed,)."""
    return _cut(of, name, parameterization=parameterization)[-1, :, place]


def lasting(of: Theory) -> list[Part]:
    """R14: that long training alone leaves the lazy regime: the kernel's change at the end, NTK, the largest width."""
    time, width = of.values["time"][-1], of.values["width"][-1]
    loss = _in_time(of, "train_loss", "ntk", -1).mean()
    title = f"|dK| / |K0|, ntk, n = {width}, time {time:g}"
    return [above(title, drawn(_in_time(of, "kernel_movement", "ntk", -1)), LAZY_CHANGE, more=f"the loss is {loss:.2g}")]


def early_late(of: Theory) -> list[Part]:
    """R15: muP: the kernel's change at the first time below a tenth, at the last of its own size."""
    first, last = of.values["time"][[0, -1]]
    return [
        below(f"|dK| / |K0|, mup, time {first:g}", drawn(_in_time(of, "kernel_movement", FEATURE, 0)), LAZY_CHANGE),
        above(f"|dK| / |K0|, mup, time {last:g}", drawn(_in_time(of, "kernel_movement", FEATURE, -1)), ORDER_ONE),
    ]


def early(of: Theory) -> list[Part]:
    """R16: the error of the first-order expansion at the first time, under each parametrisation."""
    time = of.values["time"][0]
    return [
        below(f"Taylor error, {name}, time {time:g}", drawn(_in_time(of, "taylor_error", name, 0)), LAZY_CHANGE)
        for name in _there(of, (*LAZY, FEATURE))
    ]


def _best(of: Theory, name: str) -> tuple[Measured, str]:
    """Slope of log2 of the best learning rate on log2 width, and how many of the best are those of the grid."""
    values, parabola = (_cut(of, each, parameterization=name) for each in ("best_log2_rate", "interpolated"))
    said = f"{int((parabola == 0).sum())} of {parabola.size} best ones are those of the grid"
    return _slope(of, 2.0**values), said


def transferring(of: Theory) -> list[Part]:
    """R17: muP: the best learning rate is the same at all widths."""
    slope, said = _best(of, FEATURE)
    return [equal("slope of the best learning rate on n, mup", slope, target=0, margin=MARGIN, more=said)]


def not_transferring(of: Theory) -> list[Part]:
    """R18: that it falls with the width where the limit is lazy."""
    parts = []
    for name in _there(of, LAZY):
        slope, said = _best(of, name)
        parts.append(below(f"slope of the best learning rate on n, {name}", slope, -HALF_OCTAVE, more=said))
    return parts


def kernel_regression(of: Theory) -> list[Part]:
    """R19: NTK: the network nears the dynamics of its initial kernel, as n^-1/2 at least, and has its test error in the end."""
    distance = _cut(of, "network_distance", parameterization="ntk", predictor="initial_kernel")
    errors = [_cut(of, "predictor_error", parameterization="ntk", predictor=name)[-1] for name in ("network", "initial_kernel")]
    gap = drawn(errors[0] - errors[1])
    return [
        below("slope of |F - F of Theta_0| / |F| on n, ntk", _slope(of, distance), BOUND + MARGIN),
        equal(f"test error - that of Theta_0, ntk, n = {of.values['width'][-1]}", gap, target=0, margin=SAME_ERROR),
    ]


def winning(of: Theory) -> list[Part]:
    """R20: that networks under muP have a lower test error than the kernel of infinite width."""
    error, infinite = _cut(of, "predictor_error", parameterization=FEATURE, predictor="network")[-1], of.values["infinite_error"]
    title = f"test error of the kernel of infinite width - that of muP, n = {of.values['width'][-1]}"
    return [positive(title, drawn(float(infinite) - error), more=f"{float(infinite):.3f} and {error.mean():.3f}")]


def deterministic(of: Theory) -> list[Part]:
    """R21: the initial kernel's predictor nears that of infinite width."""
    distance = _cut(of, "infinite_distance", parameterization="ntk", predictor="initial_kernel")
    return [equal("slope of |F - F of infinite width| / |F| on n, Theta_0, ntk", _slope(of, distance), target=-0.5, margin=0.2)]


REGIMES, GLOSSARY = "regimes page", "glossary page"
CLAIMS = {
    "R1": ("Lazy: the weights stay close to the start at large width", REGIMES, staying),
    "R2": ("Lazy: |w - w0| gets small", f"{GLOSSARY}, qualified", shrinking),
    "R3": ("Feature learning: the weights of every layer move by a part of themselves", f"{REGIMES}, qualified", moving),
    "R4": ("Lazy: hidden activations stay; feature learning: they change", f"{REGIMES} and {GLOSSARY}", features),
    "R5": ("Lazy: the kernel stays at large width; feature learning: it changes", REGIMES, kernels),
    "R6": ("Lazy: the output is its first-order expansion in the weights; feature learning: it is not", REGIMES, linear),
    "R7": ("Lazy training learns mainly through the output layer", f"{GLOSSARY}, qualified", last_layer),
    "R8": ("The critical learning rate falls as 1/n under the standard parametrisation", REGIMES, critical),
    "R9": ("The parametrisation decides whether wide networks are lazy or learn features", REGIMES, chosen),
    "R10": ("At a finite, moderate width the kernel changes enough to learn features", REGIMES, moderate),
    "R11": ("A small learning rate keeps the weights close: same number of steps", f"{REGIMES} and {GLOSSARY}", at_steps),
    "R12": ("A small learning rate keeps the weights close: same time eta k", f"{REGIMES} and {GLOSSARY}, qualified", at_time),
    "R13": ("Learning rates above the edge of stability change the kernel more", REGIMES, beyond),
    "R14": ("Training long enough leaves the lazy regime", f"{REGIMES}, qualified", lasting),
    "R15": ("Networks are like their kernel early and learn features later", GLOSSARY, early_late),
    "R16": ("The initial kernel determines the early dynamics", REGIMES, early),
    "R17": ("In the feature regime the best learning rate is that of other widths", REGIMES, transferring),
    "R18": ("In the lazy regime the best learning rate changes with the width", f"{REGIMES}, qualified", not_transferring),
    "R19": ("Lazy training is regression with the kernel of the start", REGIMES, kernel_regression),
    "R20": ("Learnt features do better than the kernel of infinite width", f"{REGIMES} and {GLOSSARY}", winning),
    "R21": ("The kernel of the start has a deterministic limit", REGIMES, deterministic),
}
CLAIMS = {name: (statement, source, open_where_lacking(parts)) for name, (statement, source, parts) in CLAIMS.items()}
