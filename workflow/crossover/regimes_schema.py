"""Variables of the items on the lazy and the feature regime (docs/regimes.md): a kind of file each."""

from crossover.variable import Variable

WIDTHS = ("parameterization", "activation", "width", "seed")
TIMES = ("parameterization", "width", "seed", "time")
RATES = ("budget", "parameterization", "rate_ratio", "seed")
TRIALS = ("parameterization", "width", "trial")
GAP = ("parameterization", "predictor", "width", "seed")


def _moves(dims: tuple[str, ...]) -> dict[str, Variable]:
    """What `crossover.descent.Measures` holds, along these dimensions, and the loss."""
    return {
        "weight_movement": Variable((*dims, "layer"), "float64", "1", "|W - W0| of a layer, of the parameters themselves"),
        "relative_movement": Variable((*dims, "layer"), "float64", "1", "|W - W0| / |W0| of a layer"),
        "neuron_movement": Variable(dims, "float64", "1", "change of a last hidden activation, RMS over neurons and patterns"),
        "feature_movement": Variable(
            dims, "float64", "1", "norm of the change of the last hidden activations, RMS over patterns"
        ),
        "kernel_movement": Variable(dims, "float64", "1", "|K - K0| / |K0| (Frobenius) of the tangent kernel, training set"),
        "taylor_error": Variable(dims, "float64", "1", "|f - its first-order expansion in the weights| / |f - f0|"),
        "train_loss": Variable(dims, "float64", "1", "mean square of f - f0 - y on the training set"),
    }


REGIMES = {
    "regime_width": _moves(WIDTHS)
    | {
        "layer_share": Variable((*WIDTHS, "layer"), "float64", "1", "share of a layer in the trace of Theta at the start"),
        "critical_rate": Variable(
            WIDTHS, "float64", "1", "learning rate 2 / lambda_max(Theta / n) at the start, rate h^-c left out"
        ),
    },
    "regime_duration": _moves(TIMES),
    "regime_learning_rate": _moves(RATES)
    | {
        "largest_loss": Variable(RATES, "float64", "1", "largest loss on the way"),
        "steps": Variable(("budget", "rate_ratio"), "int32", "1", "steps of gradient descent"),
    },
    "lr_transfer": {
        "log2_rate": Variable(TRIALS, "float64", "1", "log2 of the learning rate itself, the rate h^-c included"),
        "trial_loss": Variable((*TRIALS, "seed"), "float64", "1", "mean square of f - f0 - y on the training set; inf: diverged"),
        "best_log2_rate": Variable(("parameterization", "width", "seed"), "float64", "1", "log2 of the best learning rate"),
        "interpolated": Variable(
            ("parameterization", "width", "seed"), "int8", "1", "1: by a parabola through the lowest three; 0: that of the grid"
        ),
    },
    "ntk_gap": {
        "infinite_error": Variable(
            (), "float64", "1", "share of test patterns on the wrong side, tangent kernel of infinite width"
        ),
        "infinite_steps": Variable((), "int32", "1", "steps until its loss is that of the stop"),
        "predictor_error": Variable(GAP, "float64", "1", "share of test patterns on the wrong side"),
        "predictor_steps": Variable(GAP, "int32", "1", "steps until the loss is that of the stop, or as many as allowed"),
        "predictor_loss": Variable(GAP, "float64", "1", "mean square of f - f0 - y on the training set at the stop"),
        "infinite_distance": Variable(GAP, "float64", "1", "|F - F'| / |F'| on the test set, F' of the kernel of infinite width"),
        "network_distance": Variable(GAP, "float64", "1", "|F - F'| / |F'| on the test set, F' of the network"),
        "kernel_movement": Variable(
            ("parameterization", "width", "seed"), "float64", "1", "|K - K0| / |K0| of the network, training set"
        ),
    },
}
