"""The configuration of a run, validated and resolved, and the specs of its jobs.

A *spec* is one JSON string with sorted keys that holds everything that decides the numbers of a job, the
digest of its code included; Snakemake reruns a job when its spec changes. Paths, devices, threads and titles are
not in it. The Snakefiles import this module, so it must stay quick to import: no torch, no xarray.
"""

import json
from pathlib import Path

from crossover import checks, grid, resolve
from crossover import sources as data
from crossover.digest import code_digest
from crossover.items import PAPERS, TABLES
from crossover.items import paper as paper_of
from crossover.networks.shapes import LAYERS
from crossover.validation import ConfigError, finite, merge, read_yaml, validate

__all__ = ["ConfigError", "code_digest", "merge", "read_yaml"]


def load(config: dict, root: Path) -> dict:
    """Validate a run's configuration and return it with all that can be made at its preset.

    Parameters
    ----------
    config : the merged configuration files of the run
    root : folder that relative paths start from

    Returns
    -------
    dict with the keys of ``config`` and ``base_seed``, ``data_seed``, ``datasets``, ``sources``; ``experiments``, ``initial``,
    ``grams``, ``theory``, ``pairs`` (what is there at the preset); ``figures``, ``tables``, ``claims`` (each with its ``roles``
    and the ``absent`` ones; of the claims those of the run); ``wanted``, the names, figures and tables that the run lists;
    ``absent``, why names are not there.

    Raises
    ------
    ConfigError
        One line: key, value, what was wanted.
    """
    validate(config, "config.schema.yaml", "")
    finite(config, "")
    declared = read_yaml(root / config["experiments_file"])
    sources = read_yaml(root / config["sources_file"])
    validate(sources, "sources.schema.yaml", "sources")
    found = resolve.at_preset(config, declared)
    resolved = declared | found
    finite(resolved, "")
    validate(resolved, "experiments.schema.yaml", "")
    checks.thresholds(config["regime"])
    names = resolve.names(found)
    no_data = _with_data(resolved, sources, config)
    reasons = resolve.absent(declared, found, no_data, config["preset"])
    every, listed = isinstance(config["experiments"], str), config["experiments"]
    if every:
        listed = resolve.listed(listed, list(names), declared)
    if lacking := [name for name in listed if name in reasons and not every]:
        raise ConfigError(f"experiments: {lacking[0]}: {reasons[lacking[0]]}")
    for section in resolve.NAMED:
        resolved[section] = {name: each for name, each in resolved[section].items() if name not in reasons}
    items = {kind: resolve.cast(kind, declared, reasons) for kind in ("figures", "tables", "claims")}
    wanted = {kind: resolve.chosen(kind, config, resolved | items) for kind in ("figures", "tables")}
    wanted["experiments"] = [name for name in listed if name not in reasons]
    drawn = {each for kind in ("figures", "tables") for name in wanted[kind] for each in items[kind][name]["roles"].values()}
    claims = resolve.chosen("claims", config, resolved | items)
    inside = {*wanted["experiments"], *drawn}
    items["claims"] = resolve.judged(claims, items["claims"], inside, every=every)
    return config | resolved | items | {"sources": sources, "wanted": wanted, "absent": reasons}


def _scale(run: dict, role: str, name: str) -> str:
    """One line: at which scale a role of a figure was measured."""
    if name in run["pairs"]:
        return " and ".join(_scale(run, role, run["pairs"][name][key]) for key in ("first", "second"))
    experiment = run["grams"].get(name, {}).get("experiment", name)
    described = next(run[section][experiment] for section in resolve.NAMED if experiment in run[section])
    if "dataset" not in described:
        return f"{role}: {', '.join(f'{key} = {value}' for key, value in described.items())}"
    dataset = described["dataset"]
    wanted = run["datasets"][dataset].get("stand_in_for")
    shown = f"{dataset.removesuffix(f'_for_{wanted}')} (stands in for {wanted})" if wanted else dataset
    shown = f"{role}: {shown}, n = {described['n']}"
    if name in run["theory"]:
        return shown
    widths = described["h"] if "h" in described else sorted({point.h for point in grid.points(described)})
    seeds = described["seeds"] if "seeds" in described else min(map(len, grid.points(described).values()))
    return f"{shown}, h = {', '.join(map(str, widths))}, {seeds} seeds"


def captions(run: dict, path: Path) -> dict[str, dict]:
    """Of each figure and table what it shows, what the article says, and the scale of the run; for the report."""
    found = {}
    for name, caption in read_yaml(path).items():
        cast = (run["figures"] | run["tables"]).get(name, {"roles": {}, "absent": {}})
        title = name.removeprefix("depth_").replace("fig", "Figure ").replace("table", "Table ")
        title = title.replace("prop", "Proposition ").replace("remarks", "Remarks").replace("more", "More to show")
        paper = PAPERS[paper_of("tables" if name in TABLES else "figures", name)]
        scale = [_scale(run, *item) for item in cast["roles"].items()]
        scale += [f"without {role}: {reason}" for role, reason in cast["absent"].items()]
        found[name] = (
            {"title": title} | caption | {"paper": paper, "scale": [f"{line} (preset {run['preset']})" for line in scale]}
        )
    return found


def _with_data(resolved: dict, sources: dict, config: dict) -> dict[str, str]:
    """Check experiments against their data, put stand-ins in place; why experiments have no data, by name."""
    reasons: dict[str, str] = {}
    try:
        for section in ("experiments", "initial", "theory"):
            for name, each in resolved[section].items():
                data.check_experiment(f"{section}.{name}", each, resolved["datasets"], sources)
                if section == "experiments":
                    for check in (checks.sizes, checks.dynamics, checks.axes_and_seeds):
                        check(f"{section}.{name}", each)
                (checks.rising if section == "theory" else checks.scaling)(f"{section}.{name}", each)
                for dataset in (each[role] for role in ("dataset", "stand_in") if role in each and section != "theory"):
                    described = resolved["datasets"][dataset]
                    checks.layers(f"{section}.{name}", each, dataset, described, sources)
        for section in ("experiments", "initial", "theory"):
            resolved[section], resolved["datasets"], lacking = data.with_stand_ins(
                resolved[section], resolved["datasets"], sources, config["data"]
            )
            reasons |= lacking
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return reasons


def _spec(**content) -> str:
    return json.dumps(content, sort_keys=True)


def fetch_spec(run: dict, source: str, file: str) -> str:
    """Spec of the rule ``fetch``: which bytes are wanted, not where they come from."""
    files = run["sources"].get(source, {}).get("files", {})
    if file not in files:
        raise ConfigError(f"sources: no file {file!r} of source {source!r}; name one of {run['sources_file']}")
    return _spec(source=source, file=file, hashes=files[file])


def dataset_spec(run: dict, dataset: str, n: int, n_test: int) -> str:
    """Spec of the rule ``dataset``."""
    described = run["datasets"][dataset]
    source = run["sources"][described["source"]]
    chosen = [source["format"], described["normalization"], *(["pca"] if "pca" in described else [])]
    return _spec(
        dataset=dataset,
        stand_in_for=described.get("stand_in_for", ""),
        source=described["source"],
        licence=source["licence"],
        files=source.get("files", {}),
        format=source["format"],
        image_shape=source["image_shape"],
        class_counts=source["class_counts"],
        classes=data.classes_of(described, source),
        normalization=described["normalization"],
        pca=described.get("pca"),
        n=n,
        n_test=n_test,
        data_seed=run["data_seed"],
        code=code_digest("stages.dataset", tuple(f"datasets.{module}" for module in chosen)),
    )


def _member_spec(run: dict, job: grid.Job, experiment: dict, **more) -> dict:
    """What training and kernels of a job have in common: the network and how its seeds are drawn."""
    return {
        "experiment": job.experiment,
        "dataset": experiment["dataset"],
        "n": experiment["n"],
        "L": job.L,
        "h": job.h,
        "sqrt_h_alpha": job.sqrt_h_alpha,
        "seeds": [job.first, job.last],
        "base_seed": run["base_seed"],
        "network": experiment["network"],
        "loss": experiment["loss"],
        "flow": experiment["flow"],
        "stop_loss": experiment.get("stop_loss"),  # none: margin 1
        "subtract_initial": experiment.get("subtract_initial", True),
        "dtype": training_dtype(experiment),
        "limits": experiment["limits"],
    } | (_images(run, experiment) | more)


def _images(run: dict, described: dict) -> dict:
    """The shape of the images that a network takes; nothing for a network on vectors."""
    if described["network"]["architecture"] not in LAYERS:
        return {}
    dataset = run["datasets"][described["dataset"]]
    return {"image_shape": data.image_shape(dataset, run["sources"][dataset["source"]])}


def training_dtype(experiment: dict) -> str:
    """The precision of training: with auto float32, which keeps its digits in the flows, and float64 for Adam."""
    auto = "float64" if experiment["flow"]["name"] == "adam" else "float32"
    return auto if experiment["dtype"] == "auto" else experiment["dtype"]


def _choices(experiment: dict) -> tuple[str, ...]:
    return (
        f"networks.{experiment['network']['architecture']}",
        f"activations.{experiment['network']['activation']['name']}",
        f"losses.{experiment['loss']['name']}",
        f"flows.{experiment['flow']['name']}",
    )


def train_spec(run: dict, job: grid.Job) -> str:
    """Spec of the rule ``train``."""
    experiment = run["experiments"][job.experiment]
    code = code_digest("stages.train", _choices(experiment))
    more = {"output_points": experiment.get("output_points", 0), "patterns_at_once": experiment.get("patterns_at_once")}
    more |= {"regime_points": run["regime"]["points"]}
    return _spec(**_member_spec(run, job, experiment, curve=experiment["curve"], code=code, **more))


def kernels_spec(run: dict, job: grid.Job) -> str:
    """Spec of the rule ``kernels``.

    With dtype auto kernels are float64: their changes are small differences. A flow of the outputs on a frozen kernel has
    no weights to move: auto and tangent become what they integrate outputs with.
    """
    experiment = run["experiments"][job.experiment]
    flow = experiment["flow"]
    if flow["name"] in ("auto", "tangent"):
        flow = {"name": "rkc", "order": 2, "tolerance": flow["tolerance"]}
    dtype = "float64" if experiment["dtype"] == "auto" else experiment["dtype"]
    code = code_digest("stages.kernels", _choices(experiment | {"flow": flow}))
    points = experiment["kernel_points"]
    return _spec(**_member_spec(run, job, experiment, flow=flow, dtype=dtype, kernel_points=points, code=code))


def cube_spec(run: dict, experiment: str) -> str:
    """Spec of the rule ``cube``: the grid, and the experiment as text for the file's provenance."""
    described = {key: value for key, value in run["experiments"][experiment].items() if key != "title"}
    described |= {"base_seed": run["base_seed"], "data_seed": run["data_seed"], "regime": run["regime"]}
    return _spec(experiment=experiment, preset=run["preset"], configuration=described, code=code_digest("regime"))


def summary_spec(run: dict, experiment: str) -> str:
    """Spec of the rule ``summary``."""
    return _spec(experiment=experiment, seed=run["base_seed"], code=code_digest("statistics"))


def losses_spec(run: dict) -> str:
    """Spec of the rule ``losses`` (Figure 1)."""
    return _spec(betas=[1.0, 5.0, 20.0], code=code_digest("stages.losses", ("losses.hinge", "losses.soft_hinge")))


def theory_spec(run: dict, name: str) -> str:
    """Spec of the rule ``theory``: the numbers of an item of the depth paper, or of one on the regimes."""
    described, chosen = run["theory"][name], ()
    if "text" in described:
        described, chosen = described | {"files": run["sources"][described["text"]]["files"]}, ("datasets.words",)
    return _spec(**described, seed=run["base_seed"], code=code_digest(f"stages.{name}", chosen))


def figure_spec(run: dict, figure: str) -> str:
    """Spec of the rule ``figure``."""
    return _spec(figure=figure, **run["figures"][figure], code=code_digest(f"figures.{figure}"))


def table_spec(run: dict, table: str) -> str:
    """Spec of the rule ``table``."""
    return _spec(table=table, **run["tables"][table], code=code_digest(f"tables.{table}"))


def initial_spec(run: dict, name: str) -> str:
    """Spec of the rule ``initial``: networks at w0, of some widths."""
    described = {key: value for key, value in run["initial"][name].items() if key not in ("title", "n_test")}
    code = code_digest("stages.initial", _choices(described | {"flow": {"name": "euler"}}))
    return _spec(
        **_images(run, described),
        name=name,
        preset=run["preset"],
        base_seed=run["base_seed"],
        dtype="float64",
        code=code,
        **described,
    )


def gram_job(run: dict, name: str) -> grid.Job:
    """The job that trains the member of a Gram matrix: the first of its experiment's."""
    experiment = run["grams"][name]["experiment"]
    return grid.jobs(experiment, run["experiments"][experiment])[0]


def gram_spec(run: dict, name: str) -> str:
    """Spec of the rule ``gram``: the kernel of the first member of an experiment."""
    job, described = gram_job(run, name), run["grams"][name]
    experiment = run["experiments"][job.experiment]
    return _spec(
        **_member_spec(run, job, experiment, dtype="float64", code=code_digest("stages.gram", _choices(experiment))),
        name=name,
        preset=run["preset"],
        member={"sqrt_h_alpha": job.sqrt_h_alpha[0], "seed": job.first},
        points=described["points"],
    )


def pair_spec(run: dict, name: str) -> str:
    """Spec of the rule ``pair``: two experiments compared member by member."""
    return _spec(name=name, preset=run["preset"], **run["pairs"][name], code=code_digest("pairs"))


def claims_spec(run: dict) -> str:
    """Spec of the rule ``claims``."""
    return _spec(claims=run["claims"], code=code_digest("claims.judge"))
