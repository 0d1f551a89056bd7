"""Names of dimensions, variables, units and flags of every file; of the other papers see `depth_schema`, `regimes_schema`.

One entry a variable: its dimensions, type on disk, units and long name. A file holds a subset of these
variables; what is not named here cannot be written (`crossover.cubes`).
"""

from crossover.depth_schema import DEPTH
from crossover.regimes_schema import REGIMES
from crossover.variable import Variable

VERSION = "4"
# Attributes that change when equal results are made again: a comparison leaves them out.
VOLATILE_ATTRS = ("started", "ended", "host", "history")

THEORY = DEPTH | REGIMES  # the kinds that the rule `theory` makes

# A point of the grid, in the order in which the cubes hold it.
POINT = ("L", "h", "sqrt_h_alpha")
MEMBER = (*POINT, "seed")

DIMS = {
    "L": "number of hidden layers",
    "h": "width: neurons of a hidden layer",
    "sqrt_h_alpha": "sqrt(h) alpha, the control parameter",
    "seed": "index of the initial condition",
    "train": "training pattern",
    "test": "test pattern",
    "feature": "input component",
    "time": "time of the flow; of Adam, the number of steps",
    "layer": "layer of weights, 0 to L",
    "interval": "end of the confidence interval",
    "replicate": "resampling of the seeds",
    "margin": "margin F y",
    "loss": "loss function",
    "run": "training run of a benchmark",
    "power": "power p of the width in the first weights, n^-p",
    "width": "neurons n of a hidden layer: of both, or of the last",
    "weight_layers": "L of the depth paper: layers of weights, hidden layers + 1",
    "angle": "angle between two inputs",
    "correlation": "correlation of two inputs",
    "start": "first correlation",
    "pair": "pair of points",
    "points": "number of training points n",
    "stop": "stopping time of the flow of the normalized kernel",
    "draw": "independent draw of points",
    "dimension": "components of a point, d",
    "step": "times that a function has been applied",
    "hidden": "hidden layer, 1 to L",
    "width_ratio": "n2 / n1 of the widths of two hidden layers",
    "parameterization": "standard, ntk, mup or mean_field: powers of the width (networks/parameterization.py)",
    "activation": "relu or tanh",
    "budget": "what all learning rates share: the number of steps, or time: steps times learning rate",
    "rate_ratio": "learning rate over 2 / lambda_max(K / n), where linear descent stops being stable",
    "trial": "learning rate that is tried",
    "predictor": "initial_kernel, final_kernel (both frozen), linearized, or network",
    "gain": "factor of ReLU",
    "shown_depth": "layers of weights of a kernel that is shown in full",
    "embedding": "0: points on a ray; 1: their stereographic images",
    "row": "test pattern: row of a Gram matrix",
    "column": "test pattern: column of a Gram matrix",
}


STATUS = {
    "absent": 0,
    "converged": 1,
    "evaluation_limit": 2,
    "time_limit": 3,
    "not_finite": 4,
    "step_underflow": 5,
}
# The regime in which a member was trained (`crossover.regime`).
REGIME = {"undetermined": 0, "lazy": 1, "crossover": 2, "feature": 3}
# A label, and the variable that it is told from.
REGIME_BY = {
    "regime": "regime_kernel_change",
    "regime_by_linearization": "linearization_error",
    "regime_by_weights": "weight_change",
}

COORDINATES = {
    "L": Variable(("L",), "int32", "1", DIMS["L"]),
    "h": Variable(("h",), "int32", "1", DIMS["h"]),
    "sqrt_h_alpha": Variable(("sqrt_h_alpha",), "float64", "1", DIMS["sqrt_h_alpha"]),
    "seed": Variable(("seed",), "int32", "1", DIMS["seed"]),
    "time": Variable(("time",), "float64", "1", DIMS["time"]),
    "layer": Variable(("layer",), "int32", "1", DIMS["layer"]),
    "margin": Variable(("margin",), "float64", "1", DIMS["margin"]),
    "interval": Variable(("interval",), "str", "1", DIMS["interval"]),
    "loss": Variable(("loss",), "str", "1", DIMS["loss"]),
    "kernel": Variable(("run",), "str", "1", "analytic (infinite width) or empirical"),
    "method": Variable(("run",), "str", "1", "how a matrix is computed"),
    "role": Variable(("run",), "str", "1", "what a run is for: reference, check, shipped or curve"),
    "flow": Variable(("run",), "str", "1", "method that integrates the flow"),
    "dtype": Variable(("run",), "str", "1", "precision"),
    "power": Variable(("power",), "float64", "1", DIMS["power"]),
    "width": Variable(("width",), "int32", "1", DIMS["width"]),
    "weight_layers": Variable(("weight_layers",), "int32", "1", DIMS["weight_layers"]),
    "angle": Variable(("angle",), "float64", "rad", DIMS["angle"]),
    "correlation": Variable(("correlation",), "float64", "1", DIMS["correlation"]),
    "start": Variable(("start",), "float64", "1", DIMS["start"]),
    "first_correlation": Variable(("pair",), "float64", "1", "rho^(1)"),
    "points": Variable(("points",), "int32", "1", DIMS["points"]),
    "stop": Variable(("stop",), "str", "1", DIMS["stop"]),
    "dimension": Variable(("dimension",), "int32", "1", DIMS["dimension"]),
    "step": Variable(("step",), "int32", "1", DIMS["step"]),
    "hidden": Variable(("hidden",), "int32", "1", DIMS["hidden"]),
    "width_ratio": Variable(("width_ratio",), "float64", "1", DIMS["width_ratio"]),
    "parameterization": Variable(("parameterization",), "str", "1", DIMS["parameterization"]),
    "activation": Variable(("activation",), "str", "1", DIMS["activation"]),
    "budget": Variable(("budget",), "str", "1", DIMS["budget"]),
    "rate_ratio": Variable(("rate_ratio",), "float64", "1", DIMS["rate_ratio"]),
    "predictor": Variable(("predictor",), "str", "1", DIMS["predictor"]),
    "gain": Variable(("gain",), "str", "1", DIMS["gain"]),
    "shown_depth": Variable(("shown_depth",), "int32", "1", DIMS["shown_depth"]),
    "alpha": Variable(("h", "sqrt_h_alpha"), "float64", "1", "alpha, the scale of the predictor"),
}

DATASET = {
    "x_train": Variable(("train", "feature"), "float32", "1", "training inputs: |x|^2 = d, or principal components of such"),
    "y_train": Variable(("train",), "int8", "1", "training labels"),
    "class_train": Variable(("train",), "int16", "1", "class of the training patterns"),
    "x_test": Variable(("test", "feature"), "float32", "1", "test inputs, as the training inputs"),
    "y_test": Variable(("test",), "int8", "1", "test labels"),
    "class_test": Variable(("test",), "int16", "1", "class of the test patterns"),
}

LOSSES = {
    "loss_per_pattern": Variable(("loss", "margin"), "float64", "1", "loss of one pattern"),
}

# What a training job measures of each member.
TRAIN = {
    "status": Variable(MEMBER, "int8", "1", "how training ended"),
    "unfitted": Variable(MEMBER, "int32", "1", "training patterns with margin below 1 at the end"),
    "t_stop": Variable(
        MEMBER, "float64", "1", "time at which the last training pattern reached margin 1, or the loss that of the stop"
    ),
    "t_half": Variable(MEMBER, "float64", "1", "first time at which the rescaled loss is half its initial value"),
    "evaluations": Variable(MEMBER, "int64", "1", "evaluations of the network on the training set"),
    "kernel_evaluations": Variable(MEMBER, "int64", "1", "tangent kernels of the training set, computed by the flow"),
    "kernel_products": Variable(MEMBER, "int64", "1", "products of a training kernel and a vector, computed by the flow"),
    "test_error": Variable(MEMBER, "float64", "1", "share of test patterns with F y <= 0"),
    "F_test": Variable((*MEMBER, "test"), "float32", "1", "predictor F at the end, test patterns"),
    "rescaled_loss": Variable((*MEMBER, "time"), "float32", "1", "alpha^2 L(t)"),
    "output_norm": Variable((*MEMBER, "time"), "float32", "1", "root mean square of f(w_t) on the output points"),
    "output_change": Variable((*MEMBER, "time"), "float32", "1", "root mean square of f(w_t) - f(w_0) on the output points"),
    "weight_change": Variable(MEMBER, "float64", "1", "|w - w0| / |w0| over all weights"),
    "weight_change_layer": Variable((*MEMBER, "layer"), "float64", "1", "|W - W0| / |W0| of a layer"),
    "regime_kernel_change": Variable(MEMBER, "float64", "1", "|Theta - Theta0| / |Theta0| (Frobenius) on the regime points"),
    "linearization_error": Variable(
        MEMBER, "float64", "1", "|f - f_lin| / |f - f(w0)| on the regime points, f_lin linear in the weights about w0"
    ),
}

# What a kernel job measures of each member.
KERNELS = {
    "kernel_norm_init": Variable(MEMBER, "float64", "1", "Frobenius norm of Theta(w0) on the kernel points"),
    "kernel_norm_final": Variable(MEMBER, "float64", "1", "Frobenius norm of Theta(w) at the end, kernel points"),
    "kernel_change": Variable(MEMBER, "float64", "1", "|Theta - Theta0| / |Theta0| (Frobenius) on the kernel points"),
    "sign_changes": Variable(
        MEMBER, "float64", "1", "share of preactivations of the kernel points whose sign is another at the end"
    ),
} | {
    f"frozen_{when}_{name}": Variable(dims, dtype, "1", f"{text}, dynamics with the frozen kernel {kernel}")
    for when, kernel in (("init", "Theta(w0)"), ("final", "Theta(w) of the end"))
    for name, dims, dtype, text in (
        ("status", MEMBER, "int8", "how training ended"),
        ("t_stop", MEMBER, "float64", "time of the stop"),
        ("test_error", MEMBER, "float64", "share of test patterns with F y <= 0"),
        ("F_test", (*MEMBER, "test"), "float32", "predictor F at the end, test patterns"),
    )
}

# Labels that the raw cube carries, by the thresholds of the configuration.
LABELS = {
    name: Variable(MEMBER, "int8", "1", f"regime by {of}")
    for name, of in {
        "regime": "the change of the kernel",
        "regime_by_linearization": "the error of the linearisation",
        "regime_by_weights": "the change of the weights",
    }.items()
}

RAW = TRAIN | KERNELS | LABELS | {"y_test": DATASET["y_test"], "class_test": DATASET["class_test"]}

# Observables of a point over its seeds. Each has an interval and, for the claims, its replicates.
OBSERVABLES = {
    "test_error_mean": Variable(POINT, "float64", "1", "test error, mean over seeds"),
    "ensemble_test_error": Variable(POINT, "float64", "1", "test error of the mean predictor"),
    "output_variance": Variable(POINT, "float64", "1", "Var F: variance over seeds, mean over test patterns (Eq. 16)"),
    "kernel_change_mean": Variable(POINT, "float64", "1", "relative change of the kernel, mean over seeds"),
    "weight_change_mean": Variable(POINT, "float64", "1", "relative change of the weights, mean over seeds"),
    "regime_kernel_change_mean": Variable(
        POINT, "float64", "1", "relative change of the kernel on the regime points, mean over seeds"
    ),
    "linearization_error_mean": Variable(POINT, "float64", "1", "error of the linearised network, mean over seeds"),
    "t_half_mean": Variable(POINT, "float64", "1", "time of half loss, mean over seeds"),
    "t_stop_mean": Variable(POINT, "float64", "1", "time of the stop, mean over seeds"),
    "frozen_init_test_error_mean": Variable(POINT, "float64", "1", "test error, frozen initial kernel, mean over seeds"),
    "frozen_init_ensemble_test_error": Variable(POINT, "float64", "1", "test error of the mean predictor, frozen initial kernel"),
    "frozen_final_test_error_mean": Variable(POINT, "float64", "1", "test error, frozen final kernel, mean over seeds"),
    "frozen_final_ensemble_test_error": Variable(POINT, "float64", "1", "test error of the mean predictor, frozen final kernel"),
    "sign_changes_mean": Variable(POINT, "float64", "1", "share of preactivations that change sign, mean over seeds"),
    "rescaled_loss_mean": Variable((*POINT, "time"), "float64", "1", "alpha^2 L(t), mean over seeds"),
    "output_norm_mean": Variable((*POINT, "time"), "float64", "1", "root mean square of f(w_t), mean over seeds"),
    "output_change_mean": Variable((*POINT, "time"), "float64", "1", "root mean square of f(w_t) - f(w_0), mean over seeds"),
}

SUMMARY = (
    OBSERVABLES
    | {
        f"{name}_interval": v._replace(dims=("interval", *v.dims), long_name=f"interval of: {v.long_name}")
        for name, v in OBSERVABLES.items()
    }
    | {
        f"{name}_replicate": v._replace(dims=("replicate", *v.dims), dtype="float32", long_name=f"replicates of: {v.long_name}")
        for name, v in OBSERVABLES.items()
    }
    | {
        "seeds_wanted": Variable(POINT, "int32", "1", "seeds of the grid at this point (0: not in the grid)"),
        "seeds_converged": Variable(
            POINT, "int32", "1", "seeds that converged, or left no more unfitted than the experiment allows"
        ),
        "rescaled_loss_first_seed": Variable((*POINT, "time"), "float64", "1", "alpha^2 L(t) of the first seed"),
        "evaluations_mean": Variable(POINT, "float64", "1", "network evaluations, mean over seeds"),
        **{
            f"{name}_share": Variable(POINT, "float64", "1", f"share of the labelled members in the {name} regime")
            for name in list(REGIME)[1:]
        },
        "regimes_agree": Variable(POINT, "float64", "1", "share of the labelled members whose three labels agree"),
    }
)

# What is measured at w0 alone, where alpha is fixed and F = 0 (Section 6, Eqs. 20 to 22).
INITIAL = {
    "preactivation_speed": Variable(
        ("h", "seed", "hidden"), "float64", "1", "root mean square of dp/dt at t = 0 on the training set"
    ),
    "gradient": Variable(("h", "seed", "layer"), "float64", "1", "root mean square of df/dW over weights and training patterns"),
}

# Two experiments with the same members, member by member.
PAIR = {
    "output_difference": Variable(MEMBER, "float64", "1", "|F_first - F_second| / |F_second| on the test patterns"),
    "evaluations_ratio": Variable(MEMBER, "float64", "1", "evaluations of the second over those of the first"),
}

# The tangent kernel of one member on the first test patterns.
GRAM = {
    "gram_init": Variable(("row", "column"), "float64", "1", "Theta(w0)"),
    "gram_final": Variable(("row", "column"), "float64", "1", "Theta(w) at the end"),
    "gram_class": Variable(("row",), "int16", "1", "class of the test pattern"),
    "gram_label": Variable(("row",), "int8", "1", "label of the test pattern"),
}

# Of each run of a benchmark; sizes are variables here, since the runs are no grid.
BENCH = {
    "n": Variable(("run",), "int32", "1", "training patterns"),
    "h": Variable(("run",), "int32", "1", DIMS["h"]),
    "sqrt_h_alpha": Variable(("run",), "float64", "1", DIMS["sqrt_h_alpha"]),
    "tolerance": Variable(("run",), "float64", "1", "tolerance of the flow, of euler its gradient_change"),
    "flops": Variable(("run",), "float64", "1", "multiplications and additions of evaluations, kernels and products"),
    "seconds": Variable(("run",), "float64", "s", "wall time of the training job, median over repeats"),
    "F_error": Variable(("run",), "float64", "1", "|F - F_reference| / |F_reference| on the test patterns"),
    "t_error": Variable(("run",), "float64", "1", "relative error of t_stop"),
    "reference_error": Variable(("run",), "float64", "1", "F_error of a looser reference of the problem, where there is one"),
} | {name: TRAIN[name]._replace(dims=("run",)) for name in ("status", "evaluations", "kernel_evaluations", "kernel_products")}

# Of each matrix that the benchmark of kernels computes.
BENCH_KERNELS = {
    "n": Variable(("run",), "int32", "1", "points"),
    "weight_layers": Variable(("run",), "int32", "1", "layers of weights, hidden layers + 1"),
    "h": Variable(("run",), "int32", "1", f"{DIMS['h']}; absent where it is infinite"),
    "build_seconds": Variable(("run",), "float64", "s", "wall time to build the table, median over repeats"),
    "seconds": Variable(("run",), "float64", "s", "wall time of the matrix, median over repeats"),
    "peak_memory": Variable(("run",), "float64", "1", "GB: largest memory of the process above that before the matrix"),
    "difference": Variable(("run",), "float64", "1", "largest difference to the reference, of its largest entry; first rows"),
}

# The codes of each variable of flags by their meanings.
FLAGS = {name: STATUS for name in RAW if name.endswith("status")} | dict.fromkeys(LABELS, REGIME)
KINDS = {
    "dataset": DATASET,
    "losses": LOSSES,
    "members": TRAIN | {"y_test": DATASET["y_test"], "class_test": DATASET["class_test"]},
    "kernels": KERNELS,
    "raw": RAW,
    "summary": SUMMARY,
    "initial": INITIAL,
    "pair": PAIR,
    "gram": GRAM,
    "bench": BENCH,
    "bench_kernels": BENCH_KERNELS,
} | THEORY
# A file has all of these or none: an experiment may want no kernels, a baseline keeps no replicates.
OPTIONAL = {"raw": tuple(KERNELS), "summary": tuple(f"{name}_replicate" for name in OBSERVABLES)}
# What the runs of a benchmark are told apart by.
RUNS = {"bench": ("role", "flow", "dtype"), "bench_kernels": ("kernel", "method")}
# The coordinates of a kind: those along its dimensions.
COORDINATES_OF = {
    kind: tuple(
        name
        for name, coordinate in COORDINATES.items()
        if name not in variables
        and set(coordinate.dims) <= {dim for variable in variables.values() for dim in variable.dims}
        and (coordinate.dims != ("run",) or name in RUNS[kind])
    )
    for kind, variables in KINDS.items()
}

ATTRIBUTES = {
    "Conventions": "of the metadata: CF-1.11",
    "schema_version": "of this contract",
    "kind": "of the file",
    "title": "what it is, for people",
    "spec": "JSON: all that decides the numbers; with the inputs, enough to make the file again",
    "spec_sha256": "digest of spec",
    "rule": "the rule of the workflow (a command of the same name) that made the file",
    "code": "JSON: rule -> digest of the code that decided its numbers, of this file and of those it was made from",
    "inputs": "JSON: name -> sha256 of the data it was made from; of several files one digest, of their sorted digests",
    "data_sha256": "digest of the file's own data: name, dimensions, type, shape and values of each variable",
    "git_commit": "the commit of the code, with -dirty when files differed from it; unknown outside a checkout",
    "versions": "JSON: package -> version",
    "started": "when the process that made the file began, UTC",
    "ended": "when the file was complete, UTC",
    "host": "the machine's name",
    "history": "when and by which rule (CF); other programs append to it",
    "licence": "of the data set",
    "device": "cpu, or cuda with the name of the card",
    "dtype": "JSON: rule -> precision of its numerics",
    "experiment": "its name in config/experiments.yaml",
    "preset": "of the run",
    "configuration": "JSON: the experiment, resolved",
    "configuration_sha256": "digest of configuration",
    "replicates": "how the seeds were resampled: bootstrap or jackknife",
    "interval_level": "share of the replicates between the ends of an interval",
    "machine": "model of the processor",
    "cores": "of the machine",
    "threads": "of torch",
    "repeats": "runs of each method; the median of their seconds is kept",
    "stand_in_for": "data set that was wanted and whose files were nowhere; empty for none",
    "image_shape": "of the images before they became features, where these are pixels",
    "merged_from": "JSON: provenance of each of the files that were merged",
}
_ALWAYS = tuple(ATTRIBUTES)[: tuple(ATTRIBUTES).index("licence")]
_TRAINED = (*_ALWAYS, "licence", "device", "dtype")
_EXPERIMENT = (*_TRAINED, "experiment", "preset", "configuration", "configuration_sha256")
ATTRIBUTES_OF = {
    "dataset": (*_ALWAYS, "licence"),
    "losses": _ALWAYS,
    "members": _TRAINED,
    "kernels": _TRAINED,
    "raw": _EXPERIMENT,
    "summary": (*_EXPERIMENT, "replicates", "interval_level"),
    "initial": _EXPERIMENT,
    "pair": _EXPERIMENT,
    "gram": _EXPERIMENT,
    "bench": (*_ALWAYS, "device", "machine", "cores", "threads", "repeats"),
    "bench_kernels": (*_ALWAYS, "device", "machine", "cores", "threads", "repeats"),
} | dict.fromkeys(THEORY, _ALWAYS)
# The rule that makes a kind of file; `point` cuts members and `merge` joins files, and they say so themselves.
RULE_OF = {
    "dataset": "dataset",
    "losses": "losses",
    "members": "train",
    "kernels": "kernels",
    "raw": "cube",
    "summary": "summary",
    "initial": "initial",
    "pair": "pair",
    "gram": "gram",
    "bench": "bench flow",
    "bench_kernels": "bench kernels",
} | dict.fromkeys(THEORY, "theory")
