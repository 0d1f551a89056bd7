"""Table 2 of the depth paper: ten classes learnt by the normalized kernel from few images."""

import math
from collections.abc import Mapping

import numpy as np
from sklearn.metrics import f1_score

from crossover.theory.early_stopping import projection, spectrum
from crossover.theory.points import kernel_matrix, symmetric_kernel_matrix
from crossover.theory.table import tabulated_ntk


def run(spec: dict, data: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Errors on the test images of P_t applied to one output per class, 1 for its own; a draw has ``points`` images of its own.

    Of squares (mean over outputs; its spread is that over test images), of the class with the largest output (accuracy, macro
    F1). Times of K_L: ``times`` and without end.
    """
    points, depths, times = spec["points"], spec["weight_layers"], [*map(float, spec["times"]), math.inf]
    draws = len(data["x_train"]) // points
    x, test = (data[name].astype(np.float64) for name in ("x_train", "x_test"))
    classes, wanted = data["class_train"], data["class_test"]
    labels = np.unique(np.concatenate([classes, wanted]))
    truth = (wanted[:, None] == labels).astype(float)
    shape = (draws, len(times), len(depths))
    found = {name: np.empty(shape) for name in ("square_error", "square_error_spread", "accuracy", "macro_f1")}
    for at, depth in enumerate(depths):
        kernel = tabulated_ntk(depth)
        for draw in range(draws):
            rows = slice(draw * points, (draw + 1) * points)
            trained, cross = spectrum(symmetric_kernel_matrix(kernel, x[rows])), kernel_matrix(kernel, test, x[rows])
            for stop, time in enumerate(times):
                output = projection(trained, cross, time) @ (classes[rows, None] == labels)  # (test, class)
                squares = ((output - truth) ** 2).mean(1)
                named = labels[output.argmax(1)]
                values = squares.mean(), squares.std(), (named == wanted).mean(), f1_score(wanted, named, average="macro")
                for name, value in zip(found, values, strict=True):
                    found[name][draw, stop, at] = value
    return found | {"stop": np.array([f"{time:g}" for time in times]), "weight_layers": np.array(depths)}
