"""Reference trajectories: integrate their problems with a flow of ours and measure the errors."""

import io
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from rich.console import Console
from rich.table import Table

from crossover import activations, flows, losses, networks
from crossover.flows.field import NetworkField
from crossover.flows.loop import integrate
from crossover.flows.state import Limits, Stepper, Work
from crossover.ntk_terms import gram
from crossover.progress import reporter

# euler: the article's settings; auto: those of the presets; rkc and tangent: the two that auto is made of, with its tolerances
FLOWS = {
    "auto": {"tolerance": 6e-4},
    "rkc": {"tolerance": 2.4e-3, "order": 4},
    "tangent": {"tolerance": 6e-4},
    "euler": {"gradient_change": 1e-4, "output_change": 0.1},
}
DTYPES = ("float64", "float32")
LIMITS = Limits(evaluations=1_000_000, seconds=3600.0)


class Row(NamedTuple):
    """One value of sqrt(h) alpha: what it took, and relative errors against the reference."""

    sqrt_h_alpha: float
    status: str
    evaluations: int
    kernels: int
    flops: float
    seconds: float
    F_error: float
    t_error: float
    kernel_error: float


def _relative(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


def _activation(attrs: dict) -> activations.Activation:
    name = attrs["activation_name"]
    options = {"gain": float(attrs["activation_gain"])}
    if name == "softplus":
        options["beta"] = float(attrs["activation_beta"])
    return activations.load(name, **options)


class Problem(NamedTuple):
    """A reference file as tensors: one member for each value of sqrt(h) alpha, all with the same initial weights."""

    data: xr.Dataset
    network: object
    field: NetworkField
    x_test: torch.Tensor
    sqrt_h_alpha: torch.Tensor


def read(path: Path, *, dtype: str, device: str) -> Problem:
    """The problem in a reference file.

    Raises
    ------
    ValueError
        When it is not a reference file, or one with biases.
    """
    try:
        data = xr.load_dataset(path, engine="netcdf4")
        kind = getattr(torch, dtype)
        names = ["x_train", "y_train", "x_test", *(f"W{layer}" for layer in range(int(data.attrs["L"]) + 1))]
        x, labels, x_test, *weights = (torch.tensor(data[name].values).to(device, kind) for name in names)
        depth, width, bias = int(data.attrs["L"]), int(data.attrs["h"]), float(data.attrs["bias"])
        activation = _activation(data.attrs)
        loss = losses.load(data.attrs["loss_name"], beta=float(data.attrs["loss_beta"]))
        grid = torch.tensor(data["sqrt_h_alpha"].values).to(device)
    except (KeyError, OSError) as error:
        raise ValueError(f"{path}: not a reference file ({error})") from error
    if bias:
        raise ValueError(f"{path}: bias is {bias}, but the file has no initial biases; only bias 0 is read")
    network = networks.load("fc", d=x.shape[1], h=width, L=depth, activation=activation, bias=bias)
    w0 = torch.cat([weight.reshape(-1) for weight in weights]).expand(len(grid), -1).contiguous()
    alpha = (grid / width**0.5).to(kind)
    return Problem(data, network, NetworkField.make(network, loss, x=x, labels=labels, alpha=alpha, w0=w0), x_test, grid)


def compare(path: Path, *, flow: str, dtype: str, device: str) -> list[Row]:
    """Integrate every row of a reference file with ``flow``, one by one.

    Raises
    ------
    ValueError
        When the flow or the dtype is not known, or the file is not a reference file.
    """
    for key, value, known in (("flow", flow, FLOWS), ("dtype", dtype, DTYPES)):
        if value not in known:
            raise ValueError(f"{key} is {value!r}; there are {', '.join(known)}")
    problem = read(path, dtype=dtype, device=device)
    stepper = flows.load(flow, **FLOWS[flow])
    return [_compare(problem, k, stepper, path.name) for k in range(len(problem.sqrt_h_alpha))]


def _compare(problem: Problem, k: int, stepper: Stepper, label: str) -> Row:
    """One row of a reference file."""
    data, network, x_test = problem.data, problem.network, problem.x_test
    value = float(problem.sqrt_h_alpha[k])
    field = problem.field.select(torch.tensor([k], device=x_test.device))
    w0, started = field.anchor.w0, time.perf_counter()
    result = integrate(
        stepper,
        field,
        y=torch.zeros_like(w0),
        labels=field.labels,
        loss=field.loss,
        first_step=torch.full((1,), value / network.h, dtype=torch.float64, device=w0.device),
        times=np.array([]),
        limits=LIMITS,
        progress=reporter(f"{label}, sqrt(h) alpha = {value:g}", 1),
    )
    seconds, change = time.perf_counter() - started, result.y.to(w0)
    F_test = field.alpha[:, None] * network.anchor(w0, x_test).at(change).f
    terms = network.kernel_terms((w0 + change)[0], x_test[: data.sizes["kt"]])
    wanted = {name: torch.tensor(data[name].values[k]).double() for name in ("F_test", "kernel_final", "t_stop")}
    return Row(
        value,
        result.status[0],
        int(result.work.evaluations[0]),
        int(result.work.kernels[0]),
        flops(network, len(field.labels), result.work)[0],
        seconds,
        F_error=_relative(F_test[0].double().cpu(), wanted["F_test"]),
        t_error=abs(float(result.t_stop[0] / wanted["t_stop"]) - 1),
        kernel_error=_relative(gram(terms, terms).double().cpu(), wanted["kernel_final"]),
    )


def flops(network, n: int, work: Work) -> list[float]:
    """Multiplications and additions of each member on n patterns: evaluations, kernels, products of a kernel and a vector."""
    each = network.flops(n)
    total = work.evaluations * each.evaluation + work.kernels * each.kernel + work.products * (2.0 * n**2)
    return total.tolist()


def table(rows: list[Row], tolerance: float) -> str:
    """The rows as text, with a verdict on each error of F_test."""
    wanted = ("sqrt(h) alpha", "status", "evaluations", "kernels", "flops", "seconds")
    shown = Table(*wanted, "error of F_test", "error of t_stop", "error of kernel", "")
    for row in rows:
        shown.add_row(
            f"{row.sqrt_h_alpha:g}",
            row.status,
            str(row.evaluations),
            str(row.kernels),
            f"{row.flops:.2e}",
            f"{row.seconds:.2f}",
            f"{row.F_error:.2e}",
            f"{row.t_error:.2e}",
            f"{row.kernel_error:.2e}",
            "ok" if row.F_error <= tolerance else f"over {tolerance:g}",
        )
    buffer = io.StringIO()
    Console(file=buffer, width=140).print(shown)
    return buffer.getvalue()
