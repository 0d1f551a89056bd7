"""Claims D1 to D23: the depth paper (arXiv:2511.07272), and where it must be qualified."""

import numpy as np

from crossover.claims.depth_numbers import Lacking, Theory, drawn, exact, open_where_lacking, over, slope_of, width_slope
from crossover.claims.evidence import Measured
from crossover.claims.parts import Part, equal, positive

# L theta at which K_L is 5/8, at large L: 3 pi u with ((1 + u)^4 - 1) / (4 u (1 + u)^3) = 5/8, a cubic with one positive root
HALF_HEIGHT = 3 * np.pi * max(root.real for root in np.roots([3, 7, 3, -3]))
LIMIT, RATE, BIASED = 0.25, 0.375, 4 / 7
TAIL = 1000  # depths from here on count as large
DEEP = 100  # for the same, of norms
SINGULAR = 1e-3  # below it a kernel off its diagonal counts as 1
KEPT = 0.1  # of a slope that should be 0
FADING = 0.15  # a change that falls with the width by this power, or more slowly, counts as lasting
ROUNDING = 1e-12  # of a kernel between -1 and 1
DEPTH = 5  # that should stabilise the smallest eigenvalue


def vanishing(of: Theory) -> list[Part]:
    """D1: neurons and layers against the width, for first weights n^-1/2 and 1/n."""
    width = of.values["width"][1:].astype(float)
    parts = []
    for p, name, target in ((0.5, "neuron", -0.5), (0.5, "layer_norm", 0.0), (1.0, "layer_norm", -0.5)):
        slope = slope_of(width, of.values[name][of.at("power", p), 1:])
        parts.append(equal(f"slope of {name} on n, first weights n^-{p:g}", exact(slope), target=target, margin=0.01))
    return parts


def narrowing(of: Theory) -> list[Part]:
    """D2: the width of K_L around a point at the largest depth, and its height at the other end."""
    deep = int(of.values["weight_layers"][-1])
    return [
        equal(f"L theta at half height, L = {deep}", exact(of.values["half_height"][-1]), target=HALF_HEIGHT, margin=0.05),
        equal(f"K_L at the antipode, L = {deep}", exact(of.values["ntk"][-1, -1]), target=LIMIT, margin=0.02),
    ]


def rising(of: Theory) -> list[Part]:
    """D3: kappa1 rises, is above the identity, and its iterates tend to 1 from every start."""
    kappa, rho, steps = of.values["kappa1"], of.values["correlation"], of.values["step"][-1]
    return [
        positive("smallest rise of kappa1", exact(np.diff(kappa).min())),
        positive("smallest kappa1(rho) - rho, rho < 1", exact((kappa - rho)[:-1].min())),
        equal(f"1 - rho after {steps} layers", over(1 - of.values["iterate"][:, -1]), target=0, margin=1e-3),
    ]


def limit(of: Theory) -> list[Part]:
    """D4 and D6: K_L of pairs of different points tends to 1/4."""
    depth, kernel = of.values["weight_layers"], of.values["pair_ntk"]
    deep, shallow = depth[-1], of.at("weight_layers", 100)
    near = of.values["first_correlation"] < 0.99
    found = [equal(f"K_L off the diagonal, L = {deep}", over(kernel[:, -1]), target=LIMIT, margin=0.005)]
    if near.any():
        found.append(equal("K_L at L = 100, rho < 0.99", over(kernel[near, shallow]), target=0.35, margin=0.1))
    similar = of.values["first_correlation"] >= 0.4
    if similar.any():
        falls = -np.diff(kernel[similar], axis=1)
        found.append(positive("smallest fall of K_L from layer to layer, rho >= 0.4", exact(falls.min())))
    return found


def rate(of: Theory) -> list[Part]:
    """D5: slope of L (K_L - 1/4) on ln L, pair by pair; the pairs' own constants are what is left."""
    large = of.from_on("weight_layers", TAIL)
    depth = of.values["weight_layers"][large].astype(float)
    scaled = depth * (of.values["pair_ntk"][:, large] - LIMIT)  # (pair, weight_layers)
    slopes = np.polynomial.polynomial.polyfit(np.log(depth), scaled.T, 1)[1]
    ratio = scaled[:, -1] / np.log(depth[-1])
    more = f"L (K_L - 1/4) / ln L itself is {ratio.min():.3g} to {ratio.max():.3g} at L = {depth[-1]:g}"
    left = scaled[:, -1] - RATE * np.log(depth[-1]) - (of.values["pair_constant"] / 4 - 1 / 8)
    return [
        equal(f"slope of L (K_L - 1/4) on ln L, L >= {TAIL}", over(slopes), target=RATE, margin=0.02, more=more),
        equal(f"L (K_L - 1/4) - 3/8 ln L - (C/4 - 1/8), L = {depth[-1]:g}", over(left), target=0, margin=0.02),
    ]


def norms(of: Theory) -> list[Part]:
    """D7: norms of P_t and A_t at the largest depth against those of infinite depth; |A_t| never above t."""
    timed = of.values["stop"] != "1/lambda"
    deep, parts = of.values["weight_layers"][-1], []
    for name, what in (("projection", "|P_t(x)|"), ("factor", "|A_t|")):
        ratio = of.values[f"{name}_norm"][0, timed, -1] / of.values[f"{name}_limit"][0, timed]
        shown = f"{what} over its limit, L = {deep}, n = {of.values['points'][0]}"
        parts.append(equal(shown, over(ratio), target=1, margin=0.1))
    times = np.array([float(stop) for stop in of.values["stop"][timed]])
    room = times[None, :, None] - of.values["factor_norm"][:, timed]
    parts.append(positive("smallest t - |A_t|", exact(room[:, np.isfinite(times)].min())))
    deep = of.from_on("weight_layers", DEEP)
    slopes = slope_of(of.values["weight_layers"][deep].astype(float), of.values["projection_distance"][:, timed][..., deep])
    name = f"slope of the distance of P_t from its limit on L, L >= {DEEP}"
    return [*parts, equal(name, over(slopes), target=-1, margin=0.15, more="that of log L / L is -0.78 to -0.86 there")]


def eigenvalues(of: Theory) -> list[Part]:
    """D8: the smallest eigenvalue rises with L, falls with n, and is at most 1 - max K_L."""
    value = of.values["smallest_eigenvalue"]  # (draw, weight_layers, points)
    return [
        positive(f"{name}, of all {len(value)} draws", exact(each.min()))
        for name, each in (
            ("smallest rise with L", np.diff(value, axis=1)),
            ("smallest fall with n", -np.diff(value, axis=2)),
            ("smallest room below 1 - max K_L", of.values["eigenvalue_bound"] - value),
        )
    ]


def stable(of: Theory) -> list[Part]:
    """D9: slope of the smallest eigenvalue on n at depth 5, for d = 10 and 3; of the latter what it follows instead."""
    points = of.values["points"].astype(float)
    if of.role == "ten":
        at, shallow = (of.at("weight_layers", depth) for depth in (DEPTH, 2))
        value, ends = of.values["smallest_eigenvalue"][:, at], of.values["smallest_eigenvalue"][..., -1].mean(0)
        more = f"at n = {points[-1]:g} lambda_min is {ends[at]:.3g}, at L = 2 {ends[shallow]:.3g}"
        name = f"slope of lambda_min on n, d = {of.spec['dimension']}"
        return [equal(name, drawn(slope_of(points, value)), target=0, margin=KEPT, more=more)]
    value, angle = of.values["eigenvalue_3d"], of.values["angle_prediction_3d"]
    more = f"lambda_min is {(value / angle).min():.3g} to {(value / angle).max():.3g} times (L - 1) theta_min / (2 pi)"
    return [equal("slope of lambda_min on n, d = 3", drawn(slope_of(points, value)), target=0, margin=KEPT, more=more)]


def separation(of: Theory) -> list[Part]:
    """D10: growth of 1 / theta_min with n; its likely size; depth 5 is below 3 pi / theta_min."""
    points, parts = of.values["points"].astype(float), []
    for d, angle, likely in zip(of.values["dimension"], of.values["smallest_angle"], of.values["likely_angle"], strict=True):
        grown = equal(f"slope of 1/theta_min on n, d = {d}", drawn(-slope_of(points, angle)), target=2 / (d - 1), margin=0.05)
        ratio = drawn(np.log10(angle[:, -1] / likely[-1]))
        parts += [grown, equal(f"log10 of theta_min over its likely size, d = {d}", ratio, target=0, margin=0.15)]
    deepest = 3 * np.pi / of.values["smallest_angle"][-1].max(1)  # (draw,): at the n that allows least
    d = of.values["dimension"][-1]
    return [*parts, positive(f"3 pi / theta_min - {DEPTH}, d = {d}", drawn(deepest - DEPTH))]


def iterated(of: Theory) -> list[Part]:
    """D11: 1 minus a kernel of Proposition 8 falls like 1/L."""
    large = of.from_on("weight_layers", TAIL)
    slopes = slope_of(of.values["weight_layers"][large].astype(float), 1 - of.values["pair_iterated"][:, large])
    return [equal(f"slope of 1 - K_L on L, L >= {TAIL}, phi {of.spec['phi']}", over(slopes), target=-1, margin=0.02)]


def change(of: Theory) -> list[Part]:
    """D12: |Delta a| over the prediction for layers that become wide together, at the largest width."""
    return _over_prediction(of, "joint_prediction", of.values["width_ratio"])


def sequential(of: Theory) -> list[Part]:
    """D14: |Delta a| over the prediction of Proposition 4, at equal widths."""
    return _over_prediction(of, "sequential_prediction", [1.0])


def _over_prediction(of: Theory, name: str, ratios) -> list[Part]:
    width = of.values["width"][-1]
    parts = []
    for ratio in ratios:
        at = of.at("width_ratio", ratio)
        quotient = of.values["feature_change"][at, -1] / of.values[name][at]
        parts.append(
            equal(f"|Delta a| over its prediction, n2 = {width}, n2/n1 = {ratio:g}", drawn(quotient), target=1, margin=0.15)
        )
    return parts


def aggregate(of: Theory) -> list[Part]:
    """D13: slopes of the change of the last hidden layer, and of one of its neurons, on the width."""
    width = of.values["width"].astype(float)
    parts = []
    for ratio, values in zip(of.values["width_ratio"], of.values["feature_change"], strict=True):
        for what, each, target in (("layer", values, 0.0), ("neuron", values / np.sqrt(width)[:, None], -0.5)):
            slope = width_slope(width, each)
            parts.append(equal(f"slope of the change of a {what} on n2, n2/n1 = {ratio:g}", slope, target=target, margin=0.1))
    return parts


def evolving(of: Theory) -> list[Part]:
    """D15: changes of inner products and of cosines of the last hidden layer, at equal widths, on the width; muP is told."""
    if of.role == "words":
        return _evolving_words(of)
    at, width = of.at("width_ratio", 1.0), of.values["width"].astype(float)
    return [
        _lasting(what, width_slope(width, of.values[name][at]))
        for name, what in (("inner_product_change", "a.a'"), ("alignment_change", "the cosine of a and a'"))
    ]


def _evolving_words(of: Theory) -> list[Part]:
    width, (ntk, mup) = (
        of.values["width"].astype(float),
        (list(of.values["parameterization"]).index(name) for name in ("ntk", "mup")),
    )
    parts = []
    for name, what in (("inner_product_change", "h.h'"), ("cosine_change", "the cosine of h and h'")):
        slope, other = (width_slope(width, of.values[name][at]) for at in (ntk, mup))
        more = f"muP: {other.estimate:.3g} [{other.low:.3g}, {other.high:.3g}]"
        parts.append(_lasting(what, slope, more=more))
    return parts


def _lasting(what: str, slope: Measured, *, more: str = "") -> Part:
    """That a change does not vanish at large width: its slope on n, plus a margin, is above 0."""
    shifted = slope._replace(estimate=slope.estimate + FADING, low=slope.low + FADING, high=slope.high + FADING)
    return positive(f"slope of the change of {what} on n + {FADING:g}", shifted, more=more)


def words(of: Theory) -> list[Part]:
    """D16: slopes of Table 1's measures on the width, NTK parametrisation; muP beside it."""
    names, width = list(of.values["parameterization"]), of.values["width"].astype(float)
    wanted = {
        "ntk": {"feature_norm": 0.0, "neuron_mean": -0.5, "relative_norm": -0.5},
        "mup": {"feature_norm": 0.5, "neuron_mean": 0.0},
    }
    return [
        equal(
            f"slope of {name} on n, {which}", width_slope(width, of.values[name][names.index(which)]), target=target, margin=0.1
        )
        for which, targets in wanted.items()
        for name, target in targets.items()
    ]


def classes(of: Theory) -> list[Part]:
    """D17: accuracy at the better of depths 5 and 10 minus that at the largest depth, without end of time."""
    depths, accuracy = of.values["weight_layers"], of.values["accuracy"][:, of.at("stop", "inf")]  # (draw, weight_layers)
    middle = [at for at, depth in enumerate(depths) if depth in (5, 10)]
    if not middle:
        raise Lacking(f"weight_layers = 5 or 10 wanted, {', '.join(map(str, depths))} there")
    best = max(middle, key=lambda at: accuracy[:, at].mean())
    return [positive(f"accuracy at L = {depths[best]} minus L = {depths[-1]}", drawn(accuracy[:, best] - accuracy[:, -1]))]


def biased(of: Theory) -> list[Part]:
    """D18: with biases, what is left of 1 - K_L off the diagonal at the largest depth, by the gain of ReLU."""
    gains, deep = list(of.values["gain"]), of.values["weight_layers"][-1]
    plain, kept = (of.values["biased_ntk"][gains.index(gain), -1] for gain in ("1", "sqrt2"))
    return [
        positive(f"1 - K_L - {SINGULAR:g}, ReLU, L = {deep}", exact(1 - plain - SINGULAR)),
        equal(f"K_L, sqrt(2) ReLU, L = {deep}", exact(kept), target=BIASED, margin=0.02),
    ]


def monotone(of: Theory) -> list[Part]:
    """D19: K_L(-1) is the lowest K_L."""
    return [
        positive(f"lowest K_L - K_L(-1), L = {depth}", exact(-drop), more="negative: K_L falls before it rises")
        for depth, drop in zip(of.values["shown_depth"], of.values["drop"], strict=True)
    ]


def shares(of: Theory) -> list[Part]:
    """D20: the share of each layer of weights in Theta(x, x)."""
    share = of.values["layer_share"]  # (seed, layer)
    count = share.shape[1]
    return [equal(f"share of layer {at + 1}", drawn(share[:, at]), target=1 / count, margin=0.02) for at in range(count)]


def bounded(of: Theory) -> list[Part]:
    """D22: Proposition 7's bound B(theta_min) is below p with a probability of at most p: its mean is 1/2 or more."""
    return [
        positive(f"mean of the bound at theta_min - 1/2, d = {d}, n = {of.values['points'][-1]}", drawn(bound[:, -1] - 0.5))
        for d, bound in zip(of.values["dimension"], of.values["angle_bound"], strict=True)
    ]


def definitions(of: Theory) -> list[Part]:
    """D23: Theta(x, x) of finite networks over Proposition 1's; K_L by Proposition 5 against Theorem 1."""
    return [
        equal("Theta(x, x) over L 2^-(L - 1)", drawn(of.values["diagonal_ratio"]), target=1, margin=0.05),
        equal("largest difference of K_L", exact(of.values["recursion_difference"].max()), target=0, margin=ROUNDING),
    ]


def embedding(of: Theory) -> list[Part]:
    """D21: angles between points on a ray, before and after the stereographic embedding."""
    before, after = of.values["ray_angle"]
    return [
        equal("smallest angle on a ray", exact(before), target=0, margin=1e-6),
        positive("smallest angle of its image", exact(after)),
    ]


CLAIMS = {
    "D1": ("Neurons of a wide layer may vanish while the layer does not", "Example 1, Fig. 1", vanishing),
    "D2": ("K_L narrows around a point as 1/L and tends to 1/4 away from it", "Fig. 2", narrowing),
    "D3": ("The map of the correlations rises to 1 from every start", "Definition 5, Lemma 1, Fig. 3", rising),
    "D4": ("K_L of different points tends to 1/4", "Theorem 2, Fig. 4", limit),
    "D5": ("It does so as log L / L, with one constant for all pairs", "Theorem 2, Corollary 1", rate),
    "D6": ("K_L of different images tends to 1/4, falling", "Theorem 2, Fig. 5", limit),
    "D7": ("Deep networks predict what the limiting kernel does, at every stopping time", "Theorem 3, Fig. 6", norms),
    "D8": ("The smallest eigenvalue rises with L and falls with n", "Fig. 7", eigenvalues),
    "D9": ("Depth 5 stabilises the smallest eigenvalue against n", "Fig. 7, qualified", stable),
    "D10": ("The depth that keeps K_L expressive grows as n^(2/(d-1))", "Proposition 7, Fig. 8", separation),
    "D11": ("Kernels by iteration of an admissible function tend to 1, as 1/L", "Proposition 8, Fig. 4", iterated),
    "D12": (
        "|Delta a| of the last hidden layer is that of Proposition 4 with the joint term",
        "Proposition 4, corrected",
        change,
    ),
    "D13": ("The change of the last hidden layer survives a large width, that of a neuron does not", "Proposition 4", aggregate),
    "D14": ("At equal widths |Delta a| is that of Proposition 4", "Proposition 4, qualified", sequential),
    "D15": ("Features evolve at large width", "Section on features, qualified", evolving),
    "D16": ("Learning words, the last hidden layer moves as in Proposition 4", "Table 1", words),
    "D17": ("Ten classes from few images are learnt best at a moderate depth", "Table 2", classes),
    "D18": ("With biases the kernel tends to an invertible matrix", "Appendix A, qualified", biased),
    "D19": ("K_L rises with the correlation", "proof of Theorem 3, qualified", monotone),
    "D20": ("Each of the L layers of weights contributes 1/L of the kernel", "Proposition 5", shares),
    "D21": ("The stereographic embedding tells points on a ray apart", "Definition 6", embedding),
    "D22": ("The closest of n random points are no closer than the bound allows", "Proposition 7", bounded),
    "D23": ("Theta(x, x) is L 2^-(L - 1), and K_L has a recursion of its own", "Propositions 1 and 5", definitions),
}
CLAIMS = {name: (statement, source, open_where_lacking(parts)) for name, (statement, source, parts) in CLAIMS.items()}
