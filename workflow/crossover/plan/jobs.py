"""The jobs of a run and what each will take. Standard library only."""

from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import NamedTuple

from crossover import config, grid, memory, sources
from crossover.axes import axis
from crossover.plan import device as of_device
from crossover.plan import work
from crossover.plan.flops import Shape
from crossover.plan.work import Member, Work, expected, frozen_products, slowest

WEIGHT_BYTES, OUTPUT_BYTES = 4, 4  # of a weight's change, of an output in a file
CURVES = 3  # values kept for each time of the curve


class Estimate(NamedTuple):
    """What a job will take; ``path`` is its name below a stage's folder.

    evaluations : of the network or its gradient on the training set, of all members
    flops : multiplications and additions
    seconds : on the device of the plan; gb : its memory at the peak; disk : bytes of its files
    """

    stage: str
    path: str
    members: int
    evaluations: float
    flops: float
    seconds: float
    gb: float
    disk: float


class Planner(NamedTuple):
    """A resolved run (`crossover.config.load`), a device and a model of the work (`crossover.bench`)."""

    run: dict
    device: dict
    model: dict

    @classmethod
    def of(cls, run: dict, root: Path, name: str = "") -> "Planner":
        """The planner of a run on a named device (`crossover.plan.device.file_of`), with the model of the work in config."""
        return cls(run, of_device.read(of_device.file_of(root, name)), work.read(root / "config" / "work.json"))

    def of_experiment(self, name: str, jobs: list[grid.Job]) -> Iterator[Estimate]:
        """Training and kernels of some jobs of an experiment."""
        for job in jobs:
            yield self.train(job)
            if self.run["experiments"][name]["kernel_points"]:
                yield self.kernels(job)

    def shape(self, described: dict, h: int, L: int) -> Shape:
        """The network of an experiment, or of what is measured at w0, at a width and a depth."""
        dataset = self.run["datasets"][described["dataset"]]
        source = self.run["sources"][dataset["source"]]
        d, image = sources.dimension(dataset, source), tuple(sources.image_shape(dataset, source))
        return Shape(described["network"], d, h, L, image or None)

    def works(self, job: grid.Job) -> list[Work]:
        """The work expected of each member of a job."""
        described = self.run["experiments"][job.experiment]
        d, limit = self.shape(described, job.h, job.L).d, described["limits"]["evaluations"]
        members = (self._member(described, d, job.h, job.L, a) for a in job.sqrt_h_alpha)
        of_alpha = (expected(self.model, member, limit=limit) for member in members)
        return [work for work in of_alpha for _ in range(job.seeds)]

    def _member(self, described: dict, d: int, h: int, L: int, a: float) -> Member:
        return Member(
            described["flow"], described["network"], described["n"], d, h, L, a, described.get("subtract_initial", True)
        )

    def _seconds(self, dtype: str, terms: dict[str, float], limit: float = inf) -> float:
        """Of a job: its start and its terms, which end at a limit. One thread, as the rules ask for."""
        seconds = of_device.seconds(of_device.rates(self.device, dtype), terms)
        return self.device["threads"]["1"]["start"] + min(seconds, limit)

    def train(self, job: grid.Job) -> Estimate:
        """Of training."""
        described = self.run["experiments"][job.experiment]
        shape, works = self.shape(described, job.h, job.L), self.works(job)
        n, n_test, points = described["n"], described["n_test"], described.get("output_points", 0)
        dtype = config.training_dtype(described)
        more = {"dtype": dtype, "output_points": points, "patterns_at_once": described.get("patterns_at_once")}
        each = memory.member_gb(shape.size, n=n, flow=described["flow"]["name"], **more)
        shared = memory.shared_gb(shape.size, n=n, n_test=n_test, members=len(works))
        fitting = int((self.run["memory_gb"] - memory.BASE_GB - shared) / each)
        at_once = min(len(works), max(1, fitting))  # what does not fit is planned as it is: the plan shows its memory
        sizes = {"n": n, "n_test": n_test, "output_points": points, "at_once": at_once}
        sizes["slowest"] = slowest(self.model, self._member(described, shape.d, job.h, job.L, 1.0)) if job.seeds > 1 else 1.0
        terms = of_device.training(shape, works, flow=described["flow"], **sizes)
        of_curve = CURVES * len(axis(described["curve"])) * OUTPUT_BYTES
        disk = len(works) * (n_test * OUTPUT_BYTES + of_curve + shape.weights * WEIGHT_BYTES)
        evaluations, seconds = (
            sum(work.evaluations for work in works),
            self._seconds(dtype, terms, described["limits"]["seconds"]),
        )
        gb = memory.BASE_GB + shared + at_once * each
        return Estimate("train", job.name, len(works), evaluations, flops_of(terms), seconds, gb, disk)

    def kernels(self, job: grid.Job) -> Estimate:
        """Of the kernels and the flows on frozen ones."""
        described = self.run["experiments"][job.experiment]
        shape, n, n_test = self.shape(described, job.h, job.L), described["n"], described["n_test"]
        points, dtype = described["kernel_points"], "float64" if described["dtype"] == "auto" else described["dtype"]
        counts = [frozen_products(self.model, self._member(described, shape.d, job.h, job.L, 1.0))] * job.members
        alike = described.get("subtract_initial", True) and described["flow"]["name"] != "momentum"
        at_once = max(1, int(1e9 * memory.BATCH_GB / (8 * (n**2 + 2 * shape.flops(n).activations))))
        sizes = {"n": n, "n_test": n_test, "points": points, "at_once": at_once}
        terms = of_device.kernel_job(shape, counts, alike=len(job.sqrt_h_alpha) if alike else 1, **sizes)
        gb = memory.kernels_gb(shape.size, n=n, n_test=n_test, kernel_points=points, members=job.members)
        disk = job.members * 2 * n_test * OUTPUT_BYTES
        return Estimate("kernels", job.name, job.members, 0.0, flops_of(terms), self._seconds(dtype, terms), gb, disk)

    def initial(self, name: str) -> Estimate:
        """Of what is measured at w0: values, their rates and gradients are about two evaluations with gradient each."""
        described = self.run["initial"][name]
        parts, evaluations = [], 0.0
        for h in described["h"]:
            works = [Work(2.0, 0.0, 0.0, 0.0)] * described["seeds"]
            evaluations += 2.0 * len(works)
            sizes = {"n": described["n"], "n_test": 0, "output_points": 0, "at_once": 1}
            parts.append(of_device.training(self.shape(described, h, described["L"]), works, flow={"name": "rkc"}, **sizes))
        terms, widest = of_device.added(*parts), self.shape(described, max(described["h"]), described["L"])
        gb = memory.BASE_GB + memory.shared_gb(widest.size, n=described["n"], n_test=described["n_test"], members=1)
        seconds, members = self._seconds("float64", terms), described["seeds"] * len(described["h"])
        disk = members * (2 * described["L"] + 1) * 8.0
        return Estimate("initial", name, members, evaluations, flops_of(terms), seconds, gb, disk)

    def gram(self, name: str) -> Estimate:
        """Of two kernels of one member, point by point."""
        points, job = self.run["grams"][name]["points"], config.gram_job(self.run, name)
        shape = self.shape(self.run["experiments"][job.experiment], job.h, job.L)
        kind = "convolution_kernel_flops" if shape.convolves else "kernel_flops"
        terms = of_device.added({kind: 2 * shape.flops(points).kernel})
        seconds, disk = self._seconds("float64", terms), 2.0 * 8 * points**2
        return Estimate("gram", name, 1, 0.0, flops_of(terms), seconds, memory.BASE_GB + disk / 1e9, disk)


def flops_of(terms: dict[str, float]) -> float:
    """Multiplications and additions among the terms of a job."""
    return sum(amount for name, amount in terms.items() if name.endswith("flops"))
