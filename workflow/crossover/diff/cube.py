"""Two files of the pipeline: coordinates, statuses, variables and provenance."""

from pathlib import Path

import numpy as np
import xarray as xr

from crossover import cubes, schema, tolerances
from crossover.diff import error_bars, provenance, variables
from crossover.diff.align import Axis, axes
from crossover.diff.result import Change, FileDiff, Options, VariableDiff, Verdict
from crossover.tolerances import Tolerance

# A summary may be kept without these: its error bars then come from its intervals.
SPARE = "_replicate"
# The curve of one member, to be drawn: the mean over the seeds has an error bar.
ONE_MEMBER = "rescaled_loss_first_seed"


class NotComparable(ValueError):
    """Two files that have nothing to be compared; ``rule`` names why."""

    def __init__(self, rule: str, message: str):
        super().__init__(f"{message} (rule {rule})")
        self.rule = rule


def diff_files(a: Path, b: Path, options: Options, *, name: str = "") -> FileDiff:
    """Compare two files; NOT_COMPARABLE with the reason where one cannot be read, fails the contract or is another kind."""
    try:
        with cubes.read(a) as first, cubes.read(b) as second:
            check(first, second, a, b)
            return _diff(first, second, options, name=name, paths=(str(a), str(b)))
    except (ValueError, OSError) as error:
        return FileDiff(name, str(a), str(b), Verdict.NOT_COMPARABLE, reason=str(error), rule=getattr(error, "rule", ""))


def check(first: xr.Dataset, second: xr.Dataset, a: Path, b: Path) -> None:
    """Refuse files of two kinds, and of two experiments."""
    for rule in ("kind", "experiment"):
        found = [data.attrs.get(rule, "none") for data in (first, second)]
        if found[0] != found[1]:
            raise NotComparable(f"same {rule}", f"{a} has {rule} {found[0]}, {b} has {found[1]}; compare files of one {rule}")


def _diff(a: xr.Dataset, b: xr.Dataset, options: Options, *, name: str, paths: tuple[str, str]) -> FileDiff:
    along = axes(a, b)
    there, cells = _cells(a, b, along)
    statuses = [change for flag in sorted(schema.FLAGS) for change in _changes(a, b, flag, along)]
    both = [str(variable) for variable in a.variables if variable in b.variables and variable not in a.dims]
    only = (
        [v for v in map(str, a.variables) if v not in b.variables],
        [v for v in map(str, b.variables) if v not in a.variables],
    )
    lengths = {dim: axis.lengths for dim, axis in along.items() if axis.lengths and dim != "replicate"}
    comparable = [v for v in both if not any(along[dim].lengths for dim in a[v].dims)]
    found = _variables(a, b, comparable, along, there, options)
    labels = {dim: (axis.only_a, axis.only_b) for dim, axis in along.items() if axis.only_a or axis.only_b}
    result = FileDiff(
        name=name,
        a=paths[0],
        b=paths[1],
        verdict=Verdict.IDENTICAL,
        kind=a.attrs["kind"],
        only=labels,
        lengths=lengths,
        cells=cells,
        variables_only=only,
        statuses=statuses,
        variables=found,
        provenance=provenance.changes(a.attrs, b.attrs),
    )
    return result._replace(verdict=_verdict(result, options, moved=_moved_labels(a, b, along)))


def _moved_labels(a: xr.Dataset, b: xr.Dataset, along: dict[str, Axis]) -> bool:
    """Whether labels that count as equal differ in their last bits."""
    labelled = [(dim, axis) for dim, axis in along.items() if axis.labels is not None]
    return any((a[dim].values[axis.a] != b[dim].values[axis.b]).any() for dim, axis in labelled)


def _verdict(found: FileDiff, options: Options, *, moved: bool) -> Verdict:
    """The worst of the variables; what one file alone has counts as different, unless only the common part is asked for."""
    worst = max([variable.verdict for variable in found.variables], default=Verdict.IDENTICAL)
    if found.statuses:
        worst = Verdict.DIFFERENT
    missing = [v for side in found.variables_only for v in side if not v.endswith(SPARE)]
    if found.only or found.lengths or any(found.cells) or missing:
        worst = max(worst, Verdict.WITHIN if options.common else Verdict.DIFFERENT)
    return max(worst, Verdict.WITHIN) if moved else worst


def _cells(a: xr.Dataset, b: xr.Dataset, along: dict[str, Axis]) -> tuple[xr.DataArray | None, tuple[list, list]]:
    """Cells of the common labels that both grids have, and those that one alone has."""
    name = {"summary": "seeds_wanted"}.get(a.attrs["kind"], "status")
    if name not in a or name not in b or not set(schema.POINT) <= set(a[name].dims):
        return None, ([], [])
    first, second = (_common(data[name], along, side) != 0 for data, side in ((a, "a"), (b, "b")))
    alone = tuple(
        [_at(first, place) for place in np.argwhere(here.values & ~other.values)]
        for here, other in ((first, second), (second, first))
    )
    return first & second, alone


def _common(data: xr.DataArray, along: dict[str, Axis], side: str) -> xr.DataArray:
    """The common part of a small variable, under the labels of the first file."""
    cut = data.isel({dim: getattr(along[dim], side) for dim in data.dims}).load()
    return xr.DataArray(cut.values, dims=cut.dims, coords={dim: along[dim].labels for dim in cut.dims})


def _at(array: xr.DataArray, place: np.ndarray) -> dict:
    return {str(dim): array[dim].values[k].item() for dim, k in zip(array.dims, place, strict=True)}


def _changes(a: xr.Dataset, b: xr.Dataset, flag: str, along: dict[str, Axis]) -> list[Change]:
    """Statuses that changed, cells that one grid alone has left out."""
    if flag not in a or flag not in b or "seed" not in a[flag].dims:
        return []
    first, second = _common(a[flag], along, "a"), _common(b[flag], along, "b")
    names = {code: meaning for meaning, code in schema.FLAGS[flag].items()}
    there = (_common(a["status"], along, "a") != 0) & (_common(b["status"], along, "b") != 0) if "status" in a else True
    changed = (first != second) & there
    return [
        Change(flag, _at(first, place), *(names[int(array.values[tuple(place)])] for array in (first, second)))
        for place in np.argwhere(changed.values)
    ]


def _variables(a, b, names: list[str], along: dict[str, Axis], there, options: Options) -> list[VariableDiff]:
    """The variables that both files have, flags left to the statuses."""
    names = [name for name in names if not (name in schema.FLAGS and "seed" in a[name].dims)]
    kinds = {name: _test_kind(a, name) for name in names}
    tested = sum(kind in ("paired", "combined") for kind in kinds.values())
    both = error_bars.sides(a, b, along)
    found = []
    for name in names:
        first, second = a[name], b[name]
        cells = int(np.prod([along[dim].size for dim in first.dims if dim != "seed"]))
        if kinds[name] == "paired":  # the mean over seeds, and each seed
            cells *= 1 + along["seed"].size
        p = error_bars.p_of(both, name, first.dims) if kinds[name] == "combined" else None
        replicates = error_bars.replicates(both, name) if p else 1
        test = variables.Test(kinds[name], p, options.level / max(1, tested * cells), replicates)
        found.append(variables.diff(first, second, along, _tolerance(name, options), test, there))
    return found


def _test_kind(data: xr.Dataset, name: str) -> str:
    """How differences of a variable are tested: over its seeds, by its error bar, or not; or it is not counted."""
    if name.endswith(tolerances.ERROR_BARS) or name == ONE_MEMBER:
        return "not counted"
    if name in schema.OBSERVABLES:
        return "combined"
    return "paired" if "seed" in data[name].dims and data[name].dtype.kind in "fiu" else "none"


def _tolerance(name: str, options: Options) -> Tolerance:
    for ending in ("", *tolerances.ERROR_BARS):
        if name.removesuffix(ending) in options.tolerances:
            return options.tolerances[name.removesuffix(ending)]
    usual = tolerances.of(name)
    if usual.exact or (options.absolute is None and options.relative is None):
        return usual
    absolute = usual.absolute if options.absolute is None else options.absolute
    relative = usual.relative if options.relative is None else options.relative
    return Tolerance(absolute, relative, "as asked")
