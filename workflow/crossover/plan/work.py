"""How much work training a member takes: power laws fitted to measured runs (`crossover bench work`).

A count (evaluations, kernels, products of a kernel and a vector, times of the curve that are passed) of a flow is
``10^(constant + sum_k exponent_k (x_k - centre_k) + g(log10 sqrt(h) alpha))``, x the logarithms of n, h, L, d and of the options
of the flow and what of them counts where members are lazy (`features`), g piecewise linear between its knots and constant
outside: beyond the measured grid nothing is known of it.
"""

import json
from bisect import bisect_right
from math import log10
from pathlib import Path
from typing import NamedTuple

from crossover.networks import parameterization
from crossover.networks.shapes import LAYERS

COUNTS = ("evaluations", "kernels", "products", "times")
DESCENT = "gradient_descent"  # no run of it is in the model
LAZY = 3.0  # log10 sqrt(h) alpha from which on members are equally lazy: these take more where they are deep or start far from 0
LAZIER = "lazy_"  # before the name of what counts more there
FROZEN = "frozen"  # the flow of the outputs on a frozen kernel, among the flows of a model


class Work(NamedTuple):
    """Of one member: evaluations of the network, kernels, products of a kernel and a vector, times of the curve passed."""

    evaluations: float
    kernels: float
    products: float
    times: float


class Member(NamedTuple):
    """What the work of a member depends on; ``flow`` and ``network`` are those of its experiment."""

    flow: dict
    network: dict
    n: int
    d: int
    h: int
    L: int
    sqrt_h_alpha: float
    subtract_initial: bool = True

    @property
    def in_plane(self) -> float:
        """The sqrt(h) alpha at which a network with 1 / sqrt(fan in) everywhere starts as this one does."""
        return self.sqrt_h_alpha * parameterization.checked(self.network.get("parameterization", "ntk")).output_scale(self.h)


def features(member: Member) -> dict[str, float]:
    """The x_k: logarithms to base 10, an option that the flow has not 0; 0 or 1 for what is or is not."""
    flow, plain = member.flow, float(not member.subtract_initial)
    lazy = min(max(log10(member.in_plane), 0.0), LAZY) / LAZY
    tolerance = flow.get("tolerance", flow.get("gradient_change", 1.0))
    return {
        "n": log10(member.n),
        "h": log10(member.h),
        "L": log10(member.L),
        "d": log10(member.d),
        "tolerance": log10(tolerance),
        "c_tau": log10(flow.get("c_tau", 1.0)),
        "learning_rate": log10(flow.get("learning_rate", 1.0)),
        "tau_grows": float("mu" in flow),
        "convolves": float(member.network["architecture"] in LAYERS),
        "resnet": float(member.network["architecture"] == "wide_resnet"),
        "plain": plain,
        f"{LAZIER}plain": lazy * plain,
        f"{LAZIER}L": lazy * log10(member.L),
        "relu": float(member.network["activation"]["name"] == "relu"),
    }


def between(knots: list[float], values: list[float], x: float) -> float:
    """The piecewise linear function with ``values`` at ``knots``, increasing; constant outside them."""
    if x <= knots[0] or len(knots) == 1:
        return values[0]
    if x >= knots[-1]:
        return values[-1]
    k = bisect_right(knots, x) - 1
    share = (x - knots[k]) / (knots[k + 1] - knots[k])
    return values[k] + share * (values[k + 1] - values[k])


def count(fit: dict, member: Member) -> float:
    """One count of a member by its fit."""
    if fit["zero"]:
        return 0.0
    x = features(member)
    exponent = fit["constant"] + sum(p * (x[name] - fit["centre"][name]) for name, p in fit["exponents"].items())
    return 10 ** (exponent + between(fit["knots"], fit["values"], log10(member.in_plane)))


def expected(model: dict, member: Member, *, limit: int) -> Work:
    """The work of a member; its evaluations end at the ``limit`` of its experiment, all that is known of gradient descent.

    Raises
    ------
    ValueError
        When no run of its flow has been measured.
    """
    name = member.flow["name"]
    if name == DESCENT:
        return Work(float(limit), 0.0, 0.0, 0.0)
    if name not in model["flows"]:
        known = ", ".join(sorted(set(model["flows"]) - {FROZEN}))
        raise ValueError(f"flow {name!r}: no run of it is in the model of the work, which has {known}; see crossover bench work")
    counts = Work(*(count(model["flows"][name][each], member) for each in COUNTS))
    return counts._replace(evaluations=min(counts.evaluations, limit))


def slowest(model: dict, member: Member) -> float:
    """How many times the mean of its counts the member takes that takes most of the seeds of a point: of the counts the most."""
    if member.flow["name"] == DESCENT:
        return 1.0
    return max(each["slowest"] for each in model["flows"][member.flow["name"]].values() if not each["zero"])


def frozen_products(model: dict, member: Member) -> float:
    """Products of a kernel and a vector until the flow on a frozen kernel ends."""
    return count(model["flows"][FROZEN]["products"], member._replace(flow={"name": FROZEN}, sqrt_h_alpha=1.0))


def read(path: Path) -> dict:
    """A model as `crossover bench work` wrote it.

    Raises
    ------
    ValueError
        When the file is not one.
    """
    return read_json(path, "work")


def read_json(path: Path, kind: str) -> dict:
    """A file that a benchmark wrote, of its kind."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: {error}; make it with crossover bench {kind}") from error
    if not isinstance(content, dict) or content.get("kind") != kind:
        raise ValueError(f"{path}: not a file of crossover bench {kind}; name one, or make it")
    return content
