"""`crossover bench`: measure on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from crossover.cli.common import Device, Threads, device_name, torch_device

app = typer.Typer(no_args_is_help=True)


@app.command("flow")
def bench_flow(
    quick: Annotated[bool, typer.Option("--quick", help="Two small problems, a check of seconds.")] = False,
    output: Annotated[Path, typer.Option(help="The folder to write flow.nc, flow.md, flow.png and flow.pdf to.")] = Path(
        "results/bench"
    ),
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each method; the median of their seconds is kept.")] = 1,
    sizes: Annotated[list[int], typer.Option(help="Numbers of patterns n to take; all of them without.")] = [],  # noqa: B006
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Compare the flows euler and auto on real data: evaluations, flops, seconds, errors against a tight run."""
    from crossover import cubes, figures
    from crossover.bench import flow, machine, table
    from crossover.files import write_text

    on, plan = torch_device(device, threads), (flow.QUICK if quick else flow.FULL).of_sizes(sizes)
    attrs = cubes.provenance(
        kind="bench",
        title="Flows compared",
        spec=plan.text(repeats),
        device=device_name(on),
        threads=str(threads),
        repeats=str(repeats),
        **machine.described(),
    )
    measured = cubes.make("bench", flow.run(plan, repeats=repeats, device=on), attrs)
    cubes.write(measured, output / "flow.nc")
    write_text(table.as_markdown(measured), output / "flow.md")
    figures.save(figures.load("bench_flow")({"bench": measured}), [output / "flow.png", output / "flow.pdf"])
    print(table.as_text(measured))
