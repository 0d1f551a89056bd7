"""Validation of the configuration and the experiments, and the specs of jobs.

A *spec* is one JSON string with sorted keys that holds everything that decides the numbers of a job, the
digest of its code included; Snakemake reruns a job when its spec changes. Paths, devices, threads and titles are
not in it. The Snakefiles import this module, so it must stay quick to import: no torch, no xarray.
"""

import copy
import json
import math
from pathlib import Path

import jsonschema
import yaml

from crossover import grid
from crossover import sources as data
from crossover.digest import code_digest
from crossover.networks.shapes import LAYERS

SCHEMAS = Path(__file__).parents[1] / "schemas"


class ConfigError(ValueError):
    """A wrong key of the configuration: the message is one line with key, value and remedy."""


def read_yaml(path: Path) -> dict:
    """The mapping in a YAML file."""
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name a file that is there") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: holds {type(content).__name__}, wanted a mapping of keys")
    return content


def merge(base: dict, changes: dict) -> dict:
    """``base`` with ``changes``: mappings merge key by key, everything else is replaced.

    A mapping with another ``name`` or ``architecture`` is another flow, loss, activation or network with options of its own,
    and replaces.
    """
    merged = copy.deepcopy(base)
    for key, value in changes.items():
        old = merged.get(key)
        both = isinstance(value, dict) and isinstance(old, dict)
        if both and all(value.get(kind, old.get(kind)) == old.get(kind) for kind in ("name", "architecture")):
            merged[key] = merge(old, value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _named(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Of several choices (`oneOf`), what is wrong with the one whose name was given."""
    choices: dict = {}
    for found in error.context:
        choices.setdefault(found.schema_path[0], []).append(found)
    fitting = [errors for errors in choices.values() if all(list(found.path) != ["name"] for found in errors)]
    return fitting[0][0] if len(fitting) == 1 else error


def _explain(error: jsonschema.ValidationError, where: str) -> str:
    error = _named(error)
    key = ".".join([where, *map(str, error.absolute_path)]).lstrip(".")
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))
        return f"{key or 'configuration'}: unknown key {', '.join(map(repr, unknown))}; known are {', '.join(known)}"
    if error.validator == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))
        return f"{key or 'configuration'}: missing key {', '.join(map(repr, missing))}; add it"
    schema, wanted = error.schema, error.schema.get("description")
    return f"{key} = {json.dumps(error.instance)}: wanted {wanted or error.message + ' by ' + str(schema)}"


# JSON schema takes 200.0 for an integer; in a file name and in Python it is none
STRICT = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def _validate(instance: dict, schema: str, where: str) -> None:
    validator = STRICT(read_yaml(SCHEMAS / schema))
    # the shallowest error first: a wrong type above explains what is wrong below
    errors = sorted(validator.iter_errors(instance), key=lambda error: (len(error.absolute_path), str(error.path)))
    if errors:
        raise ConfigError(_explain(errors[0], where))


def _finite(value, key: str) -> None:
    """JSON schema lets .inf and .nan pass."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{key} = {value}: wanted a finite number")
    if isinstance(value, dict):
        for name, item in value.items():
            _finite(item, f"{key}.{name}".lstrip("."))
    if isinstance(value, list):
        for index, item in enumerate(value):
            _finite(item, f"{key}.{index}")


def load(config: dict, root: Path) -> dict:
    """Validate a run's configuration and return it with its experiments, figures, claims and sources resolved.

    Parameters
    ----------
    config : the merged configuration files of the run
    root : folder that relative paths start from

    Returns
    -------
    dict with the keys of ``config`` and ``base_seed``, ``data_seed``, ``datasets``, ``sources``, and ``experiments``,
    ``figures``, ``claims`` as mappings of what the run wants.

    Raises
    ------
    ConfigError
        One line: key, value, what was wanted.
    """
    _validate(config, "config.schema.yaml", "")
    _finite(config, "")
    declared = read_yaml(root / config["experiments_file"])
    sources = read_yaml(root / config["sources_file"])
    _validate(sources, "sources.schema.yaml", "sources")
    experiments = _chosen_experiments(config, declared)
    resolved = declared | {"experiments": experiments}
    _finite(resolved, "")
    _validate(resolved, "experiments.schema.yaml", "")
    try:
        for name, experiment in experiments.items():
            data.check_experiment(name, experiment, declared["datasets"], sources)
            for check in (_check_sizes, _check_dynamics, _check_grid):
                check(f"experiments.{name}", experiment)
            for dataset in (experiment[role] for role in ("dataset", "stand_in") if role in experiment):
                _check_layers(f"experiments.{name}", experiment, dataset, declared["datasets"][dataset], sources)
        experiments, datasets = data.with_stand_ins(experiments, declared["datasets"], sources, config["data"])
    except ValueError as error:
        raise ConfigError(str(error)) from error
    resolved |= {"experiments": experiments, "datasets": datasets, "sources": sources}
    return config | resolved | {kind: _chosen(kind, config[kind], resolved) for kind in ("figures", "claims")}


def _chosen_experiments(config: dict, declared: dict) -> dict:
    """The experiments of the run with its preset and overrides merged in, not yet validated."""
    known = _mapping(declared.get("experiments"), "experiments")
    for key in ("experiments", "overrides"):
        for name in config[key]:
            if name not in known:
                raise ConfigError(f"{key}: no experiment {name!r}; there are {', '.join(map(str, known))}")
    experiments = {}
    for name in config["experiments"]:
        experiment = _mapping(known[name], f"experiments.{name}")
        presets = _mapping(experiment.get("presets", {}), f"experiments.{name}.presets")
        preset = config["preset"]
        if preset not in presets:
            raise ConfigError(f"preset = {preset!r}: experiment {name} has {', '.join(map(str, presets)) or 'none'}; choose one")
        changes = _mapping(presets[preset], f"experiments.{name}.presets.{preset}")
        described = {key: value for key, value in experiment.items() if key != "presets"}
        experiments[name] = merge(merge(described, changes), config["overrides"].get(name, {}))
    return experiments


def _mapping(value, key: str) -> dict:
    if not isinstance(value, dict):
        raise ConfigError(f"{key} = {json.dumps(value)}: wanted a mapping of keys")
    return value


def _chosen(kind: str, names: list[str], resolved: dict) -> dict:
    chosen = {}
    for name in names:
        if name not in resolved[kind]:
            raise ConfigError(f"{kind}: no {name!r}; there are {', '.join(resolved[kind])}")
        roles = resolved[kind][name]
        for experiment in [roles] if isinstance(roles, str) else roles.values():
            if experiment not in resolved["experiments"]:
                raise ConfigError(
                    f"{kind}: {name} needs experiment {experiment!r}, which is not among experiments; "
                    f"add it there or take {name} out"
                )
        chosen[name] = roles
    return chosen


def _check_layers(key: str, experiment: dict, name: str, dataset: dict, sources: dict) -> None:
    """A network on images gets images, and has the layers that its grid asks for."""
    architecture, shape = experiment["network"]["architecture"], data.image_shape(dataset, sources[dataset["source"]])
    if architecture not in LAYERS:
        return
    if not shape:
        raise ConfigError(
            f"{key}.network.architecture = {architecture!r}: it takes images, {name} has principal components; "
            "choose fc or another data set"
        )
    for point in grid.points(experiment):
        try:
            LAYERS[architecture](image_shape=shape, h=point.h, L=point.L)
        except ValueError as error:
            raise ConfigError(f"{key}.grid: {grid.point_name(point)} on {name}: {error}") from error


def _check_sizes(key: str, experiment: dict) -> None:
    """Kernel points among the test points."""
    if experiment["kernel_points"] > experiment["n_test"]:
        raise ConfigError(
            f"{key}.kernel_points = {experiment['kernel_points']}: the kernel is taken on test points, "
            f"at most n_test = {experiment['n_test']}"
        )


def _check_dynamics(key: str, experiment: dict) -> None:
    """Losses that a flow cannot bring to its stop, and what Adam does not have."""
    loss, flow = experiment["loss"]["name"], experiment["flow"]["name"]
    if loss == "hinge" and flow != "adam":
        raise ConfigError(
            f"{key}.loss.name = hinge: its slope jumps at margin 1, where flow {flow} gets stuck; "
            "take flow adam, or loss soft_hinge with a large beta"
        )
    if loss == "quadratic_hinge" and "stop_loss" not in experiment:
        raise ConfigError(
            f"{key}.loss.name = quadratic_hinge: margin 1 is approached and not reached; "
            "add stop_loss, the loss at which training stops"
        )
    if flow == "adam" and experiment["dtype"] == "float32":
        raise ConfigError(f"{key}.dtype = float32: flow adam takes differences of outputs, which need float64; use it or auto")
    if flow == "adam" and experiment["kernel_points"]:
        raise ConfigError(
            f"{key}.kernel_points = {experiment['kernel_points']}: with a frozen kernel there are no weights for flow adam; "
            "use 0, or another flow"
        )


def _check_grid(key: str, experiment: dict) -> None:
    """Decades that go up, seeds that fill blocks and are the same along sqrt_h_alpha."""
    for axis in ("curve", *(f"grid.{i}.sqrt_h_alpha" for i in range(len(experiment["grid"])))):
        values = experiment["curve"] if axis == "curve" else experiment["grid"][int(axis.split(".")[1])]["sqrt_h_alpha"]
        if isinstance(values, dict) and values["decades"][0] > values["decades"][1]:
            raise ConfigError(f"{key}.{axis}.decades = {values['decades']}: wanted first <= last")
    seeds_of_width: dict = {}
    for point, seeds in grid.points(experiment).items():
        if seeds_of_width.setdefault((point.L, point.h), seeds) != seeds:
            raise ConfigError(
                f"{key}.grid: {grid.point_name(point)} has seeds {seeds}, another sqrt_h_alpha of this width has "
                f"{seeds_of_width[point.L, point.h]}; they are resampled together: give a width the same seeds everywhere"
            )
        try:
            grid.blocks(seeds, experiment["seeds_per_job"])
        except ValueError as error:
            raise ConfigError(f"{key}.grid: {grid.point_name(point)}: {error}") from error


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
    if experiment["network"]["architecture"] in LAYERS:
        dataset = run["datasets"][experiment["dataset"]]
        more |= {"image_shape": data.image_shape(dataset, run["sources"][dataset["source"]])}
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
        "dtype": _dtype(experiment),
        "limits": experiment["limits"],
    } | more


def _dtype(experiment: dict) -> str:
    """That of training: with auto float32, which keeps its digits in the flows, and float64 for Adam."""
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
    return _spec(**_member_spec(run, job, experiment, curve=experiment["curve"], code=code))


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
    described |= {"base_seed": run["base_seed"], "data_seed": run["data_seed"]}
    return _spec(experiment=experiment, preset=run["preset"], configuration=described)


def summary_spec(run: dict, experiment: str) -> str:
    """Spec of the rule ``summary``."""
    return _spec(experiment=experiment, seed=run["base_seed"], code=code_digest("statistics"))


def losses_spec(run: dict) -> str:
    """Spec of the rule ``losses`` (Figure 1)."""
    return _spec(betas=[1.0, 5.0, 20.0], code=code_digest("stages.losses", ("losses.hinge", "losses.soft_hinge")))


def theory_spec(run: dict, name: str) -> str:
    """Spec of the rule ``theory``: the numbers of a figure of the depth paper."""
    return _spec(**run["theory"][name], seed=run["base_seed"], code=code_digest(f"stages.{name}"))


def figure_spec(run: dict, figure: str) -> str:
    """Spec of the rule ``figure``; one of the depth paper, made from theory alone, need not be among the run's figures."""
    return _spec(figure=figure, roles=run["figures"].get(figure, {}), code=code_digest(f"figures.{figure}"))


def claims_spec(run: dict) -> str:
    """Spec of the rule ``claims``."""
    return _spec(claims=run["claims"], code=code_digest("claims.judge"))
