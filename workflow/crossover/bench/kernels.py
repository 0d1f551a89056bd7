"""`crossover bench kernels`: the kernel matrices of the package against what their definitions say, straightforwardly.

The analytic kernel: a table of its depth, against Proposition 5 applied layer by layer to whole matrices. The empirical kernel:
products of Gram matrices (`crossover.ntk`), against inner products of gradients, one sample after the other.
"""

import json
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from crossover import activations, networks, ntk
from crossover.bench import flow
from crossover.bench.process import Measured, in_own_process, measured
from crossover.networks.fc import FullyConnected
from crossover.stages import dataset
from crossover.theory.points import symmetric_kernel_matrix, uniform_on_sphere
from crossover.theory.relu import kappa0, kappa1
from crossover.theory.table import tabulated_ntk

DIMENSION = 10  # of the points of the analytic kernel
ROWS = 100  # of a matrix are compared
SAMPLES = 100  # of whose gradients a block is held; those of a thousand would not fit
BLOCK = 256  # rows of the empirical kernel at once


class Case(NamedTuple):
    """A matrix to compute: kernel, analytic or empirical; points; layers of weights; width, 0 for infinite; with reference."""

    kernel: str
    n: int
    weight_layers: int
    h: int
    compared: bool


class Plan(NamedTuple):
    """What is measured."""

    cases: tuple[Case, ...]

    def text(self, repeats: int) -> str:
        """Everything that decides the numbers, as JSON."""
        chosen = {"dimension": DIMENSION, "data": flow.DATA, "network": flow.MEMBER["network"], "repeats": repeats}
        return json.dumps({"cases": [case._asdict() for case in self.cases]} | chosen, sort_keys=True)


FULL = Plan(
    (
        Case("analytic", 2000, 30, 0, True),
        Case("analytic", 2000, 300, 0, True),
        Case("analytic", 10_000, 300, 0, False),
        *(Case("empirical", 1000, 4, h, True) for h in (100, 300, 1000)),
    )
)
QUICK = Plan((Case("analytic", 200, 300, 0, True), Case("empirical", 100, 4, 16, True)))


def run(plan: Plan, *, repeats: int, threads: int) -> dict[str, np.ndarray]:
    """Compute every matrix by both methods, each in a process of its own, on the processor.

    Parameters
    ----------
    plan : what to measure
    repeats : of the package's method; the median of its seconds is kept
    threads : of torch

    Returns
    -------
    arrays of `crossover.schema.BENCH_KERNELS` and its coordinates, one element a run
    """
    rows = [row for case in plan.cases for row in _rows(case, repeats, threads)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _rows(case: Case, repeats: int, threads: int) -> list[dict]:
    """The runs of a case: the package's method, then the straightforward one."""
    analytic = case.kernel == "analytic"
    ways = [_tabulated if analytic else _gram_products]
    if case.compared:
        ways.append(_layer_by_layer if analytic else _sample_by_sample)
    found = []
    for way in ways:
        count = repeats if way is ways[0] else 1
        found.append(in_own_process(way, case, count, threads))
        width = f", h = {case.h}" if case.h else ""
        print(
            f"{case.kernel}, n = {case.n}, layers of weights {case.weight_layers}{width}, {way.__name__[1:].replace('_', ' ')}: "
            f"{found[-1][1].seconds:.3g} s",
            flush=True,
        )
    wanted = found[-1][1].value
    difference = np.abs(found[0][1].value - wanted).max() / np.abs(wanted).max() if case.compared else np.nan
    return [
        {
            "kernel": case.kernel,
            "method": way.__name__[1:].replace("_", " "),
            "n": case.n,
            "weight_layers": case.weight_layers,
            "h": case.h or np.nan,
            "build_seconds": build,
            "seconds": run.seconds,
            "peak_memory": run.peak_gb,
            "difference": difference if way is ways[0] else np.nan,
        }
        for way, (build, run) in zip(ways, found, strict=True)
    ]


def _first_rows(run: Measured) -> Measured:
    return run._replace(value=np.array(run.value[:ROWS]))


def _points(case: Case) -> np.ndarray:
    return uniform_on_sphere(case.n, DIMENSION, np.random.default_rng(0))


def _tabulated(case: Case, repeats: int, threads: int) -> tuple[float, Measured]:
    """Seconds to build the table, and the matrix from it."""
    x, build = _points(case), measured(lambda: tabulated_ntk(case.weight_layers), repeats=repeats)
    matrix = measured(lambda: symmetric_kernel_matrix(build.value, x), repeats=repeats)
    return build.seconds, _first_rows(matrix)


def _layer_by_layer(case: Case, repeats: int, threads: int) -> tuple[float, Measured]:
    """Proposition 5 as it is written, on the matrix of correlations."""
    x = _points(case)

    def matrix() -> np.ndarray:
        rho = np.clip(x @ x.T, -1, 1)
        kernel = rho
        for layers in range(1, case.weight_layers):
            following = np.minimum(kappa1(rho), 1)  # rounding would pass 1
            kernel = (layers * kappa0(rho) * kernel + following) / (layers + 1)
            rho = following
        return kernel

    return 0.0, _first_rows(measured(matrix, repeats=repeats))


def _network(case: Case, threads: int) -> tuple[FullyConnected, Tensor, Tensor]:
    """A network of the pipeline, weights (P,) of it, and training patterns (n, d), in float64."""
    torch.set_num_threads(threads)
    x = torch.from_numpy(dataset.run(flow.DATA | {"n": case.n, "n_test": 10}, flow.FILES)["x_train"]).double()
    chosen = flow.MEMBER["network"]
    network = networks.load(
        chosen["architecture"],
        d=x.shape[1],
        h=case.h,
        L=case.weight_layers - 1,
        activation=activations.load(**chosen["activation"]),
        bias=chosen["bias"],
    )
    return network, network.draw(np.random.default_rng(0)), x


def _gram_products(case: Case, repeats: int, threads: int) -> tuple[float, Measured]:
    """Products of Gram matrices of each layer."""
    network, w, x = _network(case, threads)

    def matrix() -> Tensor:
        terms = network.kernel_terms(w, x)
        return ntk.gram_matrix(terms, terms, rows=BLOCK)

    return 0.0, _first_rows(measured(matrix, repeats=repeats))


def _sample_by_sample(case: Case, repeats: int, threads: int) -> tuple[float, Measured]:
    """Inner products of gradients, each by automatic differentiation of the output at one sample.

    All of them would take P n numbers, 22 GB at h = 1000, so a block is held, and another for each pair of blocks.
    """
    network, w, x = _network(case, threads)

    def gradients(block: slice) -> Tensor:
        leaf = w.clone().requires_grad_()
        return torch.stack([torch.autograd.grad(network.outputs(leaf[None], row[None])[0, 0], leaf)[0] for row in x[block]])

    def matrix() -> Tensor:
        kernel = torch.empty((case.n, case.n), dtype=x.dtype)
        blocks = [slice(start, start + SAMPLES) for start in range(0, case.n, SAMPLES)]
        for i, left in enumerate(blocks):
            held = gradients(left)
            for right in blocks[i:]:
                product = held @ (held if right == left else gradients(right)).T
                kernel[left, right], kernel[right, left] = product, product.T
        return kernel

    return 0.0, _first_rows(measured(matrix, repeats=repeats))
