"""The commands that the rules call: each reads, calls one function, and writes."""

import json
import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from crossover import grid
from crossover.cli.common import (
    Device,
    Output,
    Spec,
    Threads,
    device_name,
    file_digest,
    job_of,
    members_at_once,
    named_paths,
    read_arrays,
    read_spec,
    tell_used,
    torch_device,
)

app = typer.Typer()


@app.command()
def fetch(
    spec: Spec,
    output: Output,
    sources: Annotated[Path, typer.Option(envvar="CROSSOVER_SOURCES", help="The sources file, for its mirrors.")],
    local: Annotated[str, typer.Option(envvar="CROSSOVER_LOCAL", help="Folders to look in first, separated as in PATH.")] = "",
    http: Annotated[
        bool, typer.Option(envvar="CROSSOVER_HTTP", help="Whether an address may be http; the hash decides.")
    ] = False,
) -> None:
    """Get one official file from a local folder or a mirror, by its hash."""
    from crossover.config import read_yaml
    from crossover.datasets import local as places
    from crossover.datasets.fetch import fetch as get

    described = read_spec(spec)
    source, name = described["source"], described["file"]
    mirrors = read_yaml(sources).get(source, {}).get("mirrors", [])
    folders = places.folders((Path(folder) for folder in local.split(os.pathsep) if folder), source)
    print(f"{name}: {get(name, hashes=described['hashes'], local=folders, mirrors=mirrors, target=output, http=http)}")


@app.command()
def dataset(
    spec: Spec,
    output: Output,
    files: Annotated[list[Path], typer.Argument(help="The files of the source; none where a package carries them.")] = [],  # noqa: B006
) -> None:
    """Make training and test patterns from the files of a source."""
    from crossover import cubes
    from crossover.datasets.fetch import mismatch
    from crossover.stages.dataset import run

    described = read_spec(spec)
    for path in files:
        if problem := mismatch(path, described["files"][path.name]):
            raise ValueError(f"{problem}; remove the file and fetch it again")
    arrays = run(described, files)
    title = f"{described['dataset']}: {described['n']} training and {described['n_test']} test patterns"
    attrs = cubes.provenance(
        kind="dataset",
        title=title,
        spec=spec,
        inputs={path.name: file_digest(path) for path in files},
        **{name: described[name] for name in ("licence", "stand_in_for")},
    )
    if not described["pca"]:
        attrs["image_shape"] = described["image_shape"]
    cubes.write(cubes.make("dataset", arrays, attrs), output)


@app.command()
def train(
    spec: Spec,
    data: Annotated[Path, typer.Option(help="The data set.")],
    output: Output,
    weights: Annotated[Path, typer.Option(help="The file of weights to write, differences to the initial ones.")],
    device: Device = "auto",
    threads: Threads = 1,
    scratch: Annotated[
        Path | None, typer.Option(envvar="CROSSOVER_SCRATCH", help="Folder for checkpoints; none are kept without.")
    ] = None,
    every: Annotated[float, typer.Option(envvar="CROSSOVER_CHECKPOINT_SECONDS", help="Seconds between checkpoints.")] = 60.0,
    memory: Annotated[float, typer.Option(envvar="CROSSOVER_MEMORY_GB", help="GB that the job may take.")] = 8.0,
) -> None:
    """Train the seeds of one point of an experiment; go on from its checkpoint where there is one."""
    from crossover.checkpoint import Folder

    kept = Folder(scratch, spec, every=every) if scratch else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # gives up the folder of the checkpoints
    with kept.owned(job_of(read_spec(spec)).name) if kept else nullcontext():
        if kept and kept.checkpoints:
            print(f"goes on from the checkpoints in {kept.path}")
        _train(spec, data, output, weights, on=torch_device(device, threads), memory=memory, kept=kept)


def _train(spec: str, data: Path, output: Path, weights: Path, *, on: str, memory: float, kept) -> None:
    """Train a job and write what came of it, while its checkpoints are kept."""
    from crossover import cubes
    from crossover.files import write_weights
    from crossover.progress import reporter
    from crossover.stages.train import run

    described = read_spec(spec)
    arrays, attrs = read_arrays(data)
    job, at_once = job_of(described), members_at_once(described, arrays, memory)
    report = reporter(job.name, job.members)
    measured, saved = run(described, arrays, device=on, progress=report, at_once=at_once, checkpoint=kept and kept.part)
    print(f"{job.name}: {', '.join(measured['status'])}; evaluations {measured['evaluations'].tolist()}")
    tests = {name: arrays[name] for name in ("y_test", "class_test")}
    described_by = cubes.provenance(
        kind="members",
        title=f"Training of {job.name}",
        spec=spec,
        made_from=[attrs],
        inputs={"dataset": attrs["data_sha256"]},
        device=device_name(on),
    )
    if kept:
        kept.check()
    write_weights(saved, weights)
    cubes.write(cubes.members("members", job, measured | tests, described_by), output)
    if kept:
        kept.remove()
    tell_used()


@app.command()
def kernels(
    spec: Spec,
    data: Annotated[Path, typer.Option(help="The data set.")],
    weights: Annotated[Path, typer.Option(help="The weights of the job.")],
    output: Output,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Measure the kernels of trained members, and train with them frozen."""
    from crossover import cubes
    from crossover.files import read_weights
    from crossover.progress import reporter
    from crossover.stages.kernels import run

    described, on = read_spec(spec), torch_device(device, threads)
    arrays, attrs = read_arrays(data)
    job = job_of(described)

    measured = run(described, arrays, read_weights(weights)["change"], device=on, reporter=reporter)
    described_by = cubes.provenance(
        kind="kernels",
        title=f"Kernels of {job.name}",
        spec=spec,
        made_from=[attrs],
        inputs={"dataset": attrs["data_sha256"], "weights": file_digest(weights)},
        device=device_name(on),
    )
    cubes.write(cubes.members("kernels", job, measured, described_by), output)
    tell_used()


@app.command()
def point(
    members: Annotated[Path, typer.Option(help="The file of the job that trained the member.")],
    a: Annotated[float, typer.Option("--sqrt-h-alpha", help="Its sqrt(h) alpha.")],
    seed: Annotated[int, typer.Option(help="Its seed.")],
    output: Output,
) -> None:
    """Cut one member from the file of its job."""
    from crossover import cubes

    with cubes.read(members) as data:
        wanted = {"sqrt_h_alpha": a, "seed": seed}
        for name, value in wanted.items():
            if value not in data[name]:
                raise ValueError(f"{members}: has no {name} {value}, but {data[name].values.tolist()}; name one of them")
        job, inputs = data.attrs, json.loads(data.attrs["inputs"]) | {"members": data.attrs["data_sha256"]}
        title = f"sqrt(h) alpha = {a:g}, seed {seed} of: {job['title']}"
        attrs = cubes.provenance(kind="members", title=title, spec=job["spec"], rule="point", made_from=[job], inputs=inputs)
        cut = data.sel({name: [value] for name, value in wanted.items()})
        cubes.write(cut.load().assign_attrs(attrs), output)


@app.command()
def cube(spec: Spec, output: Output) -> None:
    """Gather the files of an experiment's jobs, named on standard input, into its raw cube."""
    from crossover import assembly, cubes, regime

    described = read_spec(spec)
    paths = [Path(line) for line in sys.stdin.read().splitlines() if line]
    if not paths:
        raise ValueError("standard input names no file; give one path a line")
    found = grid.points(described["configuration"])
    seeds = {seed for each in found.values() for seed in each}
    gathered = assembly.gather(paths, found, seeds)
    labels = regime.labels(gathered.arrays, described["configuration"]["regime"])
    attrs = cubes.provenance(
        kind="raw",
        title=f"Members of {described['experiment']}",
        spec=spec,
        made_from=[part.attrs for part in gathered.parts],
        inputs=assembly.inputs(gathered.parts),
        experiment=described["experiment"],
        preset=described["preset"],
        configuration=json.dumps(described["configuration"], sort_keys=True),
    )
    cubes.write(cubes.make("raw", gathered.arrays | labels, attrs), output, assembly.outputs(gathered.parts))


@app.command()
def summary(spec: Spec, raw: Annotated[Path, typer.Option(help="The raw cube.")], output: Output) -> None:
    """Summarise a raw cube over its seeds."""
    from crossover import cubes, statistics

    described = read_spec(spec)
    with cubes.read(raw) as data:
        arrays = statistics.summarize(data, seed=described["seed"])
        arrays |= {name: data[name].values for name in ("L", "h", "sqrt_h_alpha", "alpha", "time")}
        members = dict(data.attrs)
    attrs = cubes.provenance(
        kind="summary",
        title=f"Observables of {described['experiment']} over seeds",
        spec=spec,
        replicates=arrays.pop("kind"),
        interval_level=str(statistics.LEVEL),
        made_from=[members],
        inputs=json.loads(members["inputs"]) | {"raw": members["data_sha256"]},
        **{name: members[name] for name in ("experiment", "preset", "configuration")},
    )
    wanted, converged = arrays["seeds_wanted"], arrays["seeds_converged"]
    print(
        f"{described['experiment']}: {(wanted > 0).sum()} points, {(converged < wanted).sum()} left out (not all seeds converged)"
    )
    cubes.write(cubes.make("summary", arrays | {"interval": ["low", "high"]}, attrs), output)


@app.command()
def losses(spec: Spec, output: Output) -> None:
    """The losses of Figure 1 as functions of the margin."""
    from crossover import cubes
    from crossover.stages.losses import run

    arrays = run(read_spec(spec))
    cubes.write(cubes.make("losses", arrays, cubes.provenance(kind="losses", title="Losses per pattern", spec=spec)), output)


@app.command()
def figure(
    spec: Spec,
    output: Annotated[list[Path], typer.Option(help="A file to write, PDF or PNG; may be given again.")],
    summaries: Annotated[list[str], typer.Argument(help="role=path of each summary cube.")],
) -> None:
    """Draw one figure from summary cubes."""
    from crossover import cubes, figures

    described = read_spec(spec)
    cubes_by_role = {role: cubes.read(path) for role, path in named_paths(summaries).items()}
    figures.save(figures.load(described["figure"])(cubes_by_role, described.get("absent", {})), output)


@app.command()
def explorer(
    output: Output,
    files: Annotated[list[Path], typer.Argument(help="The summary cube and the raw cube of each experiment, in any order.")],
) -> None:
    """Make the page in which the cubes of a run can be looked at."""
    from crossover import cubes
    from crossover.explorer import page
    from crossover.files import write_text

    write_text(page([cubes.read(path) for path in files]), output)


@app.command()
def table(
    spec: Spec,
    output: Annotated[list[Path], typer.Option(help="A file to write, HTML or CSV; may be given again.")],
    summaries: Annotated[list[str], typer.Argument(help="role=path of each summary cube.")] = [],  # noqa: B006
) -> None:
    """Make one table from summary cubes."""
    from crossover import cubes, tables
    from crossover.files import write_text

    described = read_spec(spec)
    made = tables.load(described["table"])
    cubes_by_role = {role: cubes.read(path) for role, path in named_paths(summaries).items()}
    header, rows = made.rows(cubes_by_role, described["absent"])
    for path in output:
        write_text(tables.as_text(path.suffix, made.TITLE, header, rows), path)


@app.command()
def claims(
    spec: Spec,
    output: Output,
    summaries: Annotated[list[str], typer.Argument(help="name=path of each file that claims are judged on.")] = [],  # noqa: B006
) -> None:
    """Judge the claims from summary cubes, from pairs and from what is measured at initialisation."""
    from crossover import cubes
    from crossover.claims.judge import evidence_of, judge, place
    from crossover.files import write_text

    evidence = {name: evidence_of(cubes.read(path)) for name, path in named_paths(summaries).items()}
    judged = [
        judge(claim, {role: evidence[name] for role, name in wanted["roles"].items()}, wanted["absent"])
        for claim, wanted in sorted(read_spec(spec)["claims"].items(), key=lambda item: place(item[0]))
    ]
    write_text(json.dumps(judged, indent=2, allow_nan=False) + "\n", output)


@app.command("report-card")
def report_card(
    judged: Annotated[Path, typer.Argument(help="claims.json")],
    html: Annotated[Path | None, typer.Option(help="The piece of HTML to write.")] = None,
    text: Annotated[Path | None, typer.Option(help="The text to write.")] = None,
) -> None:
    """Show the verdicts: print them, or write them as text and HTML."""
    from crossover import report
    from crossover.files import write_text

    found = json.loads(judged.read_text(encoding="utf-8"))
    if html:
        write_text(report.as_html(found), html)
    if text:
        write_text(report.as_text(found), text)
    if not (html or text):
        print(report.as_text(found))
