"""`crossover plan` before a run, and `crossover compare-plan` after it."""

from pathlib import Path
from typing import Annotated

import typer

from crossover.cli.common import read_spec

app = typer.Typer()

CHECKOUT = Path(__file__).resolve().parents[3]
Files = Annotated[list[Path], typer.Option("--configfile", help="Configuration laid over config/config.yaml; may be repeated.")]
DeviceFile = Annotated[
    str,
    typer.Option(
        "--device", help="A name in config/devices, or a file of crossover bench device; without, that of this machine."
    ),
]
Spec = Annotated[
    str, typer.Option(envvar="CROSSOVER_CONFIGURATION", help="The merged configuration as one JSON object, in place of files.")
]
Root = Annotated[Path | None, typer.Option(help="The project; without, this folder, or the checkout of the package.")]


def _root(root: Path | None) -> Path:
    return root or (Path() if Path("config/config.yaml").is_file() else CHECKOUT)


def _configuration(root: Path, files: list[Path], **changes) -> dict:
    """The merged configuration files of a run."""
    from crossover import config

    merged = config.read_yaml(root / "config" / "config.yaml")
    for path in files:
        merged = config.merge(merged, config.read_yaml(path))
    return merged | {key: value for key, value in changes.items() if value}


def _planner(root: Path, configuration: dict, name: str):
    """The run of a configuration on a device, and a line about that."""
    from crossover import config
    from crossover.plan import jobs

    planner = jobs.Planner.of(config.load(configuration, root), root, name)
    of = planner.device
    return planner, f"On {of['name']} ({of['machine']}, {of['device']}), one thread a job: docs/plan.md."


@app.command()
def plan(
    configfile: Files = [],  # noqa: B006
    preset: Annotated[str, typer.Option(help="Another preset than that of the configuration.")] = "",
    device: DeviceFile = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    spec: Spec = "",
    root: Root = None,
) -> None:
    """Members, jobs, evaluations, flops, hours, memory and disk of a run before it is run, and the hours of the whole article."""
    from crossover.plan import run, table
    from crossover.statistics import DRAWS

    at = _root(root)
    changes = {"preset": preset}
    configuration = (
        read_spec(spec) | {key: v for key, v in changes.items() if v} if spec else _configuration(at, configfile, **changes)
    )
    planner, line = _planner(at, configuration, device)
    rows = run.rows(planner, replicates=DRAWS)
    if not rows:
        raise ValueError("experiments, figures, tables, claims: the run trains nothing; name an experiment")
    of_article, _ = _planner(at, _configuration(at, [at / "config" / "article.yaml"]), device)
    article = run.rows(of_article, replicates=DRAWS)[-1]
    limit = planner.run["memory_gb"]
    notes = [line]
    notes += [f"{row.name}: {row.gb:.3g} GB, memory_gb is {limit:g}" for row in rows[:-1] if row.gb > limit]
    notes.append(
        f"The article (config/article.yaml): {article.members} members, {article.jobs} jobs, {article.flops:.1e} flops, "
        f"{article.hours:.3g} hours, {article.gb:.3g} GB in the largest job, {article.disk / 1e9:.3g} GB on disk"
    )
    named = {"device": planner.device["name"], "preset": planner.run["preset"], "run": planner.run["run"]}
    more = named | {"article": article._asdict()}
    print(table.as_json(rows, more) if as_json else table.as_text(rows, notes))


@app.command("compare-plan")
def compare_plan(
    results: Annotated[Path, typer.Argument(help="The folder of a run's results.")],
    configfile: Files = [],  # noqa: B006
    device: DeviceFile = "",
    spec: Spec = "",
    html: Annotated[Path | None, typer.Option(help="A page to write.")] = None,
    root: Root = None,
) -> None:
    """What the jobs of a run took beside what the plan says."""
    from crossover.files import write_text
    from crossover.plan import measured, run, table

    at = _root(root)
    planner, line = _planner(at, read_spec(spec) if spec else _configuration(at, configfile), device)
    rows = measured.compare(results, run.estimates(planner))
    notes = [line, "Hours are those of processors; ratios are taken over planned. Disk is that of members, weights and kernels."]
    if rows and rows[-1].sampled:
        notes.append(
            f"{rows[-1].sampled} jobs have no exact seconds: of these the samples of their benchmark files, up to 30 s less."
        )
    if not rows:
        notes.append(f"{results}: no job of the plan is done here.")
    if html:
        write_text(table.compared_as_html(rows, notes), html)
    print(table.compared_as_text(rows, notes))
