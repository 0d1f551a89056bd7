"""Table 1 of the depth paper: change of the last hidden layer of a network that learns words; mean (s.d.) as there."""

import json
from collections.abc import Mapping

import numpy as np
import xarray as xr

from crossover.claims.depth_numbers import width_slope
from crossover.tables import Cell

TITLE = "Table 1 of the depth paper: change of the last hidden layer of a network that learns words"
MEASURES = {
    "feature_norm": "|h_t - h_0|",
    "neuron_mean": "mean of |h_t,k - h_0,k| over neurons k",
    "neuron_rms": "its RMS over neurons",
    "neuron_largest": "its largest",
    "relative_norm": "|h_t - h_0| / |h_0|",
    "inner_product_change": "change of h.h' with other words, mean size",
    "cosine_change": "change of its cosine, mean size",
}
LOSSES = {"first_loss": "cross-entropy, first tenth of the steps", "last_loss": "cross-entropy, last tenth of the steps"}


def rows(summaries: Mapping[str, xr.Dataset], absent: Mapping[str, str]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Header and rows: a measure of a parametrisation, mean over seeds (spread over words) by width; its slope with 95 %."""
    if "words" not in summaries:
        return ("measure", "why"), [("all", absent["words"])]
    data = summaries["words"]
    described = json.loads(data.attrs["spec"])
    widths = data["width"].values
    header = ("parametrisation", "measure", *(f"n = {n}" for n in widths), "slope in n", "low", "high", "text", "scale")
    scale = f"V = {described['vocabulary']}, {described['steps']} steps of {described['batch']} words, {data.sizes['seed']} seeds"
    found = []
    for of in data["parameterization"].values:
        cut = data.sel(parameterization=of)
        for name, label in (MEASURES | LOSSES).items():
            mean = cut[name].mean("seed").values
            spread = cut[f"{name}_spread"].mean("seed").values if name in MEASURES else None
            cells = [f"{value:.3g}" + (f" ({spread[i]:.2g})" if spread is not None else "") for i, value in enumerate(mean)]
            slope = width_slope(widths, cut[name].values) if name in MEASURES else None
            numbers = (slope.estimate, slope.low, slope.high) if slope else (np.nan,) * 3
            rate = described["learning_rates"][of]
            found.append((f"{of}, learning rate {rate:g}", label, *cells, *numbers, described["text"], scale))
    return header, found
