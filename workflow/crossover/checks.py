"""What a JSON schema cannot say of an experiment: sizes, dynamics and grids that do not go together."""

from itertools import pairwise

from crossover import grid
from crossover import sources as data
from crossover.networks import parameterization
from crossover.networks.shapes import LAYERS
from crossover.validation import ConfigError


def layers(key: str, experiment: dict, name: str, dataset: dict, sources: dict) -> None:
    """A network on images gets images, and has the layers that its grid asks for."""
    architecture, shape = experiment["network"]["architecture"], data.image_shape(dataset, sources[dataset["source"]])
    if architecture not in LAYERS:
        return
    if not shape:
        raise ConfigError(
            f"{key}.network.architecture = {architecture!r}: it takes images, {name} has principal components; "
            "choose fc or another data set"
        )
    points = grid.points(experiment) if "grid" in experiment else [grid.Point(experiment["L"], h, 1.0) for h in experiment["h"]]
    for point in points:
        try:
            LAYERS[architecture](image_shape=shape, h=point.h, L=point.L)
        except ValueError as error:
            raise ConfigError(f"{key}.grid: {grid.point_name(point)} on {name}: {error}") from error


def sizes(key: str, experiment: dict) -> None:
    """Points of kernels and outputs among the test points."""
    for name, what in (("kernel_points", "the kernel is"), ("output_points", "norms of the output are")):
        if experiment.get(name, 0) > experiment["n_test"]:
            raise ConfigError(
                f"{key}.{name} = {experiment[name]}: {what} taken on test points, at most n_test = {experiment['n_test']}"
            )


def thresholds(regime: dict) -> None:
    """Thresholds of the regimes that rise."""
    for name, values in regime.items():
        if name != "points" and values[0] >= values[1]:
            raise ConfigError(f"regime.{name} = {values}: wanted lazy below the first, feature above the second; let them rise")


def scaling(key: str, experiment: dict) -> None:
    """A parameterization with a stable limit, and dynamics that it is made for."""
    given, flow = experiment["network"].get("parameterization", "ntk"), experiment.get("flow", {}).get("name")
    try:
        parameterization.checked(given)
    except ValueError as error:
        raise ConfigError(f"{key}.network.parameterization = {error}") from error
    if given != "ntk" and flow in ("adam", "momentum"):
        raise ConfigError(
            f"{key}.network.parameterization = {given!r}: its rate is that of gradient descent, not of flow {flow}; "
            "take another flow, or ntk"
        )


def dynamics(key: str, experiment: dict) -> None:
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
    if "patterns_at_once" in experiment and flow in ("auto", "tangent"):
        raise ConfigError(
            f"{key}.patterns_at_once = {experiment['patterns_at_once']}: flow {flow} takes kernels of all patterns; "
            "take flow rkc, or take the key out"
        )
    if flow == "adam" and experiment["dtype"] == "float32":
        raise ConfigError(f"{key}.dtype = float32: flow adam takes differences of outputs, which need float64; use it or auto")
    if flow == "adam" and experiment["kernel_points"]:
        raise ConfigError(
            f"{key}.kernel_points = {experiment['kernel_points']}: with a frozen kernel there are no weights for flow adam; "
            "use 0, or another flow"
        )


def rising(key: str, item: dict) -> None:
    """Lists of an item of another paper that rise: its figures and claims read their ends as the least and the most."""
    lists = {name: item[name] for name in ("widths", "rate_ratios", "log2_rates") if name in item}
    if isinstance(item.get("times"), dict):
        lists["times.decades"] = item["times"]["decades"]
    for name, values in lists.items():
        if any(one >= other for one, other in pairwise(values)):
            raise ConfigError(f"{key}.{name} = {values}: wanted numbers that rise; put them in order")


def axes_and_seeds(key: str, experiment: dict) -> None:
    """Decades that go up, seeds that fill blocks and are the same along sqrt_h_alpha."""
    swept = {f"grid.{i}.sqrt_h_alpha": part.get("sqrt_h_alpha") for i, part in enumerate(experiment["grid"])}
    for axis, values in ({"curve": experiment["curve"]} | swept).items():
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
