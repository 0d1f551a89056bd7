"""Variables of the items of the depth paper (arXiv:2511.07272): a kind of file each."""

from crossover.variable import Variable

CHANGE = ("width_ratio", "width", "seed")
WORDS = ("parameterization", "width", "seed")
CLASSES = ("draw", "stop", "weight_layers")
DEPTH = {
    "depth_fig1": {
        "neuron": Variable(("power", "width"), "float64", "1", "activation of a neuron of a hidden layer, first weights n^-p"),
        "layer_norm": Variable(("power", "width"), "float64", "1", "norm of a hidden layer"),
        "path": Variable(("power", "width"), "float64", "1", "what one path from input to output contributes"),
        "output": Variable(("power", "width"), "float64", "1", "output f"),
    },
    "depth_fig2": {
        "ntk": Variable(("weight_layers", "angle"), "float64", "1", "normalized tangent kernel K_L"),
        "half_height": Variable(("weight_layers",), "float64", "1", "L times the angle at which K_L is 5/8"),
    },
    "depth_fig3": {
        "kappa0": Variable(("correlation",), "float64", "1", "arc-cosine kernel of degree 0"),
        "kappa1": Variable(("correlation",), "float64", "1", "arc-cosine kernel of degree 1"),
        "iterate": Variable(("start", "step"), "float64", "1", "correlation after applying kappa1 step times"),
    },
    "depth_fig4": {
        "pair_constant": Variable(("pair",), "float64", "1", "C of theta^(L) = 3 pi / (L + 3/2 ln L + C + o(1))"),
        "with_test": Variable(("pair",), "int8", "1", "1 where one of the pair is the test point x"),
        "pair_complement": Variable(("pair", "weight_layers"), "float64", "1", "1 - rho^(L)"),
        "pair_ntk": Variable(("pair", "weight_layers"), "float64", "1", "normalized tangent kernel K_L"),
        "pair_iterated": Variable(("pair", "weight_layers"), "float64", "1", "kernel of Proposition 8"),
    },
    "depth_fig6": {
        "projection_norm": Variable(("points", "stop", "weight_layers"), "float64", "1", "norm of P_t(x), mean over test points"),
        "projection_distance": Variable(
            ("points", "stop", "weight_layers"),
            "float64",
            "1",
            "distance of P_t(x) from that of infinite depth, of the latter's norm",
        ),
        "factor_norm": Variable(("points", "stop", "weight_layers"), "float64", "1", "spectral norm of A_t"),
        "projection_limit": Variable(("points", "stop"), "float64", "1", "norm of P_t(x) at infinite depth"),
        "factor_limit": Variable(
            ("points", "stop"), "float64", "1", "second largest eigenvalue of A_t at infinite depth, n - 1 times"
        ),
    },
    "depth_fig7": {
        "smallest_eigenvalue": Variable(("draw", "weight_layers", "points"), "float64", "1", "smallest eigenvalue of K_L(X, X)"),
        "eigenvalue_bound": Variable(("draw", "weight_layers", "points"), "float64", "1", "1 - largest K_L of two points"),
    },
    "depth_fig8": {
        "smallest_angle": Variable(("dimension", "draw", "points"), "float64", "rad", "smallest angle between two points"),
        "angle_bound": Variable(("dimension", "draw", "points"), "float64", "1", "bound of Proposition 7 at the smallest angle"),
        "likely_angle": Variable(("dimension", "points"), "float64", "rad", "median of the smallest angle, large n"),
        "weight_layers": Variable(("weight_layers",), "int32", "1", "L of the depth paper: layers of weights, hidden layers + 1"),
    },
    "depth_prop4": {
        "feature_change": Variable(CHANGE, "float64", "1", "norm of the change of the last preactivations, RMS over points"),
        "inner_product_change": Variable(CHANGE, "float64", "1", "change of a.a', mean size over pairs of points"),
        "alignment_change": Variable(CHANGE, "float64", "1", "change of the cosine of a and a', mean size over pairs of points"),
        "sequential_prediction": Variable(("width_ratio",), "float64", "1", "feature_change, first layer wide before the last"),
        "joint_prediction": Variable(("width_ratio",), "float64", "1", "feature_change, both layers wide together"),
    },
    "depth_table1": {
        name + end: Variable(WORDS, "float64", "1", f"{said}, {over} over words")
        for name, said in {
            "feature_norm": "norm of the change of the last hidden activations",
            "neuron_mean": "change of an activation, mean size over neurons",
            "neuron_rms": "change of an activation, RMS over neurons",
            "neuron_largest": "change of an activation, largest of the neurons",
            "relative_norm": "norm of the change of the last hidden activations, of their norm at the start",
            "inner_product_change": "change of h.h' of a word with the others, mean size",
            "cosine_change": "change of the cosine of h and h' of a word with the others, mean size",
        }.items()
        for end, over in (("", "mean"), ("_spread", "standard deviation"))
    }
    | {
        "first_loss": Variable(WORDS, "float64", "1", "cross-entropy, mean over the first tenth of the steps"),
        "last_loss": Variable(WORDS, "float64", "1", "cross-entropy, mean over the last tenth of the steps"),
    },
    "depth_table2": {
        "square_error": Variable(CLASSES, "float64", "1", "squared error of an output, mean over classes and test patterns"),
        "square_error_spread": Variable(CLASSES, "float64", "1", "its standard deviation over test patterns"),
        "accuracy": Variable(CLASSES, "float64", "1", "share of test patterns whose largest output is that of their class"),
        "macro_f1": Variable(CLASSES, "float64", "1", "F1 score, mean over classes"),
    },
    "depth_remarks": {
        "biased_ntk": Variable(("gain", "weight_layers"), "float64", "1", "normalized kernel of orthogonal inputs, with biases"),
        "depth_ntk": Variable(("shown_depth", "correlation"), "float64", "1", "normalized tangent kernel K_L"),
        "drop": Variable(("shown_depth",), "float64", "1", "K_L(-1) minus the lowest K_L"),
        "recursion_difference": Variable(("shown_depth",), "float64", "1", "largest difference of K_L from Theorem 1's kernel"),
        "diagonal_ratio": Variable(("seed",), "float64", "1", "Theta(x, x) of a finite network over L 2^-(L - 1)"),
        "layer_share": Variable(("seed", "layer"), "float64", "1", "share of a layer of weights in Theta(x, x)"),
        "eigenvalue_3d": Variable(("draw", "points"), "float64", "1", "smallest eigenvalue of K_L(X, X), d = 3"),
        "angle_prediction_3d": Variable(("draw", "points"), "float64", "1", "(L - 1) theta_min / (2 pi), d = 3"),
        "ray_angle": Variable(("embedding",), "float64", "rad", "smallest angle between points on a ray"),
    },
}
DEPTH["depth_fig5"] = DEPTH["depth_fig4"]
DEPTH["depth_fig6_mnist"] = DEPTH["depth_fig6"]
