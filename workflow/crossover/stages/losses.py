"""The losses of Figure 1 as functions of the margin, from the code that trains with them."""

import numpy as np
import torch

from crossover import losses


def run(spec: dict) -> dict[str, np.ndarray]:
    """Hinge and soft hinge for each beta of ``spec["betas"]``: arrays ``loss`` (names), ``margin``, ``loss_per_pattern``."""
    margin = torch.linspace(-0.5, 2.0, 501, dtype=torch.float64)
    curves = {"hinge": losses.load("hinge").value(margin)}
    for beta in spec["betas"]:
        curves[f"soft hinge, beta = {beta:g}"] = losses.load("soft_hinge", beta=beta).value(margin)
    return {
        "loss": np.array(list(curves)),
        "margin": margin.numpy(),
        "loss_per_pattern": torch.stack(list(curves.values())).numpy(),  # (loss, margin)
    }
