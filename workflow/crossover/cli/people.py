"""The commands that people call."""

from pathlib import Path
from typing import Annotated

import typer

from crossover.cli.common import Device, Threads, torch_device

app = typer.Typer()


@app.command("check-reference")
def check_reference(
    file: Annotated[Path, typer.Argument(help="A reference file.")],
    flow: Annotated[str, typer.Option(help="auto, rkc, tangent or euler.")] = "auto",
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    device: Device = "auto",
    threads: Threads = 1,
    tolerance: Annotated[float, typer.Option(help="Largest relative error of F_test that passes.")] = 7e-4,
) -> None:
    """Run a flow on a reference file and compare; exit code 1 when an error of F_test is over the tolerance."""
    from crossover import reference

    rows = reference.compare(file, flow=flow, dtype=dtype, device=torch_device(device, threads))
    print(reference.table(rows, tolerance))
    if not all(row.F_error <= tolerance for row in rows):
        raise typer.Exit(1)
