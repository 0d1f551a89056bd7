"""`crossover diff`: compare two files or the results of two runs. Its exit codes stand in docs/diff.md."""

import io
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from crossover import schema, tolerances

app = typer.Typer()
PANELS = 6  # of a figure, where no variables are named
NOT_COMPARED = 3
VARIABLES = {name for kind in schema.KINDS.values() for name in kind}


def _tolerances(texts: list[str]) -> dict[str, tolerances.Tolerance]:
    known = VARIABLES | set(schema.COORDINATES) | {"claims"}
    found = {}
    for text in texts:
        name, _, numbers = text.partition("=")
        try:
            absolute, relative = map(float, numbers.split(","))
            if name not in known or not (absolute >= 0 and relative >= 0):
                raise ValueError
        except ValueError:
            raise typer.BadParameter(
                f"{text!r}: wanted NAME=ABSOLUTE,RELATIVE with a variable of the schema and two numbers of at least 0"
            ) from None
        found[name] = tolerances.Tolerance(absolute, relative, "as asked")
    return found


@app.command()
def diff(
    a: Annotated[Path, typer.Argument(help="A file, or a results folder: the baseline.")],
    b: Annotated[Path, typer.Argument(help="The file or folder to compare with it.")],
    atol: Annotated[float | None, typer.Option(min=0, help="Absolute tolerance of all that is not exact.")] = None,
    rtol: Annotated[float | None, typer.Option(min=0, help="Relative tolerance of all that is not exact.")] = None,
    tolerance: Annotated[list[str], typer.Option(help="NAME=ABSOLUTE,RELATIVE of one variable; may be given again.")] = [],  # noqa: B006
    common: Annotated[bool, typer.Option("--common", help="List what one side alone has, but do not count it.")] = False,
    level: Annotated[float, typer.Option(min=0, max=1, help="Chance of calling equal science different.")] = 0.05,
    json: Annotated[str | None, typer.Option(help="Write JSON to this file; - is the terminal, without the tables.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the differences over (alpha, h) to this PNG or PDF.")] = None,
    variable: Annotated[list[str], typer.Option(help="A variable of the figure; may be given again.")] = [],  # noqa: B006
) -> None:
    """Compare two files or results folders: 0 identical, 1 within tolerance or insignificant, 2 different, 3 not comparable."""
    named = _tolerances(tolerance)
    if unknown := sorted(set(variable) - VARIABLES):
        raise typer.BadParameter(f"--variable {unknown[0]}: no such variable in the schema")
    try:
        code = _compare(a, b, named, (atol, rtol, common, level), json=json, html=html, figure=figure, names=variable)
    except (ValueError, OSError, MemoryError) as error:  # 1 would say that nothing differs
        print(f"crossover: {error}", file=sys.stderr)
        code = NOT_COMPARED
    raise typer.Exit(code)


def _compare(a: Path, b: Path, named: dict, options: tuple, *, json, html, figure, names: list[str]) -> int:
    """Compare, show and write; gives the exit code."""
    from crossover import figures
    from crossover.diff import as_json, tables
    from crossover.diff.folders import diff as compare
    from crossover.diff.result import Options
    from crossover.figures import difference
    from crossover.files import write_text

    found = compare(a, b, Options(named, *options))
    panels = _panels(found, names)
    if json == "-":
        sys.stdout.write(as_json.as_json(found))
    else:
        terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if terminal else 150
        sys.stdout.write(tables.as_text(found, width=width, colour=terminal))
    if json and json != "-":
        write_text(as_json.as_json(found), Path(json))
    if html:
        write_text(tables.as_html(found, image=_png(panels)), html)
    if figure and panels:
        figures.save(difference.draw(panels), [figure])
    elif figure:
        print(f"crossover: {figure} is not drawn: no variable to show over the plane of alpha and h", file=sys.stderr)
    return int(found.verdict)


def _panels(found, names: list[str]) -> list:
    """The maps of the named variables, else of those that differ most."""
    from crossover.figures.difference import Panel

    mapped = [
        (file, variable)
        for file in found.files
        for variable in file.variables
        if variable.plane is not None and variable.test != "not counted" and (variable.name in names or not names)
    ]
    if not names:
        differing = [pair for pair in mapped if pair[1].verdict]
        mapped = sorted(differing, key=lambda pair: (-pair[1].verdict, -pair[1].largest[0].excess))[:PANELS]
    several = len(found.files) > 1
    panels = []
    for file, variable in mapped:
        label = "(B - A) / max(|A|, |B|)" if variable.tolerance.is_relative else "B - A"
        for L in variable.plane["L"].values:
            where = f"{Path(file.name).stem}: " if several else ""
            deep = f", L = {L}" if variable.plane.sizes["L"] > 1 else ""
            panels.append(Panel(f"{where}{variable.name}{deep}", label, variable.plane.sel(L=L)))
    return panels


def _png(panels: list) -> bytes:
    if not panels:
        return b""
    from crossover.figures import difference

    buffer = io.BytesIO()
    difference.draw(panels).savefig(buffer, format="png", dpi=130)
    return buffer.getvalue()


@app.command()
def baseline(
    results: Annotated[Path, typer.Argument(help="The folder results/<run> of a finished run.")],
    folder: Annotated[Path, typer.Argument(help="The folder to write, for instance baselines/demo.")],
) -> None:
    """Keep the summary cubes (without replicates) and claims of a run as a baseline for `crossover diff`."""
    from crossover.diff.baseline import keep

    for path in keep(results, folder):
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
