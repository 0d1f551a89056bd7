"""The commands for people that look at files and join them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crossover.cli.common import Output

app = typer.Typer()
Files = Annotated[list[Path], typer.Argument(help="NetCDF files of the pipeline.")]


@app.command()
def show(files: Files) -> None:
    """Print what files hold and how they were made; exit code 1 when one breaks the contract or was changed since."""
    from crossover import show

    failed = False
    for path in files:
        try:
            text, intact = show.as_text(path)
            print(text)
        except (ValueError, OSError) as error:
            print(f"crossover: {error}", file=sys.stderr)
            failed = True
        else:
            failed = failed or not intact
    if failed:
        raise typer.Exit(1)


@app.command()
def merge(files: Files, output: Output) -> None:
    """Join cubes of one experiment, or members or kernels of one point; cells that two have must be equal."""
    from crossover import merge

    sizes = merge.merge(files, output)
    print(f"{output}: {len(files)} files, {', '.join(f'{dim} {size}' for dim, size in sizes.items())}")
