"""From a spec to network, loss, initial weights: what training and kernels share."""

from collections.abc import Callable
from functools import partial
from math import prod
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from crossover import activations, losses, networks
from crossover.networks.blocked import Blocked
from crossover.seeding import stream


class Setup(NamedTuple):
    """The members of a job, one alpha after the other."""

    network: object
    loss: losses.Loss
    w0: Tensor  # (member, P): initial weights
    alpha: Tensor  # (member,)
    streams: list[Callable[[int], np.random.Generator]]  # of each member, see `crossover.flows.adam`
    subtract_initial: bool  # whether F = alpha (f - f(w0)), or alpha f

    @property
    def sqrt_h_alpha(self) -> Tensor:
        """The control parameter, (member,), float64; of another parameterization where its start is in that plane."""
        return self.alpha.double() * self.network.output_scale * self.network.h**0.5

    def part(self, members: slice) -> "Setup":
        """Some of the members."""
        return self._replace(w0=self.w0[members], alpha=self.alpha[members], streams=self.streams[members])

    def initial(self, x: Tensor) -> Tensor:
        """F(w0) on inputs x (n, d), shape (member, n), or (member, 1) where it is 0."""
        return self.alpha[:, None] * (0 if self.subtract_initial else self.network.outputs(self.w0, x))


def _network(spec: dict, d: int):
    """The network of a spec; one on images has their shape in its spec."""
    options = {key: value for key, value in spec["network"].items() if key not in ("architecture", "activation")}
    activation, shape = activations.load(**spec["network"]["activation"]), spec.get("image_shape")
    if shape is None:
        options |= {"d": d}
    elif prod(shape) != d:
        raise ValueError(f"image_shape = {shape}: the data set has patterns of {d} components; make it again, or mend its source")
    else:
        options |= {"image_shape": tuple(shape)}
    return networks.load(spec["network"]["architecture"], h=spec["h"], L=spec["L"], activation=activation, **options)


def members(spec: dict, *, d: int, device: str) -> Setup:
    """The members of a job on inputs of dimension ``d``; weights are drawn on the CPU in float64."""
    network = _network(spec, d)
    purpose = "weights" if network.spans else f"weights of {spec['network']['architecture']}"
    first, last = spec["seeds"]
    keys = [(seed, d, spec["h"], spec["L"]) for seed in range(first, last + 1)]
    of_seed = torch.stack([network.draw(stream(spec["base_seed"], purpose, *key)) for key in keys])
    alphas = torch.tensor(spec["sqrt_h_alpha"], dtype=torch.float64) / spec["h"] ** 0.5
    w0, alpha = of_seed.repeat(len(alphas), 1), alphas.repeat_interleave(len(of_seed))
    dtype = getattr(torch, spec["dtype"])
    return Setup(
        Blocked(network, rows) if (rows := spec.get("patterns_at_once")) else network,
        losses.load(**spec["loss"]),
        w0.to(device, dtype),
        alpha.to(device, dtype),
        [partial(stream, spec["base_seed"], "batches", *key) for key in keys] * len(alphas),
        spec["subtract_initial"],
    )


def check(data: dict[str, np.ndarray]) -> None:
    """Refuse a data set that no network can be trained on.

    Raises
    ------
    ValueError
        When it has no training pattern, a component that is not finite, or a label other than -1 and +1.
    """
    if not len(data["x_train"]):
        raise ValueError("x_train has no pattern; make n larger")
    for name in ("x_train", "x_test"):
        bad = np.flatnonzero(~np.isfinite(data[name]).all(axis=1))
        if len(bad):
            raise ValueError(f"{name}: pattern {bad[0]} is not finite, {len(bad)} of {len(data[name])} are not; mend the data")
    for name in ("y_train", "y_test"):
        bad = np.setdiff1d(data[name], (-1, 1))
        if len(bad):
            raise ValueError(f"{name}: a label is {bad[0]}, wanted -1 or +1; mend the data")


def to_device(array, *, spec: dict, device: str) -> Tensor:
    """A numpy array in the dtype of the spec on the device."""
    return torch.tensor(array).to(device, getattr(torch, spec["dtype"]))


def rows_within(limit: float, network, x: Tensor) -> int:
    """How many rows of x go through a network at once when their activations take ``limit`` bytes; at least one."""
    return max(1, int(limit / (network.flops(1).activations * x.element_size())))


def test_error(F: Tensor, labels: Tensor) -> Tensor:
    """Share of patterns with F y <= 0 (a tie is an error) for F of shape (member, test); shape (member,)."""
    return ((F * labels) <= 0).double().mean(-1)
