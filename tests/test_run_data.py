"""The data sets of a run: what is refused before the graph is built, and what stands in for files that are not there."""

import json

import pytest

from crossover import config, sources
from helpers import load_edited, run_of, shipped

SOURCES = shipped("sources.yaml")
MNIST_FILES = list(SOURCES["mnist"]["files"])
NOWHERE = {"folder": "nowhere/data", "local": [], "download": False, "http": False}


def _run(tmp_path, data, names=("fashion",), **changes):
    """The run in which experiments, copies of `fashion` at demo, read MNIST with the digits as stand-in."""

    def edit(configuration, experiments):
        fashion = experiments["experiments"]["fashion"]
        fashion["presets"]["demo"] |= {"n": 200, "n_test": 1000, "dataset": "mnist", "stand_in": "digits"} | changes
        for name in names[1:]:
            experiments["experiments"][name] = json.loads(json.dumps(fashion))
        configuration.update(data=data, experiments=list(names), figures=[], claims=[])

    return load_edited(tmp_path, edit)


def _put(folder, files):
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_bytes(b"")
    return folder


def test_a_stand_in_takes_the_place_of_official_files_that_are_nowhere(tmp_path):
    run = _run(tmp_path, NOWHERE)
    chosen = run["experiments"]["fashion"]["dataset"]
    assert chosen == "digits_for_mnist"
    assert run["datasets"][chosen] == run["datasets"]["digits"] | {"stand_in_for": "mnist"}
    spec = json.loads(config.dataset_spec(run, chosen, 200, 1000))
    assert (spec["stand_in_for"], spec["source"]) == ("mnist", "digits")
    assert "stand_in" not in run["experiments"]["fashion"]


@pytest.mark.parametrize("place", ["mnist", "", "data folder"])
def test_official_files_in_a_local_folder_or_in_the_data_folder_are_used(place, tmp_path):
    if place == "data folder":
        _put(tmp_path / "data" / "mnist", MNIST_FILES)
        data = NOWHERE | {"folder": str(tmp_path / "data")}
    else:
        _put(tmp_path / "local" / place, MNIST_FILES)
        data = NOWHERE | {"local": [str(tmp_path / "local")]}
    run = _run(tmp_path, data)
    assert run["experiments"]["fashion"]["dataset"] == "mnist"
    assert json.loads(config.dataset_spec(run, "mnist", 200, 1000))["stand_in_for"] == ""


def test_one_official_file_that_is_missing_calls_for_the_stand_in(tmp_path):
    _put(tmp_path / "local", MNIST_FILES[:3])
    run = _run(tmp_path, NOWHERE | {"local": [str(tmp_path / "local")]})
    assert run["experiments"]["fashion"]["dataset"] == "digits_for_mnist"


@pytest.mark.parametrize(
    ("names", "absent"),
    [
        (["cifar-10-binary.tar.gz"], []),
        (["data_batch_1.bin.xz", *(f"data_batch_{k}.bin" for k in (2, 3, 4, 5)), "test_batch.bin"], []),
        (["data_batch_1.bin.xz", "test_batch_first1000.bin.xz"], ["cifar-10-binary.tar.gz"]),
    ],
)
def test_cifar_10_is_there_as_its_archive_or_as_all_of_its_batches(names, absent, tmp_path):
    _put(tmp_path / "cifar10", names)
    assert sources.absent_files("cifar10", SOURCES["cifar10"], NOWHERE | {"local": [str(tmp_path)]}) == absent


def test_where_downloads_are_allowed_the_data_set_stays_and_is_fetched(tmp_path):
    run = _run(tmp_path, NOWHERE | {"download": True})
    assert run["experiments"]["fashion"]["dataset"] == "mnist"
    assert json.loads(config.fetch_spec(run, "mnist", MNIST_FILES[0]))["file"] == MNIST_FILES[0]


def _without_a_stand_in(configuration, experiments):
    """An edit: `other` wants MNIST, which is nowhere, and `fashion` is as shipped; C1 is judged on both."""
    other = json.loads(json.dumps(experiments["experiments"]["fashion"]))
    other["presets"]["demo"] |= {"dataset": "mnist"}
    experiments["experiments"]["other"] = other
    experiments["figures"] |= {"fig9": {"plane": "other"}, "fig15": {"difference": "fashion", "plain": "other"}}
    experiments["claims"]["C1"] = ["fashion", "other"]
    configuration.update(data=NOWHERE, experiments="all", figures="all", claims="all")


def test_what_has_neither_files_nor_a_stand_in_is_left_out_with_a_reason(tmp_path):
    run = load_edited(tmp_path, _without_a_stand_in)
    assert list(run["experiments"]) == ["fashion", "fashion_variance"]
    reason = run["absent"]["other"]
    assert "train-images-idx3-ubyte.gz of mnist is neither in data.folder" in reason
    assert "data.download: true" in reason
    assert run["figures"]["fig9"] == {"roles": {}, "absent": {"plane": reason}}
    assert run["figures"]["fig15"] == {"roles": {"difference": "fashion"}, "absent": {"plain": reason}}
    assert run["claims"]["C1"] == {"roles": {"fashion": "fashion"}, "absent": {"other": reason}}


def test_an_experiment_that_is_listed_and_has_no_data_is_an_error(tmp_path):
    def edit(configuration, experiments):
        _without_a_stand_in(configuration, experiments)
        configuration.update(experiments=["fashion", "other"], figures=[], claims=[])

    with pytest.raises(config.ConfigError, match=r"experiments: other: train-images-idx3-ubyte.gz of mnist is neither"):
        load_edited(tmp_path, edit)


def test_two_experiments_share_a_stand_in(tmp_path):
    run = _run(tmp_path, NOWHERE, names=("fashion", "other"))
    assert [run["experiments"][name]["dataset"] for name in ("fashion", "other")] == ["digits_for_mnist"] * 2


def test_the_training_of_a_stand_in_has_another_spec_than_that_of_the_data_set_itself(tmp_path):
    job = config.grid.jobs("fashion", run_of()["experiments"]["fashion"])[0]
    specs = []
    for changes in ({"dataset": "mnist"}, {"dataset": "digits"}):
        (tmp_path / changes["dataset"]).mkdir()
        specs.append(config.train_spec(_run(tmp_path / changes["dataset"], NOWHERE, **changes), job))
    assert [json.loads(spec)["dataset"] for spec in specs] == ["digits_for_mnist", "digits"]


def _bad_dataset(**changes):
    return lambda configuration, experiments: experiments["datasets"]["fashion_subset"].update(changes)


def _bad_experiment(**changes):
    return lambda configuration, experiments: experiments["experiments"]["fashion"]["presets"]["demo"].update(changes)


BAD = {
    "a stand-in that is no data set": (_bad_experiment(stand_in="svhn"), ["experiments.fashion.stand_in = 'svhn'", "digits"]),
    "a stand-in that is downloaded": (_bad_experiment(stand_in="cifar10"), ["fashion.stand_in = 'cifar10'", "downloaded itself"]),
    "a stand-in with too few patterns": (
        _bad_experiment(dataset="fashion", stand_in="digits", n=200, n_test=2000),
        ["fashion.n + n_test = 2200", "digits has 1740 balanced", "smaller"],
    ),
    "more patterns than the smallest class of MNIST allows": (
        _bad_experiment(dataset="mnist", n=10000, n_test=53131),
        ["fashion.n + n_test = 63131", "mnist has 63130 balanced", "smaller"],
    ),
    "more patterns than a pair of classes has": (
        _bad_experiment(dataset="cifar10_cat_dog", n=10000, n_test=2001),
        ["fashion.n + n_test = 12001", "12000"],
    ),
    "a class 0 of EMNIST letters": (
        lambda c, e: (
            e["datasets"]["emnist_letters"].update(classes=[0, 1]),
            _bad_experiment(dataset="emnist_letters")(c, e),
        ),
        ["datasets.emnist_letters.classes = [0, 1]", "classes 1 to 26"],
    ),
    "more components than pixels": (
        _bad_dataset(pca={"components": 785, "whiten": True}),
        ["datasets.fashion_subset.pca.components = 785", "784"],
    ),
    "components without whiten": (_bad_dataset(pca={"components": 10}), ["datasets.fashion_subset.pca", "'whiten'", "add it"]),
    "components that are none": (_bad_dataset(pca={"components": 0, "whiten": True}), ["pca.components = 0", "at least 1"]),
    "whiten that is no truth value": (_bad_dataset(pca={"components": 3, "whiten": 1}), ["pca.whiten = 1", "true:"]),
    "an unknown key of pca": (_bad_dataset(pca={"components": 3, "whiten": True, "k": 1}), ["pca", "'k'", "known are"]),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_data_gives_one_line_with_key_value_and_remedy(what, tmp_path):
    edit, wanted = BAD[what]
    with pytest.raises(config.ConfigError) as caught:
        load_edited(tmp_path, edit)
    message = str(caught.value)
    assert "\n" not in message
    assert [text for text in wanted if text not in message] == [], message


POOLS = {
    "fashion": (70000, 784),
    "fashion_subset": (3000, 784),
    "mnist": (63130, 784),
    "mnist_pca10": (63130, 10),
    "emnist_letters": (145600, 784),
    "cifar10": (60000, 3072),
    "cifar10_cat_dog": (12000, 3072),
    "cifar10_bird_ship": (12000, 3072),
    "cifar10_plane_cat": (12000, 3072),
    "digits": (1740, 64),
    "mnist_rows": (63130, 784),
    "digits_rows": (1740, 64),
    "digits_pca10": (1740, 10),
}


@pytest.mark.parametrize("name", shipped("experiments.yaml")["datasets"])
def test_pools_and_dimensions_are_those_of_section_2(name):
    dataset = shipped("experiments.yaml")["datasets"][name]
    source = SOURCES[dataset["source"]]
    sources.check_dataset(name, shipped("experiments.yaml")["datasets"], SOURCES)
    assert (sources.pool_size(dataset, source), sources.dimension(dataset, source)) == POOLS[name]
