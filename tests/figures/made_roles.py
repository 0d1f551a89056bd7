"""What each role of a figure is played by: made files whose truth is known. Written only inside tests."""

import json

import numpy as np
import xarray as xr

from crossover import cubes
from crossover.items import FIGURES
from synthetic import A, H, summary

CONFIGURED = {"dataset": "fashion_subset", "n": 500, "L": 3, "alpha": 1}


def configured(data: xr.Dataset, **changes) -> xr.Dataset:
    """The same file with keys of its configuration replaced, and with ``stand_in_for``."""
    wanted = changes.pop("stand_in_for", "")
    configuration = json.loads(data.attrs["configuration"]) | changes
    return data.assign_attrs(configuration=json.dumps(configuration), stand_in_for=wanted)


def _attrs(kind: str, configuration=CONFIGURED, **spec) -> dict:
    more = {"licence": "made", "device": "cpu", "dtype": "{}", "experiment": "made", "preset": "demo"}
    return cubes.provenance(
        kind=kind, title="made", spec=json.dumps(spec | {"name": "made"}), configuration=json.dumps(configuration), **more
    )


def initial(*, h=H, seeds=3, layers=4, noise=1e-3) -> xr.Dataset:
    """Speeds as h^-1/2; gradients of the first and last weights as h^-1/2, of those between as 1/h."""
    generator = np.random.default_rng(0)
    widths = np.array(h, dtype=float)[:, None, None]
    hidden, layer = np.arange(1, layers), np.arange(layers)
    exponents = np.where((layer == 0) | (layer == layers - 1), -0.5, -1.0)
    arrays = {
        "h": list(h),
        "seed": list(range(seeds)),
        "hidden": hidden,
        "layer": layer,
        "preactivation_speed": widths**-0.5 * hidden * np.exp(noise * generator.standard_normal((len(h), seeds, len(hidden)))),
        "gradient": widths**exponents * np.exp(noise * generator.standard_normal((len(h), seeds, layers))),
    }
    return cubes.make("initial", arrays, _attrs("initial"))


def pair(*, h=(20,), a=A, seeds=3, failed=()) -> xr.Dataset:
    """Outputs that differ by 1e-3 and cost twice as much; failed : positions (h, a, seed) that are not there."""
    generator = np.random.default_rng(0)
    shape = (1, len(h), len(a), seeds)
    arrays = {"L": [3], "h": list(h), "sqrt_h_alpha": list(a), "seed": list(range(seeds))}
    arrays |= {"alpha": np.array(a)[None, :] / np.sqrt(h)[:, None]}
    for name, level in (("output_difference", 1e-3), ("evaluations_ratio", 2.0)):
        arrays[name] = level * np.exp(0.1 * generator.standard_normal(shape))
        for position in failed:
            arrays[name][(0, *position)] = np.nan
    return cubes.make("pair", arrays, _attrs("pair", {"first": CONFIGURED, "second": CONFIGURED}, first="loose", second="tight"))


def gram(*, points=40, classes=10) -> xr.Dataset:
    """A kernel that ends larger between patterns of one label; the classes of the patterns are in no order."""
    generator = np.random.default_rng(0)
    of_point = generator.permutation(np.arange(points) % classes)
    label = 2 * (of_point % 2) - 1
    noise = generator.standard_normal((points, points))
    arrays = {"gram_class": of_point, "gram_label": label, "gram_init": 1 + 0.05 * (noise + noise.T)}
    arrays["gram_final"] = (
        arrays["gram_init"] * (1 + 0.6 * np.outer(label, label)) * (1 + 0.2 * np.equal.outer(of_point, of_point))
    )
    return cubes.make("gram", arrays, _attrs("gram"))


def fixed_alpha(*, h=H, **options) -> xr.Dataset:
    """A summary of networks at alpha = 1, one value of sqrt(h) alpha at each width."""
    a = tuple(float(np.sqrt(width)) for width in h)
    absent = [(j, k) for j in range(len(h)) for k in range(len(h)) if j != k]
    return summary(h=h, a=a, absent=absent, **options)


OTHERS = {"gram": lambda _: gram(), "initial": lambda _: initial(), "steps": lambda _: pair(), "momentum": lambda _: pair()}


def roles_of(figure: str, **options) -> dict[str, xr.Dataset]:
    """A file for each role of a figure; the summaries are made with the options."""
    return {role: OTHERS.get(role, lambda given: summary(**given))(options) for role in FIGURES[figure].roles}
