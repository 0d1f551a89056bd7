"""`crossover bench`: measure on this machine."""

import json
from pathlib import Path
from typing import Annotated

import typer

from crossover.cli.common import Device, Threads, device_name, file_digest, torch_device

app = typer.Typer(no_args_is_help=True)


Quick = Annotated[bool, typer.Option("--quick", help="Small problems, a check of seconds.")]
Repeats = Annotated[int, typer.Option(min=1, help="Runs of each method; the median of their seconds is kept.")]
Sizes = Annotated[list[int], typer.Option(help="Numbers of patterns n to take; all of them without.")]
Folder = Annotated[Path, typer.Option(help="The folder to write a file NAME.nc, a table NAME.md and a figure to.")]


@app.command("flow")
def bench_flow(
    quick: Quick = False,
    output: Folder = Path("results/bench"),
    repeats: Repeats = 1,
    sizes: Sizes = [],  # noqa: B006
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Compare the flows euler and auto on real data: evaluations, flops, seconds, errors against a tight run."""
    from crossover.bench import flow

    plan = (flow.QUICK if quick else flow.FULL).of_sizes(sizes)
    _measure_flows(plan, "flow", "Flows compared", output=output, repeats=repeats, device=device, threads=threads)


@app.command("boundary")
def bench_boundary(
    quick: Quick = False,
    output: Folder = Path("results/bench"),
    repeats: Repeats = 1,
    sizes: Sizes = [],  # noqa: B006
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Show where the two methods of auto change places along sqrt(h) alpha: each alone, and auto."""
    from crossover.bench import flow

    plan = (flow.BOUNDARY_QUICK if quick else flow.BOUNDARY).of_sizes(sizes)
    _measure_flows(plan, "boundary", "Methods of auto alone", output=output, repeats=repeats, device=device, threads=threads)


def _measure_flows(plan, name: str, title: str, *, output: Path, repeats: int, device: str, threads: int) -> None:
    """Measure a plan of `crossover.bench.flow` and write what was found under a name."""
    from crossover import cubes, figures
    from crossover.bench import flow, machine, table
    from crossover.digest import code_digest
    from crossover.files import write_text

    on = torch_device(device, threads)
    attrs = cubes.provenance(
        kind="bench",
        title=title,
        spec=plan.text(repeats),
        rule=f"bench {name}",
        code=json.dumps({f"bench {name}": code_digest("bench.flow", flow.CHOICES)}),
        inputs={path.name: file_digest(path) for path in flow.FILES},
        device=device_name(on),
        threads=str(threads),
        repeats=str(repeats),
        **machine.described(),
    )
    measured = cubes.make("bench", flow.run(plan, repeats=repeats, device=on), attrs)
    cubes.write(measured, output / f"{name}.nc")
    write_text(table.as_markdown(measured), output / f"{name}.md")
    drawn = figures.load(f"bench_{name}")({"bench": measured}, {})
    figures.save(drawn, [output / f"{name}.png", output / f"{name}.pdf"])
    print(table.as_text(measured))


@app.command("cubes")
def bench_cubes(
    quick: Annotated[bool, typer.Option("--quick", help="A small cube, a check of seconds.")] = False,
    output: Annotated[Path, typer.Option(help="The table to write; some GB are needed beside it.")] = Path(
        "results/bench/cubes.md"
    ),
) -> None:
    """Measure size and seconds of an article-size raw cube by compression and chunks; its numbers are made."""
    from crossover.bench import storage
    from crossover.files import write_text

    table = storage.run(storage.QUICK if quick else storage.ARTICLE, output)
    write_text(table, output)
    print(table)


@app.command("kernels")
def bench_kernels(
    quick: Annotated[bool, typer.Option("--quick", help="Small matrices, a check of seconds.")] = False,
    output: Annotated[Path, typer.Option(help="The folder to write kernels.nc and kernels.md to.")] = Path("results/bench"),
    repeats: Annotated[int, typer.Option(min=1, help="Runs of the package's methods; the median of their seconds is kept.")] = 1,
    threads: Threads = 1,
) -> None:
    """Compare the analytic and the empirical kernels with straightforward ones: seconds, peak memory, differences."""
    from crossover import cubes
    from crossover.bench import kernels, kernels_table, machine
    from crossover.digest import code_digest
    from crossover.files import write_text

    plan = kernels.QUICK if quick else kernels.FULL
    attrs = cubes.provenance(
        kind="bench_kernels",
        title="Kernel matrices compared",
        spec=plan.text(repeats),
        code=json.dumps({"bench kernels": code_digest("bench.kernels")}),
        device="cpu",
        threads=str(threads),
        repeats=str(repeats),
        **machine.described(),
    )
    measured = cubes.make("bench_kernels", kernels.run(plan, repeats=repeats, threads=threads), attrs)
    cubes.write(measured, output / "kernels.nc")
    write_text(kernels_table.as_markdown(measured), output / "kernels.md")
    print(kernels_table.as_markdown(measured))


@app.command("ntk")
def bench_ntk(
    architecture: Annotated[str, typer.Option(help="fc, cnn or wide_resnet.")] = "cnn",
    n: Annotated[int, typer.Option(min=1, help="The kernel of n and n other points with n of them.")] = 500,
    h: Annotated[int, typer.Option(min=1, help="The width.")] = 50,
    L: Annotated[int, typer.Option("--L", min=1, help="The number of hidden layers.")] = 4,
    device: Device = "auto",
    threads: Threads = 2,
) -> None:
    """Measure seconds and memory of one tangent kernel, float64, on random images of 28 x 28."""
    from crossover.bench import ntk

    measured = ntk.run(architecture=architecture, n=n, h=h, L=L, device=torch_device(device, threads))
    print(", ".join(f"{name} {value:.4g}" for name, value in measured.items()))


@app.command("device")
def bench_device(
    quick: Annotated[bool, typer.Option("--quick", help="A few tiny jobs, a check of seconds; rates of no use.")] = False,
    name: Annotated[str, typer.Option(help="What the device is called; without, the model of the processor or card.")] = "",
    output: Annotated[Path, typer.Option(help="The file to write.")] = Path("results/bench/device.json"),
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each job; the least of their seconds is kept.")] = 2,
    threads: Annotated[list[int], typer.Option(help="Numbers of threads of torch to measure.")] = [1],  # noqa: B006
    device: Device = "auto",
) -> None:
    """Measure the rates that `crossover plan` takes: seconds of short training and kernel jobs."""
    from crossover.bench import device as measure
    from crossover.bench import machine
    from crossover.files import write_text

    on = torch_device(device, threads[0])
    cases = measure.QUICK if quick else measure.FULL
    rates = measure.run(cases, device=on, threads=threads, repeats=repeats)
    described = machine.described() | {"device": device_name(on)}
    called = name or (described["device"] if on == "cuda" else described["machine"])
    about = {"kind": "device", "name": called, **described, "repeats": repeats, **measure.versions()}
    write_text(json.dumps(about | {"threads": rates}, indent=1) + "\n", output)
    for count, found in rates.items():
        for dtype, fitted in found["fitted"].items():
            for label, seconds, by_rates in fitted:
                print(f"{count} threads, {dtype}, {label}: {seconds:.3g} s, by the rates {by_rates:.3g} s")
    print(f"{output}: start of a job {rates[str(threads[0])]['start']:.3g} s")


@app.command("work")
def bench_work(
    files: Annotated[list[Path], typer.Argument(help="Raw cubes, files of members, flow.nc and boundary.nc of crossover bench.")],
    output: Annotated[Path, typer.Option(help="The file to write.")] = Path("config/work.json"),
    root: Annotated[Path, typer.Option(help="The project, whose configuration names the data sets.")] = Path(),
) -> None:
    """Fit the work of members, which `crossover plan` extrapolates, to finished runs."""
    from crossover import config, sources
    from crossover.bench import work
    from crossover.bench.device import versions
    from crossover.files import write_text

    configured = config.read_yaml(root / "config" / "config.yaml")
    declared, known = (config.read_yaml(root / configured[f"{name}_file"]) for name in ("experiments", "sources"))

    def dimension(name: str) -> int:
        dataset = declared["datasets"][name.split("_for_")[0]]  # of a stand-in: its own
        return sources.dimension(dataset, known[dataset["source"]])

    found, digests = work.read(files, dimension)
    flows = work.fit(found + work.frozen(work.FROZEN_SIZES))
    about = {"kind": "work", **versions(), "fitted_to": digests, "frozen_sizes": work.FROZEN_SIZES}
    write_text(json.dumps(about | {"flows": flows}, indent=1) + "\n", output)
    for flow, counts in flows.items():
        for name, each in counts.items():
            if not each["zero"]:
                print(f"{flow}, {name}: {each['points']} points, off by a factor of {each['typical_factor']:.2f} typically")
