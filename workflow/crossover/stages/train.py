"""Training of the members of a job: the flow from w0 to its stop."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from crossover import flows
from crossover.axes import axis
from crossover.flows.field import NetworkField
from crossover.flows.loop import integrate
from crossover.flows.outputs import OutputPoints
from crossover.flows.state import Checkpoint, Limits, Result
from crossover.stages.regime import measure
from crossover.stages.setup import Setup, check, members, test_error, to_device


def _outputs(setup: Setup, change: torch.Tensor, x: torch.Tensor, *, at_once: int) -> torch.Tensor:
    """F on other inputs x (test, d), ``at_once`` of them at a time, shape (member, test)."""
    alpha = setup.alpha[:, None]
    blocks = [setup.initial(block) + alpha * setup.network.anchor(setup.w0, block).at(change).f for block in x.split(at_once)]
    return torch.cat(blocks, dim=1)


def _relative(change: torch.Tensor, initial: torch.Tensor) -> torch.Tensor:
    return (change.double().norm(dim=1) / initial.double().norm(dim=1)).cpu()


def run(
    spec: dict,
    data: dict[str, np.ndarray],
    *,
    device: str,
    progress: Callable[[int, object], None],
    at_once: int,
    checkpoint: Callable[[int, int, bool], Checkpoint] | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Train the members of a job.

    Parameters
    ----------
    spec : spec of the rule ``train`` (`crossover.config.train_spec`)
    data : the arrays of a data set (`crossover.schema.DATASET`)
    device : cpu or cuda
    progress : see `crossover.flows.loop.integrate`; the members of earlier parts count as ended
    at_once : members that are trained as one batch: bounds memory, not seen in the numbers but for rounding
    checkpoint : from the first and the last member of a part, and whether others follow, to where its state is kept

    Returns
    -------
    measured : arrays of `crossover.schema.TRAIN` with their seed axis first, and the times of the curve
    weights : ``change``, w - w0 of each member, float32, shape (member, P)

    Raises
    ------
    ValueError
        When the data cannot be trained on, or has fewer test patterns than ``output_points``.
    """
    check(data)
    if spec["output_points"] > len(data["x_test"]):
        raise ValueError(
            f"output_points = {spec['output_points']}: they are test patterns, at most n_test = {len(data['x_test'])}"
        )
    tensors = {name: to_device(data[name], spec=spec, device=device) for name in ("x_train", "y_train", "x_test", "y_test")}
    everyone = members(spec, d=tensors["x_train"].shape[1], device=device)
    parts, seconds = [], spec["limits"]["seconds"]
    for first in range(0, len(everyone.w0), at_once):
        setup = everyone.part(slice(first, first + at_once))
        left = len(everyone.w0) - first
        limits = Limits(spec["limits"]["evaluations"], seconds * len(setup.w0) / left)  # its share of what is left
        kept = checkpoint(first, first + len(setup.w0) - 1, len(setup.w0) < left) if checkpoint else None
        result, change = _flow(
            spec, setup, tensors, limits, lambda ended, state, first=first: progress(first + ended, state), kept
        )
        seconds -= result.seconds
        found = measure(setup.network, setup.w0, change, tensors["x_test"][: spec["regime_points"]])
        parts.append(_measure(setup, result, change, tensors) | {name: values.numpy() for name, values in found.items()})
    measured = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    weights = {"change": measured.pop("change")}
    return measured | {"time": np.array(axis(spec["curve"]))}, weights


def _flow(
    spec: dict, setup: Setup, tensors: dict, limits: Limits, progress: Callable, checkpoint: Checkpoint | None
) -> tuple[Result, torch.Tensor]:
    """Integrate the members; what became of them, and the change of their weights, (member, P)."""
    x, labels, followed = tensors["x_train"], tensors["y_train"], tensors["x_test"][: spec["output_points"]]
    network, w0, basis, flow = setup.network, setup.w0, None, spec["flow"]
    field_of = partial(NetworkField.make, loss=setup.loss, labels=labels, alpha=setup.alpha, initial=setup.initial(x))
    if flow["name"] == "adam":  # scales each weight by itself, so that W^0 leaves the span of the inputs
        flow = flow | {"streams": setup.streams}
    elif network.spans and len(x) < x.shape[1]:
        basis = torch.linalg.qr(x.mT.double()).Q.to(x.dtype)  # (d, n): an orthonormal basis of the span of the training inputs
        network, w0, x = network.on_span(basis), network.to_span(w0, basis), x @ basis
    result = integrate(
        flows.load(**flow),
        field_of(network, x=x, w0=w0),
        y=torch.zeros_like(w0),
        labels=labels,
        loss=setup.loss,
        first_step=setup.alpha.double() * network.output_scale / spec["h"] ** 0.5,
        times=np.array(axis(spec["curve"])),
        limits=limits,
        progress=progress,
        checkpoint=checkpoint,
        stop_loss=spec["stop_loss"],
        followed=OutputPoints.of(setup.network, setup.w0, followed, basis) if len(followed) else None,
    )
    change = result.y.to(w0.device)
    if basis is not None:
        change = setup.network.from_span(change, basis)
    return result, change


def _measure(setup: Setup, result: Result, change: torch.Tensor, tensors: dict) -> dict[str, np.ndarray]:
    """What is known of trained members, and the change of their weights."""
    F_test = _outputs(setup, change, tensors["x_test"], at_once=len(tensors["x_train"]))  # no wider than training was
    return {
        "status": np.array(result.status),
        "unfitted": ((result.F * tensors["y_train"].cpu()) < 1).sum(1).numpy(),
        "t_stop": result.t_stop,
        "t_half": result.t_half,
        "evaluations": result.work.evaluations.numpy(),
        "kernel_evaluations": result.work.kernels.numpy(),
        "kernel_products": result.work.products.numpy(),
        "test_error": test_error(F_test, tensors["y_test"]).cpu().numpy(),
        "F_test": F_test.cpu().numpy(),
        "rescaled_loss": result.curve,
        "output_norm": result.norms[:, :, 0],
        "output_change": result.norms[:, :, 1],
        "weight_change": _relative(change, setup.w0).numpy(),
        "weight_change_layer": _relative_by_layer(setup, change).numpy(),  # (member, layer)
        "change": change.float().cpu().numpy(),
    }


def _relative_by_layer(setup: Setup, change: torch.Tensor) -> torch.Tensor:
    """Relative change of each layer's weights, (member, layer); biases start at 0 and have none."""
    shapes, layers = setup.network.shapes, setup.network.layers
    sizes = [int(np.prod(shape)) for shape in shapes]
    moved, initial = (torch.split(w, sizes, dim=1) for w in (change, setup.w0))
    relative = []
    for layer in range(max(layers) + 1):
        of_layer = [k for k, shape in enumerate(shapes) if layers[k] == layer and len(shape) > 1]
        relative.append(_relative(*(torch.cat([parts[k] for k in of_layer], dim=1) for parts in (moved, initial))))
    return torch.stack(relative, dim=1)
