"""Table 2 of the depth paper against scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error

from crossover.theory.network import limiting_ntk
from depth_specs import SPECS, images, made


def test_table_2_is_that_of_kernel_regression_without_end():
    spec = SPECS["depth_table2"]
    found, data = made("depth_table2"), images(spec["n"], spec["n_test"])
    assert found["accuracy"].shape == (3, 2, 3)
    x, test = (data[name].astype(float) for name in ("x_train", "x_test"))
    one_hot = np.eye(10)
    for draw, depth in ((0, 0), (1, 1)):
        rows, layers = slice(100 * draw, 100 * draw + 100), spec["weight_layers"][depth]
        kernels = [limiting_ntk(each, x[rows], layers, gain=math.sqrt(2)) / layers for each in (x[rows], test)]
        model = KernelRidge(kernel="precomputed", alpha=0).fit(kernels[0], one_hot[data["class_train"][rows]])
        output = model.predict(kernels[1])
        named, truth = output.argmax(1), data["class_test"]
        at = draw, found["stop"].tolist().index("inf"), depth
        assert found["accuracy"][at] == accuracy_score(truth, named)
        assert found["macro_f1"][at] == pytest.approx(f1_score(truth, named, average="macro"))
        assert found["square_error"][at] == pytest.approx(mean_squared_error(one_hot[truth], output), rel=1e-5)
        of_image = ((output - one_hot[truth]) ** 2).mean(1)
        assert found["square_error_spread"][at] == pytest.approx(of_image.std(), rel=1e-5)


def test_a_finite_time_stops_short_of_the_labels():
    found = made("depth_table2")
    assert (found["square_error"][:, 0] != found["square_error"][:, 1]).all()
