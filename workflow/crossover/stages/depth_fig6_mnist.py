"""Figure 6 of the depth paper, the half on MNIST."""

from collections.abc import Mapping

import numpy as np

from crossover.stages.depth_fig6 import norms


def run(spec: dict, data: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Images of a data set, the first ``points`` of its training set."""
    x, test = (data[name].astype(np.float64) for name in ("x_train", "x_test"))
    return norms(spec, x, test)
