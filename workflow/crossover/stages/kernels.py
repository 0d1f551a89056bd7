"""Tangent kernels of trained members, and training with the kernel frozen at the start or at the end."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from crossover import flows
from crossover.flows.frozen import KernelField, first_step
from crossover.flows.loop import Limits, integrate
from crossover.ntk import gram_blocks, gram_matrix, kernel_norms
from crossover.ntk_terms import KernelTerm
from crossover.stages.setup import Setup, members, test_error, to_device

ROWS = 1000  # of a kernel held at once beside the training kernel: bounds memory, not seen in the numbers


def _frozen(
    spec: dict, setup: Setup, train: list[KernelTerm], test: list[KernelTerm], labels: Tensor, labels_test: Tensor
) -> dict:
    """Flow of the outputs of one member with the kernel of ``train`` to margin 1; F on the test patterns."""
    kernel = gram_matrix(train, train, rows=ROWS)[None]  # (1, n, n)
    result = integrate(
        flows.load(**spec["flow"]),
        KernelField(setup.loss, kernel, labels),
        y=torch.zeros_like(labels)[None],
        labels=labels,
        loss=setup.loss,
        first_step=first_step(kernel),
        times=np.array([]),
        limits=Limits(**spec["limits"]),
        progress=lambda ended, state: None,
    )
    c = result.y[0].to(labels) / len(labels)
    F_test = torch.cat([block @ c for _, block in gram_blocks(test, train, rows=ROWS)])  # (test,)
    return {
        "status": result.status[0],
        "t_stop": result.t_stop[0],
        "test_error": float(test_error(F_test, labels_test)),
        "F_test": F_test.cpu().numpy(),
    }


def run(
    spec: dict,
    data: dict[str, np.ndarray],
    change: np.ndarray,
    *,
    device: str,
    progress: Callable[[int, int], None],
) -> dict[str, np.ndarray]:
    """Kernels of the members of a job, at w0 (redrawn from the seeds) and at the end.

    Parameters
    ----------
    spec : spec of the rule ``kernels`` (`crossover.config.kernels_spec`)
    data : the arrays of a data set (`crossover.schema.DATASET`)
    change : w - w0 of each member, shape (member, P)
    device : cpu or cuda
    progress : called after each member with its number from 1 and their count

    Returns
    -------
    arrays of `crossover.schema.KERNELS` with their seed axis first
    """
    x, labels, x_test, labels_test = (
        to_device(data[name], spec=spec, device=device) for name in ("x_train", "y_train", "x_test", "y_test")
    )
    setup = members(spec, d=x.shape[1], device=device)
    if change.shape != setup.w0.shape:
        raise ValueError(f"weights have shape {change.shape}, the spec wants {tuple(setup.w0.shape)}; train again")
    found = []
    for k, (w0, dw) in enumerate(zip(setup.w0, to_device(change, spec=spec, device=device), strict=True)):
        terms = {}
        for when, w in (("init", w0), ("final", w0 + dw)):
            terms[when] = [setup.network.kernel_terms(w, inputs) for inputs in (x, x_test)]
        points = [
            [t._replace(z=t.z[: spec["kernel_points"]], delta=None if t.delta is None else t.delta[: spec["kernel_points"]]) for t in terms[when][1]]
            for when in terms
        ]
        norm_init, norm_final, difference = kernel_norms(*points, rows=ROWS)
        member = {
            "kernel_norm_init": norm_init,
            "kernel_norm_final": norm_final,
            "kernel_change": difference / norm_init,
        }
        for when, (train, test) in terms.items():
            frozen = _frozen(spec, setup, train, test, labels, labels_test)
            member |= {f"frozen_{when}_{name}": value for name, value in frozen.items()}
        found.append(member)
        progress(k + 1, len(change))
    return {name: np.array([member[name] for member in found]) for name in found[0]}
