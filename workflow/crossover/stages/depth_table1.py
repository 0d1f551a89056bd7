"""Table 1 of the depth paper: how far the last hidden layer moves when a network learns words, against its width.

The network takes the mean of the one-hot vectors of a word's neighbours, scaled to norm sqrt(V), through two hidden ReLU layers
of width n to V outputs, without biases: multipliers V^-1/2, n^-1/2, and n^-1/2 (NTK) or 1/n with learning rates n times as
large (muP). It is trained on the cross-entropy of the word by plain gradient steps on batches, in place, without a graph.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from crossover.seeding import stream

WINDOW = 8  # neighbours on each side
PARAMETERIZATIONS = ("ntk", "mup")
MEASURES = (
    *("feature_norm", "neuron_mean", "neuron_rms", "neuron_largest", "relative_norm"),
    *("inner_product_change", "cosine_change"),
)
ROWS = 1024  # words whose hidden layer is computed at once


class Words(NamedTuple):
    """Two hidden layers: embedding (V, n), second (n, n), readout (V, n), drawn from N(0, 1)."""

    embedding: Tensor
    second: Tensor
    readout: Tensor

    def hidden(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Activations of both hidden layers, (m, n) each, of inputs (m, V) of norm 1."""
        first = torch.relu(inputs @ self.embedding)
        return first, torch.relu(first @ self.second.T / math.sqrt(self.second.shape[1]))


def run(spec: dict, tokens: np.ndarray, *, device: str) -> dict[str, np.ndarray]:
    """Changes of the last hidden activations of each word, mean and spread over words, for parametrisations, widths, seeds."""
    widths, seeds, vocabulary = spec["widths"], spec["seeds"], spec["vocabulary"]
    shape = (len(PARAMETERIZATIONS), len(widths), seeds)
    found = {name + end: np.empty(shape) for name in MEASURES for end in ("", "_spread")}
    found |= {name: np.empty(shape) for name in ("first_loss", "last_loss")}
    for of, width, seed in np.ndindex(shape):
        generator = stream(spec["seed"], "depth_table1", widths[width], seed)
        network = draw(vocabulary, widths[width], generator, device)
        one_hot = torch.eye(vocabulary, device=device)
        before = _last_hidden(network, one_hot)
        losses = train(network, tokens, generator, parameterization=PARAMETERIZATIONS[of], **_training(spec))
        for name, values in measure(before, _last_hidden(network, one_hot)).items():
            found[name][of, width, seed] = values.mean()
            found[f"{name}_spread"][of, width, seed] = values.std(correction=0)
        for name, loss in zip(("first_loss", "last_loss"), losses, strict=True):
            found[name][of, width, seed] = loss
    names = {"parameterization": np.array(PARAMETERIZATIONS), "width": np.array(widths), "seed": np.arange(seeds)}
    return found | names


def _training(spec: dict) -> dict:
    return {key: spec[key] for key in ("steps", "batch", "learning_rates")}


def draw(vocabulary: int, width: int, generator: np.random.Generator, device: str) -> Words:
    """Weights at the start, drawn on the CPU in float64 and kept in float32."""
    shapes = (vocabulary, width), (width, width), (vocabulary, width)
    return Words(*(torch.from_numpy(generator.standard_normal(shape)).float().to(device) for shape in shapes))


def batch_of(tokens: np.ndarray, generator: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of a text drawn at random: their words (m,), and their neighbours (m, 2 `WINDOW`)."""
    places = generator.integers(WINDOW, len(tokens) - WINDOW, count)
    offsets = np.concatenate([np.arange(-WINDOW, 0), np.arange(1, WINDOW + 1)])
    return tokens[places], tokens[places[:, None] + offsets]


def train(
    network: Words,
    tokens: np.ndarray,
    generator: np.random.Generator,
    *,
    parameterization: str,
    steps: int,
    batch: int,
    learning_rates: dict[str, float],
) -> tuple[float, float]:
    """Move the weights in place; the mean losses of the first and of the last tenth of the steps."""
    vocabulary, width = network.embedding.shape
    multiplier, rate = (width**-0.5, 1.0) if parameterization == "ntk" else (1 / width, float(width))
    losses = []
    for _ in range(steps):
        words, neighbours = batch_of(tokens, generator, batch)
        inputs = torch.zeros(batch, vocabulary, device=network.second.device)
        at = torch.from_numpy(neighbours).to(inputs.device)
        inputs.scatter_add_(1, at, torch.ones_like(at, dtype=inputs.dtype))
        inputs /= inputs.norm(dim=1, keepdim=True)
        wanted = torch.from_numpy(words).to(inputs.device)
        losses.append(step(network, inputs, wanted, multiplier=multiplier, rate=rate * learning_rates[parameterization]))
    tenth = max(1, steps // 10)
    return float(np.mean(losses[:tenth])), float(np.mean(losses[-tenth:]))


def step(network: Words, inputs: Tensor, words: Tensor, *, multiplier: float, rate: float) -> float:
    """One gradient step on the mean cross-entropy of the words (m,) given inputs (m, V) of norm 1; the loss before it."""
    first, second = network.hidden(inputs)
    scale = 1 / math.sqrt(network.second.shape[1])
    logits = torch.log_softmax(second @ network.readout.T * multiplier, dim=1)
    loss = -logits.gather(1, words[:, None]).mean()
    error = logits.exp_()
    error.scatter_add_(1, words[:, None], -torch.ones_like(words[:, None], dtype=error.dtype))
    error /= len(words)
    behind = (error @ network.readout).mul_(multiplier).mul_(second > 0)  # (m, n)
    before = (behind @ network.second).mul_(scale).mul_(first > 0)
    network.readout.addmm_(error.T, second, alpha=-rate * multiplier)
    network.second.addmm_(behind.T, first, alpha=-rate * scale)
    network.embedding.addmm_(inputs.T, before, alpha=-rate)
    return float(loss)


def _last_hidden(network: Words, inputs: Tensor) -> Tensor:
    return torch.cat([network.hidden(rows)[1] for rows in inputs.split(ROWS)])


def measure(before: Tensor, after: Tensor) -> dict[str, Tensor]:
    """Of each word, from activations (V, n): norm of the change, mean, RMS and largest of a neuron's, norm over that before.

    And, mean over the other words, sizes of the changes of the inner product and of the cosine with theirs.
    """
    change = (after - before).abs()
    norm = change.norm(dim=1)
    values = norm, change.mean(1), norm / math.sqrt(change.shape[1]), change.amax(1), norm / before.norm(dim=1)
    return dict(zip(MEASURES, (*values, *_between(before, after)), strict=True))


def _between(before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
    """Mean sizes of the changes of inner products and cosines of a row with the others, (V,) each."""
    # in float64: inner products grow with the width, and their changes do not
    grams = [each.double() @ each.double().T for each in (before, after)]  # (V, V)
    inner = (grams[1] - grams[0]).abs()
    for gram in grams:
        norms = gram.diagonal().sqrt()
        gram /= norms[:, None] * norms
    cosine = (grams[1] - grams[0]).abs()
    return tuple((each.sum(1) - each.diagonal()) / (len(each) - 1) for each in (inner, cosine))
