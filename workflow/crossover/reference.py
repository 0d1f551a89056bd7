"""Reference trajectories: integrate their problems with a flow of ours and measure the errors."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from rich.console import Console
from rich.table import Table

from crossover import activations, flows, losses, networks
from crossover.flows.field import NetworkField
from crossover.flows.loop import Limits, integrate
from crossover.ntk import gram
from crossover.progress import reporter

# euler: the article's settings; rkc: those of the presets demo and laptop
FLOWS = {"euler": {"gradient_change": 1e-4, "output_change": 0.1}, "rkc": {"tolerance": 5e-4}}
LIMITS = Limits(evaluations=1_000_000, seconds=3600.0)


class Row(NamedTuple):
    """One value of sqrt(h) alpha: relative errors against the reference."""

    sqrt_h_alpha: float
    status: str
    evaluations: int
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
    return Problem(data, NetworkField.make(network, loss, x=x, labels=labels, alpha=alpha, w0=w0), x_test, grid)


def compare(path: Path, *, flow: str, dtype: str, device: str) -> list[Row]:
    """Integrate every row of a reference file with ``flow`` as one batch.

    Raises
    ------
    ValueError
        When the flow or the dtype is not known, or the file is not a reference file.
    """
    if flow not in FLOWS:
        raise ValueError(f"flow is {flow!r}; there are {', '.join(FLOWS)}")
    if dtype != "float64":
        raise ValueError(f"dtype is {dtype!r}; flows run in float64, since alpha (f - f0) cancels at large alpha in float32")
    data, field, x_test, grid = read(path, dtype=dtype, device=device)
    result = integrate(
        flows.load(flow, **FLOWS[flow]),
        field,
        y=torch.zeros_like(field.w0),
        labels=field.labels,
        loss=field.loss,
        first_step=grid.double() / field.network.h,
        times=np.array([]),
        limits=LIMITS,
        progress=reporter(path.name, len(grid)),
    )
    network, w = field.network, field.w0 + result.y.to(device)
    F_test = field.alpha[:, None] * (network.outputs(w, x_test) - network.outputs(field.w0, x_test))
    wanted = {name: torch.tensor(data[name].values).to(F_test) for name in ("F_test", "kernel_final", "t_stop")}
    rows = []
    for k, value in enumerate(grid.tolist()):
        terms = network.kernel_terms(w[k], x_test[: data.sizes["kt"]])
        errors = {
            "F_error": _relative(F_test[k], wanted["F_test"][k]),
            "t_error": abs(float(result.t_stop[k] / wanted["t_stop"][k]) - 1),
            "kernel_error": _relative(gram(terms, terms), wanted["kernel_final"][k]),
        }
        rows.append(Row(value, result.status[k], int(result.evaluations[k]), **errors))
    return rows


def table(rows: list[Row], tolerance: float) -> str:
    """The rows as text, with a verdict on each error of F_test."""
    shown = Table("sqrt(h) alpha", "status", "evaluations", "error of F_test", "error of t_stop", "error of kernel", "")
    for row in rows:
        shown.add_row(
            f"{row.sqrt_h_alpha:g}",
            row.status,
            str(row.evaluations),
            f"{row.F_error:.2e}",
            f"{row.t_error:.2e}",
            f"{row.kernel_error:.2e}",
            "ok" if row.F_error <= tolerance else f"over {tolerance:g}",
        )
    buffer = io.StringIO()
    Console(file=buffer, width=110).print(shown)
    return buffer.getvalue()
