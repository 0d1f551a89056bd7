"""The data sets of a run: classes and sizes of their pools, and what stands in for images that are not there.

Standard library only: the graph is built with it. A stand-in is decided from the configuration and the files that are
there; the network is never asked.
"""

import math
from pathlib import Path

from crossover.datasets import local


def classes_of(dataset: dict, source: dict) -> list[int]:
    """The classes in use, sorted; a class of which the source has no image (EMNIST letters count from 1) is none."""
    if dataset["classes"] == "all":
        return [c for c, count in enumerate(source["class_counts"]) if count]
    return sorted(dataset["classes"])


def pool_size(dataset: dict, source: dict) -> int:
    """Patterns of the balanced pool: as many of each class as the smallest has."""
    classes = classes_of(dataset, source)
    return len(classes) * min(source["class_counts"][c] for c in classes)


def dimension(dataset: dict, source: dict) -> int:
    """Components of a pattern."""
    return dataset["pca"]["components"] if "pca" in dataset else math.prod(source["image_shape"])


def image_shape(dataset: dict, source: dict) -> list[int]:
    """Channels, rows and columns of a pattern; nothing where its components are no pixels any more."""
    return [] if "pca" in dataset else source["image_shape"]


def check_dataset(name: str, datasets: dict, sources: dict) -> None:
    """What a schema cannot say of a data set.

    Raises
    ------
    ValueError
        When its source is not known, a class is not in the source, or PCA keeps more components than there are pixels.
    """
    dataset = datasets[name]
    source = sources.get(dataset["source"])
    if source is None:
        raise ValueError(f"datasets.{name}.source = {dataset['source']!r}: no such source; there are {', '.join(sources)}")
    classes, known = classes_of(dataset, source), classes_of({"classes": "all"}, source)
    if not set(classes) <= set(known):
        raise ValueError(
            f"datasets.{name}.classes = {classes}: {dataset['source']} has classes {known[0]} to {known[-1]}; choose among them"
        )
    pixels = math.prod(source["image_shape"])
    if dimension(dataset, source) > pixels:
        raise ValueError(
            f"datasets.{name}.pca.components = {dataset['pca']['components']}: images of {dataset['source']} have {pixels} "
            f"pixels; keep at most {pixels}"
        )


def check_experiment(key: str, experiment: dict, datasets: dict, sources: dict) -> None:
    """The data sets that an experiment, declared under ``key``, names are there and have n + n_test patterns.

    Raises
    ------
    ValueError
        When they do not, or a stand-in would have to be downloaded itself.
    """
    if "text" in experiment and sources.get(experiment["text"], {}).get("format") != "words":
        texts = ", ".join(name for name, source in sources.items() if source["format"] == "words")
        raise ValueError(f"{key}.text = {experiment['text']!r}: no such text; there are {texts}")
    for role in ("dataset", "stand_in"):
        chosen = experiment.get(role)
        if chosen is None:
            continue
        if chosen not in datasets:
            raise ValueError(f"{key}.{role} = {chosen!r}: no such data set; there are {', '.join(datasets)}")
        check_dataset(chosen, datasets, sources)
        source = sources[datasets[chosen]["source"]]
        if role == "stand_in" and "mirrors" in source:
            raise ValueError(
                f"{key}.stand_in = {chosen!r}: it would have to be downloaded itself; name a data set "
                "of the repository or of a package"
            )
        wanted, pool = experiment["n"] + experiment["n_test"], pool_size(datasets[chosen], source)
        if wanted > pool:
            raise ValueError(f"{key}.n + n_test = {wanted}: {chosen} has {pool} balanced patterns; make n or n_test smaller")


def absent_files(name: str, source: dict, data: dict) -> list[str]:
    """The files of a source that are neither in ``data.folder`` nor in ``data.local``; hashes are checked when they are read."""
    if "mirrors" not in source:
        return []
    places = [Path(data["folder"]) / name, *local.folders(map(Path, data["local"]), name)]
    return [file for file, hashes in source["files"].items() if not local.there(file, list(hashes.get("members", {})), places)]


def _fetched(source: dict, data: dict) -> bool:
    """Whether the configuration allows the official files of a source to be fetched."""
    return data["download"] and (data["http"] or not _and_http(source))


def _and_http(source: dict) -> str:
    """What a source whose addresses are all http wants besides data.download, or nothing."""
    secure = any(mirror.startswith("https://") for mirror in source.get("mirrors", ["https://"]))
    return "" if secure else " and data.http: true"


def with_stand_ins(experiments: dict, datasets: dict, sources: dict, data: dict) -> tuple[dict, dict, dict]:
    """Experiments and data sets, each stand-in in the place of a data set whose official files are not local; who has no data.

    Where ``data.download`` (of http addresses ``data.http`` too) allows it official files are fetched, and nothing stands in
    for them. A stand-in is a data set of its own, named ``<stand-in>_for_<data set>`` and marked ``stand_in_for``, so that
    nothing made from it passes for the data set. The third mapping has a reason, one line, for each experiment with neither
    files nor a stand-in.
    """
    resolved, made, lacking = {}, {}, {}
    for name, experiment in experiments.items():
        wanted, stand_in = experiment.get("dataset"), experiment.get("stand_in")
        source = datasets[wanted]["source"] if wanted else experiment.get("text")
        resolved[name] = {key: value for key, value in experiment.items() if key != "stand_in"}
        files = [] if source is None or _fetched(sources[source], data) else absent_files(source, sources[source], data)
        if files and stand_in is None:
            lacking[name] = (
                f"{files[0]} of {source} is neither in data.folder nor in a folder of data.local, and nothing stands in for it; "
                f"put it there, or set data.download: true{_and_http(sources[source])}"
            )
        elif files:
            marked = f"{stand_in}_for_{wanted}"
            made[marked] = datasets[stand_in] | {"stand_in_for": wanted}
            resolved[name]["dataset"] = marked
    return resolved, datasets | made, lacking
