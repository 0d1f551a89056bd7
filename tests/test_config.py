import json

import pytest

from crossover import config, grid, sources
from crossover.grid import Job
from helpers import PRESETS, ROOT, load_edited, run_of, shipped

HUGE = 10**6


def _set(path: str, value):
    """An edit of the experiments: the value at a path of keys and indices, from the experiment `fashion`."""

    def edit(configuration, experiments):
        at = experiments["experiments"]["fashion"]
        *keys, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        for key in keys:
            at = at[key]
        at[last] = value

    return edit


def _configured(key: str, value):
    def edit(configuration, experiments):
        configuration[key] = value

    return edit


def _adam(**changes):
    """An edit to Adam, with other keys of the demo replaced."""

    def edit(configuration, experiments):
        flow = {"name": "adam", "learning_rate": 1e-3, "batch_size": 32}
        experiments["experiments"]["fashion"]["presets"]["demo"] |= {"flow": flow} | changes

    return edit


GRID = {"L": [3], "h": [20, 40], "sqrt_h_alpha": [1.0], "seeds": 4}


def _grid(**changes):
    """An edit to blocks of four seeds, with keys of the one part of the grid replaced."""

    def edit(configuration, experiments):
        experiments["experiments"]["fashion"]["presets"]["demo"] |= {"seeds_per_job": 4, "grid": [GRID | changes]}

    return edit


def _network(network, *, L, h=(20, 40), **changes):
    """An edit to a network on images, with depths and widths of its own and other keys of the experiment replaced."""

    def edit(configuration, experiments):
        _grid(L=L, h=list(h))(configuration, experiments)
        demo = experiments["experiments"]["fashion"]["presets"]["demo"]
        demo |= {"network": {"activation": {"name": "relu"}} | network} | changes

    return edit


# an edit, and what the one line must hold: key, value, remedy
BAD = {
    "an unknown key of the configuration": (_configured("presset", "demo"), ["'presset'", "known are", "preset"]),
    "an unknown key of an experiment": (_set("widht", 3), ["experiments.fashion", "'widht'", "known are", "grid"]),
    "an unknown key of a network": (
        _set("network.dropout", 0.5),
        ["experiments.fashion.network", "'dropout'", "architecture"],
    ),
    "an unknown key of the data section": (
        _configured("data", {"folder": "x", "local": [], "url": "y"}),
        ["data", "'url'", "local"],
    ),
    "a missing key": (lambda c, e: c.pop("data"), ["'data'", "add it"]),
    "a wrong type": (_set("presets.demo.n", "many"), ["experiments.fashion.n", '"many"', "an integer of at least 1"]),
    "a list where a mapping belongs": (_configured("overrides", []), ["overrides", "[]", "a mapping"]),
    "1e-3 read as text": (_set("loss.beta", "1e-3"), ["experiments.fashion.loss.beta", '"1e-3"', "write 1.0e-3"]),
    "1e-3 read as text in a grid": (_grid(sqrt_h_alpha=["1e-3"]), ["sqrt_h_alpha", '"1e-3"', "write 1.0e-3"]),
    "1e-3 read as text in a choice": (
        _set("presets.demo.flow.tolerance", "1e-3"),
        ["experiments.fashion.flow.tolerance", '"1e-3"', "write 1.0e-3"],
    ),
    "an option of another flow": (_set("flow.order", 4), ["experiments.fashion.flow", "'order'", "known are name, tolerance"]),
    "an unknown flow": (_set("flow", {"name": "leap"}), ["experiments.fashion.flow", '"leap"', "momentum with", "adam with"]),
    "momentum with two laws": (
        _set("flow", {"name": "momentum", "tolerance": 1e-3, "c_tau": 1e-3, "mu": 1000}),
        ["experiments.fashion.flow", '"mu": 1000', "either c_tau or mu"],
    ),
    "a loss without its sharpness": (_set("loss", {"name": "soft_hinge"}), ["experiments.fashion.loss", "'beta'", "add it"]),
    "a sharpness of a loss without": (
        _set("loss", {"name": "hinge", "beta": 20}),
        ["experiments.fashion.loss", "'beta'", "known are name"],
    ),
    "a hinge that a flow cannot follow": (
        _set("loss", {"name": "hinge"}),
        ["experiments.fashion.loss.name = hinge", "flow auto gets stuck", "flow adam"],
    ),
    "a quadratic hinge to margin 1": (
        _set("loss", {"name": "quadratic_hinge"}),
        ["experiments.fashion.loss.name = quadratic_hinge", "not reached", "add stop_loss"],
    ),
    "a loss to stop at that is there at the start": (
        _set("stop_loss", 0.5),
        ["experiments.fashion.stop_loss = 0.5", "below 0.5"],
    ),
    "a predictor that is no choice": (_set("subtract_initial", "no"), ["experiments.fashion.subtract_initial", '"no"', "true"]),
    "Adam in float32": (_adam(dtype="float32"), ["experiments.fashion.dtype = float32", "float64", "auto"]),
    "Adam with kernels": (_adam(kernel_points=10), ["experiments.fashion.kernel_points = 10", "flow adam", "use 0"]),
    "n over the pool": (
        _set("presets.demo.n", HUGE),
        ["experiments.fashion.n + n_test", str(HUGE + 2000), "3000", "smaller"],
    ),
    "a negative width": (_grid(h=[-20]), ["experiments.fashion.grid.0.h.0", "-20", "an integer of at least 1"]),
    "a width that is no integer": (_grid(h=[20.5]), ["experiments.fashion.grid.0.h.0", "20.5", "an integer"]),
    "a repeated width": (_grid(h=[20, 20]), ["experiments.fashion.grid.0.h", "[20, 20]", "each once"]),
    "repeated seeds": (_grid(seeds=[0, 1, 1, 2]), ["experiments.fashion.grid.0.seeds", "[0, 1, 1, 2]", "given once"]),
    "seeds that fill no blocks": (_grid(seeds=6), ["experiments.fashion.grid", "L3_h20_a1e0", "multiple of 4"]),
    "an infinite alpha": (_grid(sqrt_h_alpha=[float("inf")]), ["experiments.fashion.grid.0.sqrt_h_alpha.0", "inf", "finite"]),
    "an alpha that is no number": (
        _grid(sqrt_h_alpha=[float("nan")]),
        ["experiments.fashion.grid.0.sqrt_h_alpha.0", "nan", "finite"],
    ),
    "a negative alpha": (_grid(sqrt_h_alpha=[-1.0]), ["experiments.fashion.grid.0.sqrt_h_alpha", "-1.0", "positive"]),
    "a limit that is no number": (
        _set("presets.demo.limits.seconds", float("nan")),
        ["experiments.fashion.limits.seconds", "nan", "finite"],
    ),
    "decades in reverse": (
        _grid(sqrt_h_alpha={"decades": [5, -3], "per_decade": 1}),
        ["experiments.fashion.grid.0.sqrt_h_alpha.decades", "[5, -3]", "first <= last"],
    ),
    "decades of the curve in reverse": (
        _set("curve.decades", [5, -3]),
        ["experiments.fashion.curve.decades", "[5, -3]", "first <= last"],
    ),
    "more kernel points than test points": (
        _set("presets.demo.kernel_points", 2001),
        ["experiments.fashion.kernel_points", "2001", "at most n_test = 2000"],
    ),
    "an unknown preset": (_configured("preset", "huge"), ["preset", "'huge'", "demo", "choose one"]),
    "an unknown data set": (
        _set("presets.demo.dataset", "svhn"),
        ["experiments.fashion.dataset", "'svhn'", "fashion_subset"],
    ),
    "an unknown source": (
        lambda c, e: e["datasets"]["fashion_subset"].update(source="nowhere"),
        ["datasets.fashion_subset.source", "'nowhere'", "fashion_mnist"],
    ),
    "a class that the source lacks": (
        lambda c, e: e["datasets"]["fashion_subset"].update(classes=[0, 10]),
        ["datasets.fashion_subset.classes", "[0, 10]", "choose among them"],
    ),
    "an unknown experiment": (
        _configured("experiments", ["fashion", "cifar"]),
        ["experiments", "'cifar'", "fashion_variance"],
    ),
    "an experiment named twice": (_configured("experiments", ["fashion", "fashion"]), ["experiments", "each once"]),
    "an override of an unknown experiment": (_configured("overrides", {"cifar": {}}), ["overrides", "'cifar'", "fashion"]),
    "an unknown figure": (_configured("figures", ["fig2"]), ["figures", "'fig2'", "fig5"]),
    "an unknown claim": (_configured("claims", ["C99"]), ["claims", "'C99'", "C9"]),
    "a claim without its experiment": (
        lambda c, e: c.update(experiments=["fashion"], figures=[]),
        ["C3", "fashion_variance", "add them there"],
    ),
    "an unknown device": (_configured("device", "tpu"), ["device", '"tpu"', "cpu or cuda"]),
    "a run that names no folder": (_configured("run", "../up"), ["run", '"../up"', "lower-case"]),
    "experiments that are no mapping": (lambda c, e: e.update(experiments=["fashion"]), ["experiments", "mapping"]),
    "an experiment that is no mapping": (
        lambda c, e: e["experiments"].update(fashion=3),
        ["experiments.fashion = 3", "a mapping"],
    ),
    "a bias for a network that has its own": (
        _network({"architecture": "wide_resnet", "bias": 0.1}, L=[7]),
        ["experiments.fashion.network.bias = 0.1", "take the key out"],
    ),
    "no bias given for fc": (
        lambda c, e: e["experiments"]["fashion"]["network"].pop("bias"),
        ["fashion.network", "'bias'", "add it"],
    ),
    "an unknown architecture": (_network({"architecture": "mlp"}, L=[4]), ["network.architecture", '"mlp"', "wide_resnet"]),
    "a depth that a cnn does not have": (
        _network({"architecture": "cnn"}, L=[3]),
        ["experiments.fashion.grid", "L3_h20_a1e0", "choose an even L"],
    ),
    "an image too small for a cnn": (
        _network({"architecture": "cnn"}, L=[8]),
        ["L8_h20_a1e0", "no image is left of [1, 28, 28]", "smaller L"],
    ),
    "principal components for a cnn": (
        _network({"architecture": "cnn"}, L=[4], dataset="digits_pca10", n_test=1000),
        ["network.architecture = 'cnn'", "digits_pca10 has principal components", "choose fc"],
    ),
    "a stand-in too small for a cnn": (
        _network(
            {"architecture": "cnn"},
            L=[4],
            stand_in="digits",
            dataset="mnist",
            n=100,
            n_test=200,
            kernel_points=0,
            output_points=0,
        ),
        ["L4_h20_a1e0 on digits", "no image is left of [1, 8, 8]"],
    ),
    "a width that a wide_resnet does not have": (
        _network({"architecture": "wide_resnet"}, L=[7], h=[18]),
        ["L7_h18_a1e0", "choose a multiple of 4"],
    ),
    "a preset that is no mapping": (_set("presets.demo", 3), ["experiments.fashion.presets.demo = 3", "a mapping"]),
    "no experiments": (lambda c, e: e.pop("experiments"), ["experiments = null", "a mapping"]),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_gives_one_line_with_key_value_and_remedy(what, tmp_path):
    edit, wanted = BAD[what]
    with pytest.raises(config.ConfigError) as caught:
        load_edited(tmp_path, edit)
    message = str(caught.value)
    assert "\n" not in message
    assert not message.startswith("."), message
    assert [text for text in wanted if text not in message] == [], message


def test_a_file_that_is_no_yaml_gives_one_line_with_its_name(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("a: [1,\nb: 2", encoding="utf-8")
    with pytest.raises(config.ConfigError, match=r"broken\.yaml: not YAML") as caught:
        config.load(shipped("config.yaml") | {"experiments_file": str(path)}, ROOT)
    assert "\n" not in str(caught.value)


def test_a_file_that_holds_no_mapping_is_refused(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text("- 1\n- 2\n", encoding="utf-8")
    with pytest.raises(config.ConfigError, match=r"list\.yaml: holds list, wanted a mapping"):
        config.read_yaml(path)


@pytest.mark.parametrize("key", ["experiments_file", "sources_file"])
def test_a_missing_file_is_named_with_what_to_do(key):
    with pytest.raises(config.ConfigError, match=r"nowhere\.yaml: cannot be read .*; name a file that is there"):
        config.load(shipped("config.yaml") | {key: "nowhere.yaml"}, ROOT)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_shipped_preset_loads_and_has_jobs(preset):
    run = run_of(preset)
    for name, experiment in run["experiments"].items():
        assert grid.jobs(name, experiment), name


@pytest.mark.parametrize("preset", ["laptop", "article"])
def test_the_overlay_of_each_preset_loads(preset):
    run = config.load(config.merge(shipped("config.yaml"), shipped(f"{preset}.yaml")), ROOT)
    assert (run["run"], run["preset"]) == (preset, preset)


def test_an_override_replaces_a_key_after_the_preset():
    run = run_of(overrides={"fashion": {"n": 77, "limits": {"seconds": 5}}})
    demo = shipped("experiments.yaml")["experiments"]["fashion"]
    assert run["experiments"]["fashion"]["n"] == 77
    assert run["experiments"]["fashion"]["limits"] == {"evaluations": demo["limits"]["evaluations"], "seconds": 5}


def test_an_override_of_a_declared_experiment_that_is_not_run_does_no_harm():
    run = run_of(experiments=["fashion"], figures=[], claims=[], overrides={"fashion_variance": {"n": 50}})
    assert run["wanted"]["experiments"] == ["fashion"]
    assert run["experiments"]["fashion_variance"]["n"] == 50


def test_a_list_in_an_overlay_replaces_a_mapping_of_decades():
    assert config.merge({"a": {"decades": [0, 1], "per_decade": 1}}, {"a": [1.0]}) == {"a": [1.0]}


def test_another_architecture_replaces_the_options_of_the_first():
    fc = {"architecture": "fc", "bias": 0, "activation": {"name": "relu"}}
    cnn = {"architecture": "cnn", "activation": {"name": "tanh"}}
    assert config.merge({"network": fc}, {"network": cnn}) == {"network": cnn}
    assert config.merge({"network": fc}, {"network": {"bias": 0.1}}) == {"network": fc | {"bias": 0.1}}


def test_components_that_are_no_pixels_are_no_image():
    source = {"image_shape": [1, 28, 28]}
    assert sources.image_shape({"source": "mnist"}, source) == [1, 28, 28]
    assert sources.image_shape({"source": "mnist", "pca": {"components": 10}}, source) == []


@pytest.mark.parametrize("kind", ["train_spec", "kernels_spec"])
def test_the_spec_of_a_network_on_images_has_their_shape_and_the_code_of_its_architecture(tmp_path, kind):
    specs = [
        json.loads(getattr(config, kind)(run, JOB._replace(L=L, sqrt_h_alpha=(1.0,))))
        for L, run in ((3, load_edited(tmp_path, _grid())), (4, load_edited(tmp_path, _network({"architecture": "cnn"}, L=[4]))))
    ]
    assert "image_shape" not in specs[0]
    assert specs[1]["image_shape"] == [1, 28, 28]
    assert specs[0]["code"] != specs[1]["code"]


def test_merging_changes_neither_of_its_arguments():
    base, changes = {"a": {"b": [1]}}, {"a": {"c": [2]}}
    merged = config.merge(base, changes)
    merged["a"]["b"].append(3)
    merged["a"]["c"].append(3)
    assert (base, changes) == ({"a": {"b": [1]}}, {"a": {"c": [2]}})


JOB = Job("fashion", 3, 20, (0.1,), 0, 3)


def every_spec(run: dict) -> dict[str, str]:
    """One spec of each rule that has one."""
    return {
        "dataset": config.dataset_spec(run, "fashion_subset", 200, 2000),
        "train": config.train_spec(run, JOB),
        "kernels": config.kernels_spec(run, JOB),
        "cube": config.cube_spec(run, "fashion"),
        "summary": config.summary_spec(run, "fashion"),
        "losses": config.losses_spec(run),
        "theory": config.theory_spec(run, "depth_fig7"),
        "figure": config.figure_spec(run, "fig3"),
        "claims": config.claims_spec(run),
    }


def _keys(value) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for item in value.values() for key in _keys(item))]
    return [key for item in value for key in _keys(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("rule", every_spec(run_of()))
def test_a_spec_is_json_with_sorted_keys(rule):
    spec = every_spec(run_of())[rule]
    assert json.dumps(json.loads(spec), sort_keys=True) == spec


@pytest.mark.parametrize("rule", every_spec(run_of()))
def test_a_spec_holds_no_path_device_or_title(rule):
    spec = every_spec(
        run_of(device="cpu", data={"folder": "/some/where", "local": ["/some/local"], "download": False, "http": False})
    )[rule]
    assert {"title", "device", "folder", "local", "threads"} & set(_keys(json.loads(spec))) == set()
    assert str(ROOT) not in spec
    assert "/some" not in spec


@pytest.mark.parametrize("edit", [_configured("device", "cpu"), _set("title", "Another title"), _configured("run", "another")])
def test_device_title_and_name_of_the_run_change_no_spec(edit, tmp_path):
    assert every_spec(load_edited(tmp_path, edit)) == every_spec(run_of())


def test_another_alpha_is_another_spec_of_train_and_kernels():
    other = JOB._replace(sqrt_h_alpha=(0.2,))
    run = run_of()
    for spec in (config.train_spec, config.kernels_spec):
        changed = {
            key for key in json.loads(spec(run, JOB)) if json.loads(spec(run, JOB))[key] != json.loads(spec(run, other))[key]
        }
        assert changed == {"sqrt_h_alpha"}


def test_adam_trains_the_hinge_in_float64(tmp_path):
    def edit(configuration, experiments):
        _adam(kernel_points=0, dtype="auto", loss={"name": "hinge"})(configuration, experiments)

    spec = json.loads(config.train_spec(load_edited(tmp_path, edit), JOB))
    assert (spec["flow"]["name"], spec["loss"], spec["dtype"]) == ("adam", {"name": "hinge"}, "float64")
    assert json.loads(config.train_spec(run_of(), JOB))["dtype"] == "float32"


def test_without_their_keys_training_stops_at_margin_1_and_the_predictor_starts_at_0():
    spec = json.loads(config.train_spec(run_of(), JOB))
    assert (spec["stop_loss"], spec["subtract_initial"]) == (None, True)


@pytest.mark.parametrize(
    ("key", "value", "rules"),
    [
        ("kernel_points", 100, {"kernels", "cube"}),
        ("curve", {"per_decade": 3}, {"train", "cube"}),
        ("limits", {"evaluations": 9}, {"train", "kernels", "cube"}),
        ("loss", {"beta": 5}, {"train", "kernels", "cube"}),
        ("stop_loss", 0.01, {"train", "kernels", "cube"}),
        ("subtract_initial", False, {"train", "kernels", "cube"}),
        ("flow", {"name": "momentum", "tolerance": 1e-3, "mu": 1000}, {"train", "kernels", "cube"}),
        ("grid", [GRID | {"seeds": run_of()["experiments"]["fashion"]["seeds_per_job"]}], {"cube"}),
    ],
)
def test_a_key_of_an_experiment_changes_the_specs_that_it_decides_and_no_other(key, value, rules):
    before, after = every_spec(run_of()), every_spec(run_of(overrides={"fashion": {key: value}}))
    assert {rule for rule in before if before[rule] != after[rule]} == rules
