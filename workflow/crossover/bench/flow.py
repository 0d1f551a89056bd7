"""`crossover bench flow`: Euler against auto on problems of real data; `bench boundary`: auto against its two methods alone.

Each is measured against a tight run of the same problem.

A run is a training job of one member, as a run of the pipeline has it: its seconds are those of `stages.train.run`.
"""

import json
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import torch

from crossover import activations, networks, schema
from crossover.flows.state import Work
from crossover.progress import reporter
from crossover.reference import FLOWS, LIMITS, flops
from crossover.stages import dataset, train

SOURCE = "fashion_mnist_subset"
FILES = [Path(__file__).parents[2] / "resources" / SOURCE / name for name in ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz")]
DATA = {
    "source": SOURCE,
    "format": "idx",
    "image_shape": [1, 28, 28],
    "class_counts": [300] * 10,
    "classes": list(range(10)),
    "normalization": "sphere",
    "pca": None,
    "data_seed": 0,
    "n_test": 1000,
}
MEMBER = {
    "L": 3,
    "network": {"architecture": "fc", "activation": {"name": "softplus", "beta": 5.0}, "bias": 0.0},
    "loss": {"name": "soft_hinge", "beta": 20.0},
    "stop_loss": None,
    "subtract_initial": True,
    "seeds": [0, 0],
    "base_seed": 0,
    "curve": [],
    "output_points": 0,
    "patterns_at_once": None,
    "regime_points": 50,
    "limits": LIMITS._asdict(),
}


class Problem(NamedTuple):
    """A training set of n patterns, a width and a value of sqrt(h) alpha."""

    n: int
    h: int
    sqrt_h_alpha: float


class Plan(NamedTuple):
    """Problems and methods; at those of ``curve`` also looser and tighter settings, and the error of the tight run itself."""

    methods: tuple["Method", ...]
    problems: tuple[Problem, ...]
    curve: tuple[Problem, ...] = ()

    def of_sizes(self, sizes: list[int]) -> "Plan":
        """The plan for some numbers of patterns; for all without.

        Raises
        ------
        ValueError
            When no problem has one of them.
        """
        known = sorted({problem.n for problem in self.problems})
        if wrong := sorted(set(sizes) - set(known)):
            raise ValueError(f"sizes: no problem of n = {wrong[0]}; there are {', '.join(map(str, known))}")
        of_sizes = (tuple(p for p in problems if not sizes or p.n in sizes) for problems in (self.problems, self.curve))
        return Plan(self.methods, *of_sizes)

    def text(self, repeats: int) -> str:
        """Everything that is measured, as JSON."""
        methods = {"shipped": self.methods, "curve": CURVE, "reference": REFERENCES}
        named = {name: [method._asdict() for method in some] for name, some in methods.items()}
        problems = {"problems": self.problems, "curve_at": self.curve}
        return json.dumps(problems | named | {"data": DATA, "member": MEMBER, "repeats": repeats}, sort_keys=True)


class Method(NamedTuple):
    """A flow with its options in a precision, and what the run is for: reference, check, shipped or curve."""

    role: str
    flow: str
    options: dict
    dtype: str = "float64"

    @property
    def tolerance(self) -> float:
        """The option that decides the accuracy."""
        return self.options["tolerance" if "tolerance" in self.options else "gradient_change"]

    def looser(self, factor: float, role: str) -> "Method":
        """The method with what bounds its errors, multiplied."""
        return self._replace(role=role, options={k: v if k == "order" else v * factor for k, v in self.options.items()})


class Run(NamedTuple):
    """A method, and what a training job with it measured (`crossover.schema.TRAIN`) in how many seconds."""

    method: Method
    measured: dict[str, np.ndarray]
    seconds: float

    @property
    def status(self) -> str:
        """How training ended."""
        return self.measured["status"][0]


EULER, AUTO = Method("shipped", "euler", FLOWS["euler"]), Method("shipped", "auto", FLOWS["auto"])
SHIPPED = (EULER, AUTO, AUTO._replace(dtype="float32"))
CURVE = (
    *(EULER.looser(factor, "curve") for factor in (2.0, 4.0)),
    *(AUTO._replace(role="curve", options={"tolerance": tolerance}) for tolerance in (2e-3, 1e-3, 2e-4, 1e-4)),
)
# The tight run: the first of these that converges.
REFERENCES = (
    Method("reference", "rkc", {"tolerance": 1e-5, "order": 4}),
    Method("reference", "tangent", {"tolerance": 1e-5}),
)
# The modules behind the names above: their code counts in the file's digest.
CHOICES = (
    "networks.fc",
    "activations.softplus",
    "losses.soft_hinge",
    *sorted({f"flows.{method.flow}" for method in SHIPPED + REFERENCES}),
)
CHECK = 3.0  # times looser: a second tight run, whose difference to the first says how good that is

FULL = Plan(
    methods=SHIPPED,
    problems=(
        *(Problem(n, h, value) for n, h in ((500, 50), (1000, 100)) for value in (1e-2, 1.0, 1e2, 1e4, 1e6)),
        *(Problem(2000, 300, value) for value in (1e-2, 1e4)),
    ),
    curve=tuple(Problem(500, 50, value) for value in (1e-2, 1.0, 1e4)),
)
QUICK = Plan(SHIPPED, (Problem(100, 16, 1.0), Problem(100, 16, 1e4)), curve=(Problem(100, 16, 1e4),))

# Auto and each of its methods alone, at the tolerances that it gives them.
PARTS = tuple(Method("shipped", name, FLOWS[name]) for name in ("rkc", "tangent", "auto"))
DECADES = tuple(10.0**k for k in range(-3, 6))
BOUNDARY = Plan(PARTS, tuple(Problem(n, h, value) for n, h in ((200, 32), (500, 50)) for value in DECADES))
BOUNDARY_QUICK = Plan(PARTS, tuple(Problem(60, 8, value) for value in (1e-1, 10.0, 1e3)))


def run(plan: Plan, *, repeats: int, device: str) -> dict[str, np.ndarray]:
    """Train every problem with every method.

    Parameters
    ----------
    plan : what to measure
    repeats : of each run whose seconds count; their median is kept
    device : cpu or cuda

    Returns
    -------
    arrays of `crossover.schema.BENCH` and its coordinates, one element a run
    """
    rows = [row for problem in plan.problems for row in _rows(plan, problem, repeats, device)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _rows(plan: Plan, problem: Problem, repeats: int, device: str) -> list[dict]:
    """What is written of each run of a problem, the tight run first."""
    curve, data = problem in plan.curve, dataset.run(DATA | {"n": problem.n}, FILES)

    def train_by(method: Method) -> Run:
        return _train(problem, method, data, device)

    for method in REFERENCES:
        tight = train_by(method)
        if tight.status == "converged":
            break
    runs = [tight, *([train_by(tight.method.looser(CHECK, "check"))] if curve else [])]
    methods = plan.methods + (CURVE if curve else ())
    repeated = zip(*([train_by(method) for method in methods] for _ in range(repeats)), strict=True)
    runs += [each[-1]._replace(seconds=median(run.seconds for run in each)) for each in repeated]
    known = _errors(runs[1], tight)[0] if curve else np.nan
    return [_row(problem, each, tight, data) | {"reference_error": known} for each in runs]


def _train(problem: Problem, method: Method, data: dict[str, np.ndarray], device: str) -> Run:
    """One training job of one member."""
    spec = MEMBER | {
        "h": problem.h,
        "sqrt_h_alpha": [problem.sqrt_h_alpha],
        "flow": {"name": method.flow, **method.options},
        "dtype": method.dtype,
    }
    name = f"n = {problem.n}, h = {problem.h}, sqrt(h) alpha = {problem.sqrt_h_alpha:g}"
    progress = reporter(f"{name}: {method.flow} {method.tolerance:g} {method.dtype} ({method.role})", 1)
    started = time.perf_counter()
    measured, _ = train.run(spec, data, device=device, progress=progress, at_once=1)
    return Run(method, measured, time.perf_counter() - started)


def _errors(found: Run, tight: Run) -> tuple[float, float]:
    """Relative errors of F_test and t_stop; NaN where a run did not converge or is the tight run itself."""
    if found is tight or {found.status, tight.status} != {"converged"}:
        return np.nan, np.nan
    (F, wanted), (t, t_wanted) = (
        [each.measured[name][0].astype(float) for each in (found, tight)] for name in ("F_test", "t_stop")
    )
    return float(np.linalg.norm(F - wanted) / np.linalg.norm(wanted)), abs(float(t / t_wanted) - 1)


def _row(problem: Problem, found: Run, tight: Run, data: dict[str, np.ndarray]) -> dict:
    """What is written of a run."""
    counts = {name: int(found.measured[name][0]) for name in ("evaluations", "kernel_evaluations", "kernel_products")}
    F_error, t_error = _errors(found, tight)
    return (
        problem._asdict()
        | counts
        | {
            "role": found.method.role,
            "flow": found.method.flow,
            "dtype": found.method.dtype,
            "tolerance": found.method.tolerance,
            "status": schema.STATUS[found.status],
            "flops": _flops(problem, list(counts.values()), data["x_train"].shape[1]),
            "seconds": found.seconds,
            "F_error": F_error,
            "t_error": t_error,
        }
    )


def _flops(problem: Problem, counts: list[int], d: int) -> float:
    """Of the work of a run; training is in the span of the inputs where there are fewer of them than components."""
    chosen = MEMBER["network"]
    network = networks.load(
        chosen["architecture"],
        d=min(d, problem.n),
        h=problem.h,
        L=MEMBER["L"],
        activation=activations.load(**chosen["activation"]),
        bias=chosen["bias"],
    )
    return flops(network, problem.n, Work(*(torch.tensor([count]) for count in counts)))[0]
