"""Made cubes: a raw cube from formulas, and summary cubes whose truth is known. Written only inside tests."""

import itertools
import json

import numpy as np
import xarray as xr

from crossover import cubes, schema, statistics

H = (20, 40, 80)
A = tuple(float(f"1e{k}") for k in range(-3, 6))
TIME = np.geomspace(1e-3, 1e3, 13)

# The article's laws, as functions of h and sqrt(h) alpha; TIME comes last where the observable has it.
TRUE = {
    "test_error_mean": lambda h, a: 0.06 - 0.01 / (1 + 10 / a),
    "frozen_init_test_error_mean": lambda h, a: 0.05 + 0 * a,
    "frozen_final_test_error_mean": lambda h, a: 0.05 + 0 * a,
    "ensemble_test_error": lambda h, a: 0.045 + 0 * a,
    "frozen_init_ensemble_test_error": lambda h, a: 0.045 + 0 * a,
    "frozen_final_ensemble_test_error": lambda h, a: 0.045 + 0 * a,
    "output_variance": lambda h, a: (1 + 1 / (1 + a)) / h,
    "kernel_change_mean": lambda h, a: np.where(a < 30, (a / 30) ** -1.4, 30 / a),
    "regime_kernel_change_mean": lambda h, a: np.where(a < 30, (a / 30) ** -1.4, 30 / a),
    "linearization_error_mean": lambda h, a: 1 / (1 + a),
    "weight_change_mean": lambda h, a: 1 / (np.sqrt(h) * (1 + a)),
    "t_half_mean": lambda h, a: 3 * np.minimum(a, 10),
    "t_stop_mean": lambda h, a: 30 * np.minimum(a, 10),
    "rescaled_loss_mean": lambda h, a: np.exp(-TIME / np.minimum(a, 10)),
    "sign_changes_mean": lambda h, a: np.where(a < 1e3, 0.1, 0.0),
    "output_norm_mean": lambda h, a: np.hypot(1, np.sqrt(h) * TIME / np.minimum(a, 10)),
    "output_change_mean": lambda h, a: np.sqrt(h) * TIME / np.minimum(a, 10),
}


def _law(observables: dict, name: str, h: float, a: float) -> np.ndarray:
    return np.asarray(observables[name](h, a), dtype=float)


def summary(
    *, h=H, a=A, L=(3,), seeds=4, n=500, kind="jackknife", noise=1e-3, name="made", absent=(), failed=(), time=TIME, **laws
) -> xr.Dataset:
    """A summary cube of observables with the ``laws``, each seed off by a factor with logarithm of spread ``noise``.

    absent : positions (h, a) outside the grid; failed : positions whose seeds did not all converge.
    """
    generator = np.random.default_rng(0)
    observables = TRUE | laws
    shape = (len(L), len(h), len(a))
    weights = statistics.jackknife_weights(seeds) if kind == "jackknife" else statistics.bootstrap_weights(seeds, 200, generator)
    weights = np.concatenate([np.ones((1, seeds)), weights])
    wanted = np.full(shape, seeds)
    arrays = {"L": list(L), "h": list(h), "sqrt_h_alpha": list(a), "time": time, "interval": ["low", "high"]}
    arrays |= {"alpha": np.array(a)[None, :] / np.sqrt(h)[:, None], "seeds_wanted": wanted, "seeds_converged": wanted.copy()}
    arrays["evaluations_mean"] = np.full(shape, 100.0)
    for observable, variable in schema.OBSERVABLES.items():
        tail = (len(time),) * (len(variable.dims) - 3)
        rows = np.full((len(weights), *shape, *tail), np.nan)
        for i, j, k in np.ndindex(shape):
            each = np.multiply.outer(np.exp(noise * generator.standard_normal(seeds)), _law(observables, observable, h[j], a[k]))
            if (j, k) not in [*absent, *failed]:
                rows[:, i, j, k] = statistics.weighted_mean(weights, each)
        spread = 2 * noise * np.abs(rows[0])
        arrays |= {
            observable: rows[0],
            f"{observable}_replicate": rows[1:],
            f"{observable}_interval": np.stack([rows[0] - spread, rows[0] + spread]),
        }
    arrays["rescaled_loss_first_seed"] = arrays["rescaled_loss_mean"]
    change = arrays["regime_kernel_change_mean"]
    arrays |= {"lazy_share": 1.0 * (change < 0.1), "feature_share": 1.0 * (change > 10), "regimes_agree": np.ones(shape)}
    arrays["crossover_share"] = 1 - arrays["lazy_share"] - arrays["feature_share"]
    for position in absent:
        arrays["seeds_wanted"][(slice(None), *position)] = arrays["seeds_converged"][(slice(None), *position)] = 0
    for position in failed:
        arrays["seeds_converged"][(slice(None), *position)] = seeds - 1
    return cubes.make("summary", arrays, _attrs("summary", name, n, kind))


def _attrs(kind: str, name: str, n: int, replicates: str) -> dict:
    thresholds = {"points": 50, "kernel_change": [0.1, 10], "linearization_error": [0.1, 0.5], "weight_change": [0.1, 1]}
    described = {"dataset": "fashion_subset", "n": n, "grid": [], "regime": thresholds}
    configuration = json.dumps(described, sort_keys=True)
    more = {"experiment": name, "preset": "demo", "configuration": configuration, "licence": "made", "device": "cpu"}
    more |= {"dtype": '{"train": "float32"}'}
    if kind == "summary":
        more |= {"replicates": replicates, "interval_level": "0.95"}
    spec = json.dumps({"experiment": name, "seed": 0}, sort_keys=True)
    return cubes.provenance(kind=kind, title="made", spec=spec, **more)


def raw(*, h=(4, 8), a=(0.1, 10.0), L=(2,), seeds=4, test=30, seed=0) -> xr.Dataset:
    """A raw cube of random numbers in which every member has converged."""
    generator = np.random.default_rng(seed)
    shape = (len(L), len(h), len(a), seeds)
    sizes = {"test": test, "time": len(TIME), "layer": L[-1] + 1}
    arrays = {"L": list(L), "h": list(h), "sqrt_h_alpha": list(a), "seed": list(range(seeds)), "time": TIME}
    arrays |= {"layer": list(range(L[-1] + 1)), "alpha": np.array(a)[None, :] / np.sqrt(h)[:, None]}
    labels = 2 * (np.arange(test) % 2) - 1
    arrays |= {"y_test": labels, "class_test": np.arange(test) % 2}
    for name, variable in (schema.TRAIN | schema.KERNELS | schema.LABELS).items():
        full = shape + tuple(sizes[dim] for dim in variable.dims[4:])
        if name in schema.FLAGS:
            arrays[name] = np.full(full, list(schema.FLAGS[name].values())[1])
        elif name.endswith("F_test"):
            arrays[name] = labels + 1.2 * generator.standard_normal(full)
        else:
            arrays[name] = np.exp(generator.standard_normal(full)) * (100 if variable.dtype.startswith("int") else 1)
    return cubes.make("raw", arrays, _attrs("raw", "made", 20, ""))


def bench(failed: tuple[str, ...] = ()) -> xr.Dataset:
    """A file of `crossover bench flow`: two sizes, two values of sqrt(h) alpha; euler costs ten times auto.

    failed : flows whose runs at sqrt(h) alpha = 1 reached a limit.
    """
    methods = [
        ("reference", "rkc", "float64", 1e-5),
        ("check", "rkc", "float64", 3e-5),
        ("shipped", "euler", "float64", 1e-4),
        ("shipped", "auto", "float64", 5e-4),
        ("shipped", "auto", "float32", 5e-4),
        ("curve", "euler", "float64", 2e-4),
        ("curve", "auto", "float64", 1e-3),
    ]
    runs = []
    for (n, h), value, (role, flow, dtype, tolerance) in itertools.product([(50, 8), (100, 16)], [1.0, 1e4], methods):
        converged = not (flow in failed and value == 1.0)
        evaluations = {"rkc": 3000, "euler": 1000, "auto": 100}[flow] * n
        runs.append(
            {
                "n": n,
                "h": h,
                "sqrt_h_alpha": value,
                "role": role,
                "flow": flow,
                "dtype": dtype,
                "tolerance": tolerance,
                "status": schema.STATUS["converged" if converged else "time_limit"],
                "evaluations": evaluations,
                "kernel_evaluations": 4 if flow == "auto" else 0,
                "kernel_products": 400 if flow == "auto" else 0,
                "flops": 1e6 * evaluations,
                "seconds": 1e-4 * evaluations,
                "F_error": np.nan if role == "reference" or not converged else tolerance / 5,
                "t_error": np.nan if role == "reference" or not converged else tolerance,
                "reference_error": 2e-6,
            }
        )
    arrays = {name: np.array([run[name] for run in runs]) for name in runs[0]}
    more = {"machine": "made", "cores": "2", "threads": "1", "device": "cpu", "repeats": "1"}
    return cubes.make("bench", arrays, cubes.provenance(kind="bench", title="made", spec="{}", **more))
