"""In which regime a member was trained: labels from measured quantities and thresholds (`regime` of config/config.yaml)."""

from collections.abc import Mapping

import numpy as np

from crossover.schema import REGIME, REGIME_BY

QUANTITIES = tuple(REGIME_BY.values())


def label(values: np.ndarray, thresholds: tuple[float, float]) -> np.ndarray:
    """Codes of `crossover.schema.REGIME` of values: lazy below the first threshold, feature above the second, crossover between.

    Undetermined where a value is NaN. Shape of ``values``, int8.
    """
    low, high = thresholds
    found = np.full(np.shape(values), REGIME["crossover"], dtype=np.int8)
    found[values < low] = REGIME["lazy"]
    found[values > high] = REGIME["feature"]
    found[np.isnan(values)] = REGIME["undetermined"]
    return found


def labels(measured: Mapping[str, np.ndarray], thresholds: Mapping[str, tuple[float, float]]) -> dict[str, np.ndarray]:
    """The labels of members by the change of the kernel, the error of the linearisation, and the change of the weights.

    Parameters
    ----------
    measured : the variables of `crossover.schema.REGIME_BY`, any shape
    thresholds : of each, by its name there without ``regime_``
    """
    return {name: label(measured[of], thresholds[of.removeprefix("regime_")]) for name, of in REGIME_BY.items()}


def shares(labelled: Mapping[str, np.ndarray], there: np.ndarray) -> dict[str, np.ndarray]:
    """Of the labelled members of each point the share in each regime, and that on which the three labels agree.

    ``labelled`` and ``there`` (whether a member is) have the seeds as their last axis; NaN where none has a label.
    """
    by_kernel = labelled["regime"]
    known = there & (by_kernel != REGIME["undetermined"])
    count = known.sum(-1)

    def share(which: np.ndarray) -> np.ndarray:
        return np.divide((which & known).sum(-1), count, out=np.full(count.shape, np.nan), where=count > 0)

    agree = np.logical_and(*(other == by_kernel for name, other in labelled.items() if name != "regime"))
    of_each = {f"{name}_share": share(by_kernel == code) for name, code in REGIME.items() if name != "undetermined"}
    return of_each | {"regimes_agree": share(agree)}
