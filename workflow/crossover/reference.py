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

# euler: the article's settings
FLOWS = {"euler": {"gradient_change": 1e-4, "output_change": 0.1}, "rkc": {"tolerance": 2e-4}}
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
        raise ValueError(f"dtype is {dtype!r}; the flow euler runs in float64, which cancels at large alpha in float32")
    try:
        data = xr.load_dataset(path, engine="netcdf4")
        kind = getattr(torch, dtype)
        tensors = {name: torch.tensor(data[name].values).to(device, kind) for name in data.data_vars}
        depth, width = int(data.attrs["L"]), int(data.attrs["h"])
        activation, bias = _activation(data.attrs), float(data.attrs["bias"])
        loss = losses.load(data.attrs["loss_name"], beta=float(data.attrs["loss_beta"]))
        w0 = torch.cat([tensors[f"W{layer}"].reshape(-1) for layer in range(depth + 1)])
    except (KeyError, OSError) as error:
        raise ValueError(f"{path}: not a reference file ({error})") from error
    if bias:
        raise ValueError(f"{path}: bias is {bias}, but the file has no initial biases; only bias 0 is read")
    grid = torch.tensor(data["sqrt_h_alpha"].values).to(device)
    alpha = (grid / width**0.5).to(kind)
    x, labels, x_test = tensors["x_train"], tensors["y_train"], tensors["x_test"]
    network = networks.load("fc", d=x.shape[1], h=width, L=depth, activation=activation, bias=bias)
    w0 = w0.expand(len(grid), -1).contiguous()
    result = integrate(
        flows.load(flow, **FLOWS[flow]),
        NetworkField.make(network, loss, x=x, labels=labels, alpha=alpha, w0=w0),
        y=torch.zeros_like(w0),
        labels=labels,
        loss=loss,
        first_step=grid.double() / width,
        times=np.array([]),
        limits=LIMITS,
        progress=reporter(path.name, len(grid)),
    )
    w = w0 + result.y.to(device)
    F_test = alpha[:, None] * (network.outputs(w, x_test) - network.outputs(w0, x_test))
    points = x_test[: data.sizes["kt"]]
    rows = []
    for k, value in enumerate(grid.tolist()):
        terms = network.kernel_terms(w[k], points)
        rows.append(
            Row(
                sqrt_h_alpha=value,
                status=result.status[k],
                evaluations=int(result.evaluations[k]),
                F_error=_relative(F_test[k], tensors["F_test"][k]),
                t_error=abs(float(result.t_stop[k] / data["t_stop"].values[k]) - 1),
                kernel_error=_relative(gram(terms, terms), tensors["kernel_final"][k]),
            )
        )
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
