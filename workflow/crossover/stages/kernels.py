"""Tangent kernels of trained members, and training with the kernel frozen at the start or at the end."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from crossover import flows
from crossover.flows.frozen import KernelField, first_step
from crossover.flows.loop import Limits, integrate
from crossover.ntk import first_points, gram_blocks, gram_matrix, kernel_norms
from crossover.ntk_terms import KernelTerm
from crossover.stages.setup import Setup, members, test_error, to_device

# Bounds of memory, not seen in the numbers: rows of a kernel held at once, bytes of training kernels that flow as one batch.
ROWS = 1000
BATCH_BYTES = 1e9


def _frozen(
    spec: dict,
    setup: Setup,
    train: list[list[KernelTerm]],
    test: list[list[KernelTerm]],
    labels: Tensor,
    labels_test: Tensor,
) -> list[dict]:
    """Flow of the outputs of some members, with the kernels of their terms on the training set, to margin 1."""
    kernel = torch.stack([gram_matrix(terms, terms, rows=ROWS) for terms in train])  # (member, n, n)
    result = integrate(
        flows.load(**spec["flow"]),
        KernelField(setup.loss, kernel, labels),
        y=labels.new_zeros(len(train), len(labels)),
        labels=labels,
        loss=setup.loss,
        first_step=first_step(kernel),
        times=np.array([]),
        limits=Limits(**spec["limits"]),
        progress=lambda ended, state: None,
    )
    found = []
    for k, (at_train, at_test) in enumerate(zip(train, test, strict=True)):
        c = result.y[k].to(labels) / len(labels)
        F_test = torch.cat([block @ c for _, block in gram_blocks(at_test, at_train, rows=ROWS)])  # (test,)
        found.append(
            {
                "status": result.status[k],
                "t_stop": result.t_stop[k],
                "test_error": float(test_error(F_test, labels_test)),
                "F_test": F_test.cpu().numpy(),
            }
        )
    return found


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
    progress : called with the number of members that are done and their count

    Returns
    -------
    arrays of `crossover.schema.KERNELS` with their seed axis first

    Raises
    ------
    ValueError
        When the weights are not those of the spec's members.
    """
    x, labels, x_test, labels_test = (
        to_device(data[name], spec=spec, device=device) for name in ("x_train", "y_train", "x_test", "y_test")
    )
    setup = members(spec, d=x.shape[1], device=device)
    if change.shape != setup.w0.shape:
        raise ValueError(f"weights have shape {change.shape}, the spec wants {tuple(setup.w0.shape)}; train again")
    weights = {"init": setup.w0, "final": setup.w0 + to_device(change, spec=spec, device=device)}
    batch = max(1, int(BATCH_BYTES / (len(x) ** 2 * x.element_size())))
    found = []
    for start in range(0, len(change), batch):
        rows = range(start, min(start + batch, len(change)))
        # terms[when][0 train, 1 test][member of the batch]
        terms = {
            when: [[setup.network.kernel_terms(w[k], inputs) for k in rows] for inputs in (x, x_test)]
            for when, w in weights.items()
        }
        frozen = {when: _frozen(spec, setup, *at, labels, labels_test) for when, at in terms.items()}
        for k in range(len(rows)):
            points = [first_points(terms[when][1][k], spec["kernel_points"]) for when in ("init", "final")]
            norm_init, norm_final, difference = kernel_norms(*points, rows=ROWS)
            member = {
                "kernel_norm_init": norm_init,
                "kernel_norm_final": norm_final,
                "kernel_change": difference / norm_init,
            }
            for when, flowed in frozen.items():
                member |= {f"frozen_{when}_{name}": value for name, value in flowed[k].items()}
            found.append(member)
        progress(len(found), len(change))
    return {name: np.array([member[name] for member in found]) for name in found[0]}
