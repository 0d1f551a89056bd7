"""Names of dimensions, variables, units and flags of every file. Imports nothing.

One entry a variable: its dimensions, type on disk, units and long name. A file holds a subset of these
variables; what is not named here cannot be written (`crossover.cubes`).
"""

from typing import NamedTuple

VERSION = "2"
# Attributes that change when equal results are made again: a comparison leaves them out.
VOLATILE_ATTRS = ("started", "ended", "host", "history")

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
    "time": "time of the gradient flow dw/dt = -grad L",
    "layer": "layer of weights, 0 to L",
    "interval": "end of the confidence interval",
    "replicate": "resampling of the seeds",
    "margin": "margin F y",
    "loss": "loss function",
    "run": "training run of a benchmark",
}


class Variable(NamedTuple):
    """How a variable is written: dimensions, dtype on disk, units (CF), long name."""

    dims: tuple[str, ...]
    dtype: str
    units: str
    long_name: str


STATUS = {
    "absent": 0,
    "converged": 1,
    "evaluation_limit": 2,
    "time_limit": 3,
    "not_finite": 4,
    "step_underflow": 5,
}
STATUS_ATTRS = {
    "flag_values": list(STATUS.values()),
    "flag_meanings": " ".join(STATUS),
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
    "role": Variable(("run",), "str", "1", "what a run is for: reference, check, shipped or curve"),
    "flow": Variable(("run",), "str", "1", "method that integrates the flow"),
    "dtype": Variable(("run",), "str", "1", "precision"),
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
    "t_stop": Variable(MEMBER, "float64", "1", "time at which the last training pattern reached margin 1"),
    "t_half": Variable(MEMBER, "float64", "1", "first time at which the rescaled loss is half its initial value"),
    "evaluations": Variable(MEMBER, "int64", "1", "evaluations of the network on the training set"),
    "kernel_evaluations": Variable(MEMBER, "int64", "1", "tangent kernels of the training set, computed by the flow"),
    "kernel_products": Variable(MEMBER, "int64", "1", "products of a training kernel and a vector, computed by the flow"),
    "test_error": Variable(MEMBER, "float64", "1", "share of test patterns with F y <= 0"),
    "F_test": Variable((*MEMBER, "test"), "float32", "1", "predictor F at the end, test patterns"),
    "rescaled_loss": Variable((*MEMBER, "time"), "float32", "1", "alpha^2 L(t)"),
    "weight_change": Variable(MEMBER, "float64", "1", "|w - w0| / |w0| over all weights"),
    "weight_change_layer": Variable((*MEMBER, "layer"), "float64", "1", "|W - W0| / |W0| of a layer"),
}

# What a kernel job measures of each member.
KERNELS = {
    "kernel_norm_init": Variable(MEMBER, "float64", "1", "Frobenius norm of Theta(w0) on the kernel points"),
    "kernel_norm_final": Variable(MEMBER, "float64", "1", "Frobenius norm of Theta(w) at the end, kernel points"),
    "kernel_change": Variable(MEMBER, "float64", "1", "|Theta - Theta0| / |Theta0| (Frobenius) on the kernel points"),
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

RAW = TRAIN | KERNELS | {"y_test": DATASET["y_test"], "class_test": DATASET["class_test"]}

# Observables of a point over its seeds. Each has an interval and, for the claims, its replicates.
OBSERVABLES = {
    "test_error_mean": Variable(POINT, "float64", "1", "test error, mean over seeds"),
    "ensemble_test_error": Variable(POINT, "float64", "1", "test error of the mean predictor"),
    "output_variance": Variable(POINT, "float64", "1", "Var F: variance over seeds, mean over test patterns (Eq. 16)"),
    "kernel_change_mean": Variable(POINT, "float64", "1", "relative change of the kernel, mean over seeds"),
    "weight_change_mean": Variable(POINT, "float64", "1", "relative change of the weights, mean over seeds"),
    "t_half_mean": Variable(POINT, "float64", "1", "time of half loss, mean over seeds"),
    "t_stop_mean": Variable(POINT, "float64", "1", "time of the stop, mean over seeds"),
    "frozen_init_test_error_mean": Variable(POINT, "float64", "1", "test error, frozen initial kernel, mean over seeds"),
    "frozen_init_ensemble_test_error": Variable(POINT, "float64", "1", "test error of the mean predictor, frozen initial kernel"),
    "frozen_final_test_error_mean": Variable(POINT, "float64", "1", "test error, frozen final kernel, mean over seeds"),
    "frozen_final_ensemble_test_error": Variable(POINT, "float64", "1", "test error of the mean predictor, frozen final kernel"),
    "rescaled_loss_mean": Variable((*POINT, "time"), "float64", "1", "alpha^2 L(t), mean over seeds"),
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
        "seeds_converged": Variable(POINT, "int32", "1", "seeds that reached margin 1 on every training pattern"),
        "rescaled_loss_first_seed": Variable((*POINT, "time"), "float64", "1", "alpha^2 L(t) of the first seed"),
        "evaluations_mean": Variable(POINT, "float64", "1", "network evaluations, mean over seeds"),
    }
)

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

FLAGS = {name for name in RAW if name.endswith("status")}
KINDS = {
    "dataset": DATASET,
    "losses": LOSSES,
    "members": TRAIN | {"y_test": DATASET["y_test"], "class_test": DATASET["class_test"]},
    "kernels": KERNELS,
    "raw": RAW,
    "summary": SUMMARY,
    "bench": BENCH,
}
# A raw cube has all of these or none: an experiment may want no kernels.
OPTIONAL = {"raw": tuple(KERNELS)}
# The coordinates of a kind: those along its dimensions.
COORDINATES_OF = {
    kind: tuple(
        name
        for name, coordinate in COORDINATES.items()
        if name not in variables and set(coordinate.dims) <= {dim for variable in variables.values() for dim in variable.dims}
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
    "bench": (*_ALWAYS, "device", "machine", "cores", "threads", "repeats"),
}
# The rule that makes a kind of file; `point` cuts members and `merge` joins files, and they say so themselves.
RULE_OF = {
    "dataset": "dataset",
    "losses": "losses",
    "members": "train",
    "kernels": "kernels",
    "raw": "cube",
    "summary": "summary",
    "bench": "bench flow",
}
