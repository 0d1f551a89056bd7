"""`crossover bench device`: the rates of this machine, from short training and kernel jobs (`crossover.plan.device`)."""

import json
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import nnls

from crossover import cubes
from crossover.bench import flow as bench_flow
from crossover.bench.process import in_own_process
from crossover.networks.shapes import LAYERS
from crossover.plan import device as terms_of
from crossover.plan.flops import Shape
from crossover.plan.work import Work
from crossover.stages import dataset, kernels, train

IMAGE = (1, 28, 28)
TESTED = 200  # test patterns
RKC = {"name": "rkc", "order": 4, "tolerance": 2.4e-3}
AUTO = {"name": "auto", "tolerance": bench_flow.AUTO.tolerance}
ADAM = {"name": "adam", "learning_rate": 1e-3, "batch_size": 32}


class Case(NamedTuple):
    """A job, cut short after some evaluations: so many seeds of each sqrt(h) alpha, on images, or random patterns of d != 784."""

    flow: dict
    n: int
    h: int
    L: int
    seeds: int
    sqrt_h_alpha: float | tuple[float, ...]
    evaluations: int
    architecture: str = "fc"
    d: int = int(np.prod(IMAGE))
    kind: str = "train"

    @property
    def values(self) -> list[float]:
        """Of sqrt(h) alpha."""
        return list(self.sqrt_h_alpha) if isinstance(self.sqrt_h_alpha, tuple) else [self.sqrt_h_alpha]

    @property
    def members(self) -> int:
        """Trained as one batch."""
        return self.seeds * len(self.values)

    @property
    def shape(self) -> Shape:
        """Of its network."""
        image = IMAGE if self.architecture in LAYERS else None
        return Shape({"architecture": self.architecture, "bias": 0.0}, self.d, self.h, self.L, image)


QUICK = (
    Case(AUTO, 40, 8, 2, 1, 1.0, 20),
    Case(AUTO, 40, 8, 2, 4, 1e4, 20),
    Case(RKC, 60, 16, 3, 2, 1.0, 20),
    Case(RKC, 10, 2, 4, 1, 1.0, 5, "cnn"),
    Case(ADAM, 40, 8, 2, 1, 1.0, 3),
    Case(AUTO, 40, 8, 2, 2, 1.0, 20, kind="kernels"),
)
FULL = (
    *(Case(RKC, n, h, L, m, 1.0, e) for n, h, L, m, e in ((100, 16, 3, 8, 150), (100, 16, 3, 1, 150), (500, 64, 3, 8, 60))),
    *(Case(RKC, n, h, L, m, 1.0, e) for n, h, L, m, e in ((1000, 300, 3, 1, 30), (500, 32, 9, 2, 50), (1000, 100, 3, 2, 40))),
    Case(RKC, 1000, 100, 3, 2, 1.0, 60, d=10),
    *(
        Case(AUTO, n, h, 3, m, 1.0, e)
        for n, h, m, e in ((100, 16, 8, 150), (500, 64, 8, 60), (1000, 100, 1, 60), (1000, 300, 1, 30))
    ),
    *(Case(AUTO, n, h, 3, m, 1e4, e) for n, h, m, e in ((100, 32, 8, 40), (500, 64, 4, 30), (1000, 100, 1, 30))),
    # members that part on the way: other methods, other ends
    *(Case(AUTO, n, h, 3, 8, a, e) for n, h, a, e in ((100, 16, 1.0, 800), (100, 32, 1e4, 800), (50, 16, (0.01, 0.1, 1.0), 800))),
    *(Case(AUTO, n, h, 3, 4, a, e) for n, h, a, e in ((200, 32, (0.1, 1.0, 10.0), 800), (300, 32, (1e3, 1e4, 1e5), 800))),
    # kernels that fit in no cache
    *(Case(AUTO, n, h, 3, m, a, e) for n, h, m, a, e in ((500, 32, 24, 1e4, 40), (1500, 32, 2, 1e4, 40), (500, 32, 24, 1.0, 60))),
    *(Case(AUTO, n, h, 3, m, a, e) for n, h, m, a, e in ((200, 32, 24, 1.0, 100), (1500, 64, 2, 1.0, 50))),
    *(Case(RKC, n, h, 4, m, 1.0, e, "cnn") for n, h, m, e in ((60, 4, 4, 30), (100, 16, 1, 20), (40, 50, 1, 10))),
    *(Case(AUTO, n, h, 4, m, 1.0, e, "cnn") for n, h, m, e in ((60, 4, 2, 30), (100, 16, 1, 20))),
    *(Case(ADAM, n, h, 3, m, 1.0, e) for n, h, m, e in ((200, 32, 4, 25), (500, 100, 1, 15))),
    *(Case(ADAM, n, h, 4, m, 1.0, e, "cnn") for n, h, m, e in ((60, 4, 2, 20), (100, 16, 1, 10))),
    *(
        Case(AUTO, n, h, 3, m, 1.0, e, kind="kernels")
        for n, h, m, e in ((100, 16, 8, 300), (500, 64, 4, 300), (1000, 100, 1, 200), (500, 32, 24, 200))
    ),
    Case(AUTO, 60, 8, 4, 1, 1.0, 100, "cnn", kind="kernels"),
)


def run(cases: tuple[Case, ...], *, device: str, threads: list[int], repeats: int) -> dict[str, dict]:
    """By the number of threads the ``start`` of a job, seconds, and by precision the seconds per unit of each term.

    With one thread on the processor seconds are those of the processor, which what else runs hardly moves; else those of the
    clock. Of repeats the least counts.
    """
    start = min(_start(device) for _ in range(repeats))
    return {str(count): {"start": start} | in_own_process(_measure, cases, device, count, repeats) for count in threads}


def _start(device: str) -> float:
    """Seconds of processors of `crossover train` that has next to nothing to train: interpreter, libraries, files."""
    spec = bench_flow.MEMBER | {"experiment": "start", "n": 20, "h": 4, "sqrt_h_alpha": [1.0], "dtype": "float32", "flow": RKC}
    spec["limits"] = {"evaluations": 2, "seconds": 60.0}
    with TemporaryDirectory() as name:
        data, folder = dataset.run(bench_flow.DATA | {"n": 20, "n_test": TESTED}, bench_flow.FILES), Path(name)
        attrs = cubes.provenance(kind="dataset", title="start", spec="{}", licence="MIT", stand_in_for="")
        cubes.write(cubes.make("dataset", data, attrs), folder / "data.nc")
        files = ("--data", folder / "data.nc", "--output", folder / "members.nc", "--weights", folder / "weights.safetensors")
        command = [sys.executable, "-m", "crossover", "train", "--spec", json.dumps(spec), *map(str, files), "--device", device]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"crossover train ended with {done.returncode}: {done.stderr}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _measure(cases: tuple[Case, ...], device: str, threads: int, repeats: int) -> dict:
    torch.set_num_threads(threads)
    clock = time.process_time if device == "cpu" and threads == 1 else time.perf_counter
    _job(Case(RKC, 20, 4, 2, 1, 1.0, 2), "float32", device, clock)  # what is loaded on first use
    found: dict = {"fitted": {}}
    for dtype in ("float32", "float64"):
        measured = [_least(case, dtype, device, clock, repeats) for case in cases if case.kind == "train" or dtype == "float64"]
        found[dtype], found["fitted"][dtype] = _fit(measured)
    return found


def _least(case: Case, dtype: str, device: str, clock, repeats: int) -> tuple[Case, dict, float]:
    """Terms of a case and the least of its seconds."""
    found = [_job(case, dtype, device, clock) for _ in range(repeats)]
    return case, found[0][0], min(seconds for _, seconds in found)


def _fit(measured: list[tuple[Case, dict, float]]) -> tuple[dict, list]:
    """Rates, none negative, of least squares of relative errors; and of each case its seconds and those of the rates."""
    matrix = np.array([[terms[name] for name in terms_of.TERMS] for _, terms, _ in measured])
    seconds = np.array([each for *_, each in measured])
    relative = matrix / seconds[:, None]
    scale = np.where(relative.max(0) > 0, relative.max(0), 1.0)
    rates = nnls(relative / scale, np.ones(len(seconds)))[0] / scale
    named = dict(zip(terms_of.TERMS, rates.tolist(), strict=True))
    cases = [[_label(case), each, terms_of.seconds(named, terms)] for case, terms, each in measured]
    return named, cases


def _label(case: Case) -> str:
    sizes = f"n {case.n}, d {case.d}, h {case.h}, L {case.L}, {case.members} members"
    return f"{case.kind} {case.architecture} {case.flow['name']}, {sizes}, sqrt(h) alpha {case.sqrt_h_alpha}"


def _job(case: Case, dtype: str, device: str, clock) -> tuple[dict, float]:
    """Run a case: its terms and seconds."""
    n, on_images = case.n, case.architecture in LAYERS
    data = _data(case)
    spec = bench_flow.MEMBER | {
        "h": case.h,
        "L": case.L,
        "sqrt_h_alpha": case.values,
        "seeds": [0, case.seeds - 1],
        "dtype": dtype,
        "flow": case.flow,
        "limits": {"evaluations": case.evaluations, "seconds": 3600.0},
        "kernel_points": min(TESTED, n),
    }
    if on_images:
        chosen = bench_flow.MEMBER["network"]
        spec["network"] = {"architecture": case.architecture, "activation": chosen["activation"]}
        spec["image_shape"] = list(IMAGE)
    return (_train if case.kind == "train" else _kernels)(case, spec, data, device, clock)


def _data(case: Case) -> dict[str, np.ndarray]:
    if case.d == np.prod(IMAGE):
        return dataset.run(bench_flow.DATA | {"n": case.n, "n_test": TESTED}, bench_flow.FILES)
    x = np.random.default_rng(0).standard_normal((case.n + TESTED, case.d), dtype=np.float32)
    x *= case.d**0.5 / np.linalg.norm(x, axis=1, keepdims=True)
    y = (2 * (np.arange(len(x)) % 2) - 1).astype(np.int8)
    return {"x_train": x[: case.n], "y_train": y[: case.n], "x_test": x[case.n :], "y_test": y[case.n :]}


def _train(case: Case, spec: dict, data: dict, device: str, clock) -> tuple[dict, float]:
    started = clock()
    measured, _ = train.run(spec, data, device=device, progress=lambda ended, state: None, at_once=case.members)
    seconds = clock() - started
    counts = zip(*(measured[name] for name in ("evaluations", "kernel_evaluations", "kernel_products")), strict=True)
    works = [Work(*map(float, each), 0.0) for each in counts]
    sizes = {"n": case.n, "n_test": TESTED, "output_points": 0, "at_once": case.members}
    return terms_of.training(case.shape, works, flow=case.flow, **sizes), seconds


def _kernels(case: Case, spec: dict, data: dict, device: str, clock) -> tuple[dict, float]:
    spec |= {"flow": {"name": "rkc", "order": 2, "tolerance": AUTO["tolerance"]}}
    counted: list[int] = []
    started = clock()
    kernels.run(spec, data, np.zeros((case.members, case.shape.weights)), device=device, reporter=partial(_counting, counted))
    seconds = clock() - started
    of_member = [float(max(counted))] * case.members
    sizes = {"n": case.n, "n_test": TESTED, "points": spec["kernel_points"], "at_once": case.members}
    return terms_of.kernel_job(case.shape, of_member, alike=len(case.values), **sizes), seconds


def _counting(counted: list[int], label: str, members: int):
    """A progress that notes the most evaluations of a member."""

    def report(ended: int, state) -> None:
        if len(state.index):
            counted.append(int(state.work.evaluations.max()))

    return report


def versions() -> dict[str, str]:
    """Commit and versions that rates depend on."""
    return {"git_commit": cubes.git_commit(), "torch": torch.__version__, "numpy": np.__version__}
