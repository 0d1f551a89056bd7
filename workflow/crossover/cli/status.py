"""`crossover status`: what runs in a results folder."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def status(
    results: Annotated[list[Path], typer.Argument(help="Folders results/<run>; all that have jobs without.")] = [],  # noqa: B006
) -> None:
    """Show who trains in a results folder, what was left by jobs that died, and the SLURM jobs that may have been left."""
    from crossover import status

    folders = results or sorted(path.parent for path in Path("results").glob("*/scratch"))
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(f"{folder}: no such folder; name one of results/")
        _show_scratch(folder, status.scratch(folder))
    if not folders:
        print("no results folder here has training jobs")
    # results/<run> lies in the project; SLURM knows jobs by the folder that they were submitted in
    for project in sorted({folder.resolve().parents[1] for folder in folders} or {Path.cwd()}):
        _show_queue(project, status.queued(project), locked=status.locked(project))


def _show_scratch(folder: Path, found: list) -> None:
    """The jobs that have begun and not ended, as a table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    if not found:
        print(f"{folder}: no training job has begun and not ended")
        return
    table = Table(title=str(folder), title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("job", "state", "owner", "checkpoint", "last line", "end it with"):
        table.add_column(name, overflow="fold")
    for each in found:
        job, owner = (each.owner.job, str(each.owner)) if each.owner else (f"? ({each.folder.name})", "")
        saved = "none" if each.saved is None else f"{each.saved:.0f} s ago"
        cancel = each.owner.cancel if each.owner and each.state in ("alive", "unknown") else ""
        table.add_row(job or f"? ({each.folder.name})", each.state, owner, saved, each.progress, cancel)
    terminal = Console(markup=False).is_terminal
    Console(markup=False, width=None if terminal else 400).print(table)  # what is no terminal gets every command whole


def _show_queue(project: Path, jobs: list | None, *, locked: bool) -> None:
    """The SLURM jobs of the project, and what to do about those that nobody waits for."""
    if jobs is None:
        print("SLURM: not asked (no squeue here, or it does not answer)")
        return
    if not jobs:
        print(f"SLURM: no jobs of {project}")
        return
    print(f"SLURM jobs of {project}:")
    for job in jobs:
        print(f"  {job.id}  {job.rule}  {job.state} {job.used}")
    cancel = f"scancel {' '.join(job.id for job in jobs)}"
    if locked:
        print("Snakemake holds this folder. If none runs any more, it was killed and has left them. Then:")
        print(f"  {cancel}; snakemake --unlock")
    else:
        print(f"No Snakemake holds this folder: nobody waits for them. Before the next run:\n  {cancel}")
