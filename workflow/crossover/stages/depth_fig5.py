"""Figure 5 of the depth paper: correlations and kernels of pairs of images along the depth, as Figure 4."""

from collections.abc import Mapping

import numpy as np

from crossover.stages.depth_fig4 import along_depth


def run(spec: dict, data: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Pairs among the training images of a data set, and of each with the test images, at depths to ``layers``."""
    x, test = (data[name].astype(np.float64) for name in ("x_train", "x_test"))
    return along_depth(x, test, layers=spec["layers"], phi=spec["phi"])
