"""Proposition 4 against wide networks: the first-order change of the last hidden layer along a sum of gradients."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from crossover.theory.features import joint_excess, sequential_change

GAIN = math.sqrt(2)


def _change(x, train, g, widths, seed):
    """``Delta a . Delta a'`` of a network drawn from a seed, shape (m, m), by its gradient and a difference."""
    generator = torch.Generator().manual_seed(seed)
    sizes = [x.shape[1], *widths, 1]
    weights = [torch.randn(b, a, dtype=torch.float64, generator=generator) / math.sqrt(a) for a, b in pairwise(sizes)]
    scales = [1 / math.sqrt(size) for size in sizes[:-1]]  # of the derivative: the weights here are W / sqrt(fan in)

    def hidden(tensors, points):
        z = points
        for tensor in tensors[:-1]:
            a = z @ tensor.T
            z = GAIN * torch.relu(a)
        return a, (z @ tensors[-1].T)[:, 0]

    leaves = [weight.requires_grad_() for weight in weights]
    gradients = torch.autograd.grad(hidden(leaves, torch.from_numpy(train))[1] @ torch.from_numpy(g), leaves)
    with torch.no_grad():
        ends = [
            hidden(
                [w + step * scale**2 * gradient for w, scale, gradient in zip(leaves, scales, gradients, strict=True)],
                torch.from_numpy(x),
            )[0]
            for step in (1e-6, -1e-6)
        ]
        change = (ends[0] - ends[1]) / 2e-6  # linear but for a neuron in a million
    return (change @ change.T).numpy()


@pytest.fixture
def problem():
    generator = np.random.default_rng(3)
    x, train = generator.standard_normal((4, 6)), generator.standard_normal((8, 6))
    return x, train, generator.standard_normal(8)


def test_layers_that_become_wide_one_after_the_other(problem):
    wanted = sequential_change(*problem, hidden_layers=2, gain=GAIN)
    found = np.mean([_change(*problem, (2048, 64), seed) for seed in range(16)], axis=0)
    # 16 draws of 64 neurons: some 5 percent; what the ratio of widths adds is 1/32 of the excess
    assert np.linalg.norm(found - wanted) / np.linalg.norm(wanted) < 0.12


def test_one_hidden_layer(problem):
    wanted = sequential_change(*problem, hidden_layers=1, gain=GAIN)
    found = np.mean([_change(*problem, (2000,), seed) for seed in range(5)], axis=0)
    assert np.linalg.norm(found - wanted) / np.linalg.norm(wanted) < 0.06


@pytest.mark.parametrize(("first", "second"), [(256, 256), (128, 512)])
def test_layers_that_become_wide_together_move_more(problem, first, second):
    excess = joint_excess(*problem, gain=GAIN, draws=4000, generator=np.random.default_rng(0))
    sequential = sequential_change(*problem, hidden_layers=2, gain=GAIN)
    found = np.mean([_change(*problem, (first, second), seed) for seed in range(20)], axis=0)
    joint = sequential + second / first * excess
    assert np.linalg.norm(found - joint) / np.linalg.norm(joint) < 0.12
    assert np.linalg.norm(found - sequential) > 2 * np.linalg.norm(found - joint)
