"""Seconds of a job: its terms (what it does, counted) times the rates of a device (`crossover bench device`)."""

from collections.abc import Sequence
from pathlib import Path

from crossover.plan.flops import Shape
from crossover.plan.work import Work, read_json

# What the seconds of a job are linear in; each has a rate in each precision. Flops are multiplications and additions.
TERMS = {
    "calls": "steps of a batch of members: evaluations and kernels of the member that takes most",
    "member_calls": "the same of every member",
    "flops": "of evaluations of networks of vectors",
    "activations": "values of the activation in evaluations of networks of vectors",
    "weights": "weights moved: evaluations of a member times its weights",
    "kernel_flops": "of kernels and Gram matrices of networks of vectors",
    "kernel_entries": "entries of kernels that flows hold: what is done with each once it is there",
    "product_calls": "products of a kernel and a vector, of the member of a batch that takes most",
    "member_product_calls": "the same of every member: once members have parted their products are taken one by one",
    "product_flops": "of these products, of all members",
    "convolution_calls": "evaluations of networks of convolutions times their layers: each member by itself",
    "convolution_flops": "of these evaluations",
    "convolution_kernel_flops": "of kernels and Gram matrices of networks of convolutions",
    "adam_steps": "steps of Adam times layers of networks of vectors, each member by itself",
    "convolution_adam_steps": "the same of networks of convolutions",
}
MEASURED = Path("results/bench/device.json")  # where crossover bench device writes
OUTPUTS = 1 / 3  # of the flops of an evaluation: outputs alone, without gradient
EVALUATIONS = 3  # of a tangent step, which takes one kernel
FOLLOWED = 3  # outputs on the points that are followed, in a tangent step; and two kernels of the training patterns with them


def _evaluations(shape: Shape, n: int, count: float, *, calls: float, moved: float) -> dict[str, float]:
    """Terms of so many evaluations on n patterns, of all members together; ``moved`` of them move the weights."""
    of_one = shape.flops(n)
    if shape.convolves:
        return {"convolution_flops": count * of_one.evaluation, "convolution_calls": count * shape.L}
    return {
        "calls": calls,
        "flops": count * of_one.evaluation,
        "activations": count * of_one.activations,
        "weights": moved * shape.weights,
    }


def _kernel(shape: Shape) -> str:
    return "convolution_kernel_flops" if shape.convolves else "kernel_flops"


def added(*parts: dict[str, float]) -> dict[str, float]:
    """The sum of terms."""
    return {name: sum(part.get(name, 0.0) for part in parts) for name in TERMS}


def training(
    shape: Shape,
    works: Sequence[Work],
    *,
    flow: dict,
    n: int,
    n_test: int,
    output_points: int,
    at_once: int,
    slowest: float = 1.0,
) -> dict[str, float]:
    """Terms of training members of these works on n patterns, ``at_once`` of them as one batch.

    Where works are means over seeds, the member of a batch that takes most takes ``slowest`` times as much.
    """
    batches = [works[first : first + at_once] for first in range(0, len(works), at_once)]
    evaluations = sum(work.evaluations for work in works)
    calls = slowest * sum(max(work.evaluations + work.kernels for work in batch) for batch in batches)
    followed = _followed(shape, works, flow["name"], n, output_points) if output_points else {}
    tested = _evaluations(shape, n_test, OUTPUTS * len(works), calls=0, moved=0)
    if flow["name"] == "adam":
        steps = evaluations * n / flow["batch_size"]
        flops = _evaluations(shape, n, evaluations, calls=0, moved=steps) | {"convolution_calls": 0.0}
        return added(flops, {f"{'convolution_' * shape.convolves}adam_steps": steps * shape.L}, followed, tested)
    inner = shape.on_span(n)
    everyone = {"member_calls": evaluations + sum(work.kernels for work in works)} if not shape.convolves else {}
    parts = _evaluations(inner, n, evaluations, calls=calls, moved=evaluations)
    kernels = sum(work.kernels for work in works)
    made = {_kernel(shape): kernels * inner.flops(n).kernel, "kernel_entries": kernels * float(n**2)}
    multiplied = products([[work.products for work in batch] for batch in batches], n, slowest=slowest)
    return added(everyone, parts, made, multiplied, followed, tested)


def _followed(shape: Shape, works: Sequence[Work], flow: str, n: int, points: int) -> dict[str, float]:
    """Terms of the outputs on points that are followed: a pass at each time, but what a tangent step does at those inside it.

    Of auto those are the times of the share of evaluations that tangent steps take. Kernels are counted without their factors.
    """
    steps, passes, shape = 0.0, 0.0, shape if flow == "adam" else shape.on_span(n)
    for work in works:
        share = {"tangent": 1.0, "auto": min(1.0, EVALUATIONS * work.kernels / max(work.evaluations, 1.0))}.get(flow, 0.0)
        of_member = min(share * work.times, work.kernels)
        steps, passes = steps + of_member, passes + FOLLOWED * of_member + (1 - share) * work.times
    found = _evaluations(shape, points, OUTPUTS * passes, calls=0, moved=0)
    return found | {_kernel(shape): 2 * steps * shape.gram(n, points)}


def products(batches: Sequence[Sequence[float]], n: int, *, slowest: float) -> dict[str, float]:
    """Terms of products of kernels of n patterns and vectors, so many of each member of each batch."""
    everyone = sum(map(sum, batches))
    calls = slowest * sum(max(batch) for batch in batches)
    return {"product_calls": calls, "member_product_calls": everyone, "product_flops": everyone * 2.0 * n**2}


def kernel_job(
    shape: Shape, counts: Sequence[float], *, alike: int, n: int, n_test: int, points: int, at_once: int, slowest: float = 1.0
) -> dict[str, float]:
    """Terms of the kernels of members whose frozen flows take so many products, ``alike`` members being one at w0.

    Two kernels on ``points`` test patterns, of which one is subtracted from the other, and for each frozen flow the kernels of
    the training patterns and of the test patterns with them.
    """
    flows = [*counts[: len(counts) // alike], *counts]
    batches = [flows[first : first + at_once] for first in range(0, len(flows), at_once)]
    grams = 2 * len(counts) * shape.gram(points, points) + len(flows) * (shape.gram(n, n) + shape.gram(n_test, n))
    return added({_kernel(shape): grams}, products(batches, n, slowest=slowest))


def rates(device: dict, dtype: str, threads: int = 1) -> dict[str, float]:
    """Seconds per unit of each term.

    Raises
    ------
    ValueError
        When the device was not measured with so many threads, or not for all terms.
    """
    measured = device["threads"]
    if str(threads) not in measured:
        raise ValueError(f"device {device['name']!r}: not measured with {threads} threads, only with {', '.join(measured)}")
    found = measured[str(threads)][dtype]
    if missing := [name for name in TERMS if name not in found]:
        raise ValueError(f"device {device['name']!r}: no rate of {', '.join(missing)}; measure it again: crossover bench device")
    return found


def seconds(of_unit: dict[str, float], terms: dict[str, float]) -> float:
    """Seconds of the terms of a job."""
    return sum(of_unit[name] * amount for name, amount in terms.items())


def file_of(root: Path, name: str = "") -> Path:
    """The file of a device, by its name in config/devices or its path; without, that of this machine, else the first there.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    shipped = {path.stem: path for path in sorted((root / "config" / "devices").glob("*.json"))}
    if not name:
        return MEASURED if MEASURED.is_file() else next(iter(shipped.values()), MEASURED)
    if name not in shipped and not Path(name).is_file():
        raise ValueError(
            f"device {name!r}: no such file, and config/devices has {', '.join(shipped) or 'none'}; see docs/plan.md"
        )
    return shipped.get(name, Path(name))


def read(path: Path) -> dict:
    """A device as `crossover bench device` wrote it.

    Raises
    ------
    ValueError
        When the file is not one.
    """
    return read_json(path, "device")
