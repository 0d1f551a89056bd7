"""The plan of a run: its jobs summed over what is declared under a name. Standard library only."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from crossover import config, grid
from crossover.axes import axis
from crossover.plan.jobs import Estimate, Planner


class Row(NamedTuple):
    """The jobs of a name, or of all: their number and sums; gb is that of the largest job, disk in bytes."""

    name: str
    members: int
    jobs: int
    evaluations: float
    flops: float
    hours: float
    longest: float  # hours of the longest job
    gb: float
    disk: float


def _row(name: str, estimates: list[Estimate], more_disk: float = 0.0) -> Row:
    return Row(
        name,
        sum(each.members for each in estimates if each.stage != "kernels"),
        len(estimates),
        sum(each.evaluations for each in estimates),
        sum(each.flops for each in estimates),
        sum(each.seconds for each in estimates) / 3600,
        max(each.seconds for each in estimates) / 3600,
        max(each.gb for each in estimates),
        sum(each.disk for each in estimates) + more_disk,
    )


def names(run: dict) -> list[str]:
    """Everything that the run makes cubes of, draws or judges, and what that is made from, each once."""
    wanted = dict.fromkeys(run["wanted"]["experiments"])
    for kind in ("figures", "tables"):
        wanted |= dict.fromkeys(each for name in run["wanted"][kind] for each in run[kind][name]["roles"].values())
    wanted |= dict.fromkeys(each for claim in run["claims"].values() for each in claim["roles"].values())
    pairs = [run["pairs"][name] for name in wanted if name in run["pairs"]]
    wanted |= dict.fromkeys(pair[side] for pair in pairs for side in ("first", "second"))
    return list(wanted)


def estimates(planner: Planner) -> dict[str, list[Estimate]]:
    """The jobs under each name; of an experiment that only a Gram matrix needs, the job that trains its member."""
    run, found = planner.run, {}
    for name in names(run):
        if name in run["experiments"]:
            found[name] = list(planner.of_experiment(name, grid.jobs(name, run["experiments"][name])))
        elif name in run["initial"]:
            found[name] = [planner.initial(name)]
    for name in names(run):
        if name in run["grams"]:
            found[name] = [planner.gram(name)]
            if run["grams"][name]["experiment"] not in found:
                found[name].insert(0, planner.train(config.gram_job(run, name)))
    return found


def cube_bytes(experiment: dict, jobs: Iterable[Estimate], replicates: int) -> float:
    """Of the raw cube, which holds again what the files of the jobs hold but the weights, and of the summary's replicates.

    Both are compressed on disk; here they are not.
    """
    points, times = len(grid.points(experiment)), len(axis(experiment["curve"]))
    outputs = sum(each.members * experiment["n_test"] * 4 * (2 if each.stage == "kernels" else 1) for each in jobs)
    curves = sum(each.members * times * 4 * 3 for each in jobs if each.stage == "train")
    return outputs + curves + points * replicates * times * 4


def rows(planner: Planner, *, replicates: int, stage: Callable[[Estimate], bool] = lambda each: True) -> list[Row]:
    """A row for each name and the total; of some stages alone where asked."""
    found, everything = [], []
    for name, jobs in estimates(planner).items():
        kept, experiment = list(filter(stage, jobs)), planner.run["experiments"].get(name)
        if kept:
            found.append(_row(name, kept, cube_bytes(experiment, kept, replicates) if experiment else 0.0))
            everything += kept
    disk = sum(row.disk for row in found) - sum(each.disk for each in everything)
    return [*found, _row("total", everything, disk)] if everything else []
