"""A baseline to compare later runs with: the summary cubes of a run without their replicates, and its claims."""

from pathlib import Path

from crossover import cubes, files, schema


def keep(results: Path, folder: Path) -> list[Path]:
    """Copy what a baseline holds from a results folder; gives the files written.

    The replicates take most of a summary cube's bytes; error bars follow from the intervals as well.

    Raises
    ------
    ValueError
        When the results folder has no summary cubes or no claims.
    """
    claims, summaries = results / "claims.json", sorted((results / "summary").glob("*.nc"))
    if not summaries or not claims.is_file():
        raise ValueError(f"{results}: has no summary/*.nc or no claims.json; name the folder results/<run> of a finished run")
    written = []
    for path in summaries:
        with cubes.read(path) as data:
            spare = [name for name in schema.OPTIONAL.get(data.attrs["kind"], ()) if name in data]
            written.append(folder / "summary" / path.name)
            cubes.write(data.drop_vars(spare).load(), written[-1])
    for stale in set((folder / "summary").glob("*.nc")) - set(written):
        stale.unlink()
    files.write_text(claims.read_text(encoding="utf-8"), folder / claims.name)
    return [*written, folder / claims.name]
