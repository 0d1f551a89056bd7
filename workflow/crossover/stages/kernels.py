"""Tangent kernels of trained members, and training with the kernel frozen at the start or at the end."""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from crossover import flows
from crossover.flows.frozen import KernelField, first_step
from crossover.flows.kernels import Kernels
from crossover.flows.loop import integrate
from crossover.flows.state import Limits
from crossover.ntk import gram_blocks, kernel_norms
from crossover.ntk_terms import Terms, gram
from crossover.stages.setup import Setup, check, members, test_error, to_device

# Bounds of memory, not seen in the numbers: rows of a kernel held at once, bytes of training kernels that flow as one batch.
ROWS = 1000
BATCH_BYTES = 1e9
POINTS = 100  # whose preactivations are held at once


def _frozen(
    spec: dict, setup: Setup, train: list[Terms], data: tuple[Tensor, Tensor], *, deadline: float, progress: Callable
) -> tuple[list[str], np.ndarray, Tensor]:
    """Flow of the outputs of the members with the kernels of their terms to the stop: status, t_stop, rate c / n (member, n)."""
    x, labels = data
    kernel = labels.new_empty(len(train), len(labels), len(labels))
    for matrix, terms in zip(kernel, train, strict=True):
        for block, values in gram_blocks(terms, terms, rows=ROWS):
            matrix[block] = values * setup.network.rate
    result = integrate(
        flows.load(**spec["flow"]),
        KernelField(setup.loss, Kernels.of(kernel), labels, setup.initial(x), setup.sqrt_h_alpha),
        y=labels.new_zeros(len(train), len(labels)),
        labels=labels,
        loss=setup.loss,
        first_step=first_step(kernel),
        times=np.array([]),
        limits=Limits(spec["limits"]["evaluations"], deadline - time.monotonic()),
        progress=progress,
        stop_loss=spec["stop_loss"],
    )
    return result.status, result.t_stop, result.y.to(labels) * setup.network.rate / len(labels)


def _sign_changes(network, w0: Tensor, w: Tensor, x: Tensor) -> float:
    """Share of the preactivations of all hidden layers on points x (n, d) that are positive at one of w0, w (P,) alone.

    Where a ReLU passes its input on at one end of training and not at the other. NaN where weights are not finite.
    """
    if not torch.isfinite(w).all():
        return np.nan
    changed = of = 0
    for block in x.split(POINTS):
        before, after = (network.preactivations(weights[None], block) for weights in (w0, w))
        for p0, p in zip(before, after, strict=True):
            changed, of = changed + int(((p0 > 0) != (p > 0)).sum()), of + p.numel()
    return changed / of


def _changes(network, w0: Tensor, w: Tensor, x: Tensor) -> dict[str, float]:
    """What has changed on points x (n, d) between the weights w0 and w (P,) of one member."""
    initial, final, change = kernel_norms(*(network.kernel_terms(each, x) for each in (w0, w)), rows=ROWS)
    kernels = {"kernel_norm_init": initial, "kernel_norm_final": final, "kernel_change": change / initial}
    return kernels | {"sign_changes": _sign_changes(network, w0, w, x)}


def _predict(setup: Setup, w: Tensor, x_test: Tensor, train: Terms, c: Tensor) -> Tensor:
    """``F = F(w0) + Theta(x, train) c`` of the one member of ``setup`` on the test patterns by blocks, shape (test,)."""
    blocks = x_test.split(ROWS)
    return torch.cat([setup.initial(block)[0] + gram(setup.network.kernel_terms(w, block), train) @ c for block in blocks])


def _weights(setup: Setup, change: np.ndarray, when: str, some: slice) -> Tensor:
    """Weights of some members, (member, P); those of all at the end at once would be more than their kernels."""
    w0 = setup.w0[some]
    return w0 if when == "init" else w0 + torch.from_numpy(change[some]).to(w0)


def run(
    spec: dict,
    data: dict[str, np.ndarray],
    change: np.ndarray,
    *,
    device: str,
    reporter: Callable[[str, int], Callable],
) -> dict[str, np.ndarray]:
    """Kernels of the members of a job, at w0 (redrawn from the seeds) and at the end.

    Parameters
    ----------
    spec : spec of the rule ``kernels`` (`crossover.config.kernels_spec`)
    data : the arrays of a data set (`crossover.schema.DATASET`)
    change : w - w0 of each member, shape (member, P)
    device : cpu or cuda
    reporter : from a label and a count of members to a ``progress`` of `crossover.flows.loop.integrate`

    Returns
    -------
    arrays of `crossover.schema.KERNELS` with their seed axis first

    Raises
    ------
    ValueError
        When the weights are not those of the spec's members.
    """
    check(data)
    x, labels, x_test, labels_test = (
        to_device(data[name], spec=spec, device=device) for name in ("x_train", "y_train", "x_test", "y_test")
    )
    setup = members(spec, d=x.shape[1], device=device)
    if change.shape != setup.w0.shape:
        raise ValueError(f"weights have shape {change.shape}, the spec wants {tuple(setup.w0.shape)}; train again")
    deadline = time.monotonic() + spec["limits"]["seconds"]
    found: dict[str, list] = {}
    for k in range(len(change)):
        ends = (_weights(setup, change, when, slice(k, k + 1))[0] for when in ("init", "final"))
        for name, value in _changes(setup.network, *ends, x_test[: spec["kernel_points"]]).items():
            found.setdefault(name, []).append(value)
    # a member's training kernel, and its factors: inputs and deltas of each layer
    bytes_of_member = (len(x) ** 2 + 2 * setup.network.flops(len(x)).activations) * x.element_size()
    batch = max(1, int(BATCH_BYTES / bytes_of_member))
    # At w0 members that differ in alpha alone are one: their kernel is, and the flow of F on it knows no alpha, unless it
    # starts at alpha f(w0) or has momentum.
    alike = len(spec["sqrt_h_alpha"]) if spec["subtract_initial"] and spec["flow"]["name"] != "momentum" else 1
    for when, count, times in (("init", len(change) // alike, alike), ("final", len(change), 1)):
        for start in range(0, count, batch):
            members_of_batch = slice(start, min(start + batch, count))
            some, part = _weights(setup, change, when, members_of_batch), setup.part(members_of_batch)
            train = [setup.network.kernel_terms(each, x) for each in some]
            progress = reporter(f"frozen {when} kernel, members {start} to {start + len(some) - 1}", len(some))
            status, t_stop, c = _frozen(spec, part, train, (x, labels), deadline=deadline, progress=progress)
            predicted = [_predict(part.part(slice(k, k + 1)), some[k], x_test, terms, c[k]) for k, terms in enumerate(train)]
            F_test = torch.stack(predicted)  # (member, test)
            measured = {"status": status, "t_stop": t_stop, "F_test": F_test.cpu().numpy()}
            measured["test_error"] = test_error(F_test, labels_test).cpu().numpy()
            for name, values in measured.items():
                found.setdefault(f"frozen_{when}_{name}", []).extend(values)
        for name in measured:
            found[f"frozen_{when}_{name}"] *= times
    return {name: np.array(values) for name, values in found.items()}
