"""Two files or two results folders, by the relative paths of their files."""

from pathlib import Path

from crossover.diff.cube import diff_files
from crossover.diff.judged import diff_claims
from crossover.diff.result import Diff, FileDiff, Options, Verdict

# What is compared of two results folders: members and kernels of single jobs are in the cubes.
PARTS = ("cubes", "summary", "claims.json")


def diff(a: Path, b: Path, options: Options) -> Diff:
    """Compare two files, or two results folders by the relative paths of their cubes, summary cubes and claims.

    Of two folders only the parts that both have are compared (a baseline may hold no raw cubes); within a part, a file that
    one folder alone has counts like a cell that one file alone has.
    """
    if a.is_dir() and b.is_dir():
        return _folders(a, b, options)
    for path in (a, b):
        if not path.is_file():
            what = "is a folder, the other a file" if path.is_dir() else "is not there"
            reason = f"{path}: {what}; name two files or two results folders"
            return _of(a, b, [FileDiff(a.name, str(a), str(b), Verdict.NOT_COMPARABLE, reason=reason)])
    return _of(a, b, [_file(a, b, options, a.name)])


def _of(a: Path, b: Path, files: list[FileDiff]) -> Diff:
    return Diff(str(a), str(b), max(file.verdict for file in files), files)


def _file(a: Path, b: Path, options: Options, name: str) -> FileDiff:
    either = diff_claims if {a.suffix, b.suffix} == {".json"} else diff_files
    return either(a, b, options, name=name)


def _found(folder: Path, part: str) -> list[str]:
    path = folder / part
    files = sorted(path.glob("*.nc")) if path.is_dir() else [path] if path.is_file() else []
    return [str(file.relative_to(folder)) for file in files]


def _folders(a: Path, b: Path, options: Options) -> Diff:
    found = {part: (_found(a, part), _found(b, part)) for part in PARTS}
    both = [part for part, sides in found.items() if all(sides)]
    not_compared = tuple([part for part, sides in found.items() if sides[k] and not sides[1 - k]] for k in (0, 1))
    names = [name for part in both for name in found[part][0] if name in found[part][1]]
    if not names:
        reason = f"{a} and {b} share no file under {', '.join(PARTS)}; name two folders results/<run>"
        return _of(a, b, [FileDiff("", str(a), str(b), Verdict.NOT_COMPARABLE, reason=reason)])
    level = options.level / len(names)  # of all files together
    result = _of(a, b, [_file(a / name, b / name, options._replace(level=level), name) for name in names])
    alone = tuple([n for part in both for n in found[part][k] if n not in found[part][1 - k]] for k in (0, 1))
    worst = result.verdict
    if any(alone):
        worst = max(worst, Verdict.WITHIN if options.common else Verdict.DIFFERENT)
    return result._replace(verdict=worst, files_only=alone, not_compared=not_compared)
