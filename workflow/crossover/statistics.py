"""Raw cube -> summary cube: observables over seeds, their intervals and the resamplings behind them.

With 8 seeds or more seeds are drawn with replacement (bootstrap, percentiles); with fewer each is left out in turn (jackknife,
Student's t), since a bootstrap of four seeds can draw the same one four times. Both are taken on the logarithm of positive
quantities that span decades. The seeds of one (L, h) are resampled together along sqrt_h_alpha, whose members
share their initial weights, and independently over L and h.
"""

import json
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy import stats

from crossover import regime
from crossover.schema import OBSERVABLES, REGIME_BY, STATUS
from crossover.seeding import stream

LEVEL = 0.95
BOOTSTRAP_FROM = 8  # seeds
DRAWS = 500
LOGARITHMIC = (
    *("output_variance", "kernel_change_mean", "weight_change_mean", "t_half_mean", "t_stop_mean"),
    *("output_norm_mean", "output_change_mean", "regime_kernel_change_mean", "linearization_error_mean"),
)
# observable: the variable of the raw cube whose mean over seeds it is
MEANS = {
    "test_error_mean": "test_error",
    "kernel_change_mean": "kernel_change",
    "weight_change_mean": "weight_change",
    "regime_kernel_change_mean": "regime_kernel_change",
    "linearization_error_mean": "linearization_error",
    "t_half_mean": "t_half",
    "t_stop_mean": "t_stop",
    "frozen_init_test_error_mean": "frozen_init_test_error",
    "frozen_final_test_error_mean": "frozen_final_test_error",
    "sign_changes_mean": "sign_changes",
    "rescaled_loss_mean": "rescaled_loss",
    "output_norm_mean": "output_norm",
    "output_change_mean": "output_change",
}
# observable: the predictors of whose mean it is the test error
ENSEMBLES = {
    "ensemble_test_error": "F_test",
    "frozen_init_ensemble_test_error": "frozen_init_F_test",
    "frozen_final_ensemble_test_error": "frozen_final_F_test",
}


class Resampling(NamedTuple):
    """How often each replicate holds each seed, shape (replicate, seed), and the kind: bootstrap or jackknife."""

    kind: str
    weights: np.ndarray


def bootstrap_weights(seeds: int, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Multiplicities of ``draws`` samples of ``seeds`` seeds with replacement, none of one seed alone; (draws, seeds)."""
    weights = generator.multinomial(seeds, np.full(seeds, 1 / seeds), size=draws)
    while (degenerate := (weights > 0).sum(1) < 2).any():
        weights[degenerate] = generator.multinomial(seeds, np.full(seeds, 1 / seeds), size=int(degenerate.sum()))
    return weights.astype(np.float64)


def jackknife_weights(seeds: int) -> np.ndarray:
    """Each seed left out in turn; (seeds, seeds)."""
    return 1.0 - np.eye(seeds)


def weighted_mean(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean over seeds for each replicate: (replicate, seed), (seed, ...) -> (replicate, ...)."""
    return np.tensordot(weights, values, axes=(1, 0)) / weights.sum(1).reshape(-1, *[1] * (values.ndim - 1))


def ensemble_error(weights: np.ndarray, F: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Share of test patterns with ``<F> y <= 0``, F (seed, test), for each replicate of the seeds; (replicate,)."""
    return (weighted_mean(weights, F) * labels <= 0).mean(1)


def output_variance(weights: np.ndarray, F: np.ndarray) -> np.ndarray:
    """Unbiased variance of F (seed, test) over seeds, mean over test patterns (Eq. 16); (replicate,).

    ``(sum_s w_s F_s^2 - (sum_s w_s F_s)^2 / W) / (W - 1)`` with W the sum of the weights, through the Gram matrix of the seeds.
    """
    centred = F - F.mean(0)  # the variance does not change, the cancellation does
    gram = centred @ centred.T / F.shape[1]  # (seed, seed)
    total = weights.sum(1)
    spread = weights @ np.diag(gram) - np.einsum("rs,st,rt->r", weights, gram, weights) / total  # (replicate,)
    return np.divide(spread, total - 1, out=np.full(len(total), np.nan), where=total > 1)


def interval(estimate: float, replicates: np.ndarray, *, kind: str, logarithmic: bool) -> tuple[float, float]:
    """The 95 % interval of one estimate from its replicates, shape (replicate,); NaN when they do not give one."""
    count = len(replicates)
    if count < 2 or not np.isfinite(replicates).all() or (logarithmic and min(estimate, *replicates) <= 0):
        return np.nan, np.nan
    if logarithmic:
        low, high = interval(np.log(estimate), np.log(replicates), kind=kind, logarithmic=False)
        return float(np.exp(low)), float(np.exp(high))
    if kind == "bootstrap":
        return bootstrap_interval(estimate, replicates)
    half = stats.t.ppf((1 + LEVEL) / 2, count - 1) * jackknife_error(replicates)
    return float(estimate - half), float(estimate + half)


def bootstrap_interval(estimate: float, replicates: np.ndarray) -> tuple[float, float]:
    """Percentiles of the replicates about their mean, laid around the estimate.

    A resampled ensemble holds fewer distinct seeds than the ensemble, which shifts its error, variance and largest gaps;
    the shift is the bootstrap's, not the estimate's (Efron and Tibshirani 1993, chapter 10).
    """
    low, high = np.quantile(replicates - replicates.mean(), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(estimate + low), float(estimate + high)


def jackknife_error(replicates: np.ndarray) -> float:
    """Standard error from leave-one-out replicates: ``sqrt((N - 1)/N sum (theta_s - <theta>)^2)`` (Efron 1982, section 3)."""
    return float(np.sqrt((len(replicates) - 1) * np.mean((replicates - replicates.mean()) ** 2)))


def _observe(raw: xr.Dataset, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Observables of one point, all of whose seeds are there, for each row of the weights (replicate, seed)."""
    labels = raw["y_test"].values
    found = {}
    for name, source in MEANS.items():
        if source in raw:
            found[name] = weighted_mean(weights, raw[source].values.astype(np.float64))
    for name, source in ENSEMBLES.items():
        if source in raw:
            found[name] = ensemble_error(weights, raw[source].values.astype(np.float64), labels)
    found["output_variance"] = output_variance(weights, raw["F_test"].values.astype(np.float64))
    for when in ("init", "final"):
        status = raw.get(f"frozen_{when}_status")
        if status is not None and (status.values != STATUS["converged"]).any():
            for name in found:
                if name.startswith(f"frozen_{when}"):
                    found[name] = np.full_like(found[name], np.nan)
    return found


def converged(raw: xr.Dataset) -> np.ndarray:
    """Which members count as converged, shape `crossover.schema.MEMBER`.

    Those that are, and where the experiment says how few patterns may be left over (``unfitted_allowed``, a share of the training
    patterns), those with fewer, however they ended, unless in weights that are not finite (Figures 7b and 8d).
    """
    configuration = json.loads(raw.attrs["configuration"])
    status, allowed = raw["status"].values, configuration.get("unfitted_allowed", 0) * configuration["n"]
    finite = ~np.isin(status, (STATUS["absent"], STATUS["not_finite"]))
    return (status == STATUS["converged"]) | (finite & (raw["unfitted"].values < allowed))


def summarize(raw: xr.Dataset, *, seed: int) -> dict[str, np.ndarray]:
    """The arrays of a summary cube (`crossover.schema.SUMMARY`) from a raw cube.

    A point counts when all the seeds that the grid wants there have `converged`; else its observables are NaN.
    ``seed`` is that of the bootstrap.
    """
    status = raw["status"].values
    wanted = (status != STATUS["absent"]).sum(-1)  # (L, h, sqrt_h_alpha)
    fitted = converged(raw).sum(-1)
    counts = wanted[wanted > 0]
    kind = "bootstrap" if counts.min() >= BOOTSTRAP_FROM else "jackknife"
    replicates = DRAWS if kind == "bootstrap" else counts.max()
    shape = wanted.shape
    sizes = raw.sizes
    arrays: dict[str, np.ndarray] = {
        "seeds_wanted": wanted,
        "seeds_converged": fitted,
        "evaluations_mean": raw["evaluations"].mean("seed").values,
        **regime.shares({name: raw[name].values for name in REGIME_BY}, status != STATUS["absent"]),
    }
    for name, variable in OBSERVABLES.items():
        tail = tuple(sizes[dim] for dim in variable.dims[3:])
        arrays[name] = np.full(shape + tail, np.nan)
        arrays[f"{name}_replicate"] = np.full((replicates, *shape, *tail), np.nan, dtype=np.float32)
        arrays[f"{name}_interval"] = np.full((2, *shape, *tail), np.nan)
    arrays["rescaled_loss_first_seed"] = np.full(arrays["rescaled_loss_mean"].shape, np.nan)
    for L, h in np.ndindex(shape[:2]):
        seeds = np.flatnonzero((status[L, h] != STATUS["absent"]).any(0))
        generator = stream(seed, "resampling", int(raw["L"][L]), int(raw["h"][h]))
        drawn = None
        for a in np.flatnonzero((wanted[L, h] > 0) & (fitted[L, h] == wanted[L, h])):
            present = np.flatnonzero(status[L, h, a] != STATUS["absent"])
            if drawn is None:
                drawn = bootstrap_weights(len(seeds), DRAWS, generator) if kind == "bootstrap" else None
            weights = drawn[:, np.searchsorted(seeds, present)] if kind == "bootstrap" else jackknife_weights(len(present))
            arrays["rescaled_loss_first_seed"][L, h, a] = raw["rescaled_loss"][L, h, a, present[0]].values
            weights = np.concatenate([np.ones((1, len(present))), weights])
            for name, values in _observe(raw.isel(L=L, h=h, sqrt_h_alpha=a, seed=present), weights).items():
                at = (L, h, a)
                arrays[name][at] = values[0]
                arrays[f"{name}_replicate"][(slice(0, len(values) - 1), *at)] = values[1:]
                for tail in np.ndindex(values.shape[1:]):
                    pick = (slice(1, None), *tail)
                    ends = interval(values[(0, *tail)], values[pick], kind=kind, logarithmic=name in LOGARITHMIC)
                    arrays[f"{name}_interval"][(slice(None), *at, *tail)] = ends
    return arrays | {"kind": kind}
