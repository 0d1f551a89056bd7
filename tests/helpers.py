"""What several test modules share: paths of the project, shipped and tiny configurations, small data."""

import copy
import json
from pathlib import Path

import numpy as np
import yaml

from crossover import config, grid

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "workflow" / "crossover"
TINY_GRID = [
    {"L": [2], "h": [4, 8], "sqrt_h_alpha": [1.0, 100.0], "seeds": 2},
    {"L": [2], "h": [8], "sqrt_h_alpha": [1.0, 100.0], "seeds": 4},
]
PRESETS = ("demo", "laptop", "article")


def shipped(name: str) -> dict:
    """The content of a file in config/."""
    return yaml.safe_load((ROOT / "config" / name).read_text(encoding="utf-8"))


def run_of(preset: str = "demo", **changes) -> dict:
    """The resolved run of a preset, with keys of the configuration replaced."""
    shipped_run = shipped("config.yaml")
    data = shipped_run["data"] | dict.fromkeys(("download", "http"), preset != "demo")
    return config.load(shipped_run | {"preset": preset, "data": data} | changes, ROOT)


def of_the_demo() -> dict:
    """The shipped experiments file with the experiments of the demo alone: no heirs of an edit."""
    declared, names = shipped("experiments.yaml"), shipped("config.yaml")["experiments"]
    declared["experiments"] = {name: declared["experiments"][name] for name in names}
    declared |= {section: {} for section in ("initial", "grams", "pairs", "tables")}
    declared["figures"] = {name: roles for name, roles in declared["figures"].items() if set(roles.values()) <= set(names)}
    inside = {
        name: [each for each in given if each in names] for name, given in declared["claims"].items() if isinstance(given, list)
    }
    return declared | {"claims": {name: given for name, given in inside.items() if given}}


def load_edited(tmp_path: Path, edit) -> dict:
    """The resolved run of the demo's experiments after ``edit(configuration, experiments)`` has changed both in place."""
    configuration, experiments = shipped("config.yaml"), of_the_demo()
    edit(configuration, experiments)
    path = tmp_path / "experiments.yaml"
    path.write_text(yaml.safe_dump(experiments, sort_keys=False), encoding="utf-8")
    return config.load(configuration | {"experiments_file": str(path)}, ROOT)


def tiny_experiment(**changes) -> dict:
    """The shipped experiment on a handful of patterns; the flow and the loss are the shipped ones."""
    declared = copy.deepcopy(shipped("experiments.yaml")["experiments"]["fashion"])
    demo = declared.pop("presets")["demo"]
    demo.pop("decades_per_job")  # a job for each value of sqrt(h) alpha
    small = {
        "dtype": "float64",  # of width 4 and nearly dead: a member trains on slopes of 1e-12, which float32 does not have
        "n": 20,
        "n_test": 60,
        "kernel_points": 15,
        "output_points": 3,
        "seeds_per_job": 2,
        "curve": {"decades": [-3, 3], "per_decade": 4},
        "grid": TINY_GRID,
    }
    return config.merge(config.merge(declared, demo), small | changes)


def member_spec(*, L=2, h=6, sqrt_h_alpha=10.0, seeds=(0, 1), kind="train", **changes) -> dict:
    """The spec of a tiny job, as the workflow would make it."""
    run = run_of() | {"experiments": {"fashion": tiny_experiment(**changes)}}
    alphas = sqrt_h_alpha if isinstance(sqrt_h_alpha, tuple) else (sqrt_h_alpha,)
    job = grid.Job("fashion", L, h, alphas, *seeds)
    return json.loads(getattr(config, f"{kind}_spec")(run, job))


def sphere_data(*, n: int, n_test: int, d: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Random patterns of norm sqrt(d) with random labels, under the names of a data set."""
    generator = np.random.default_rng(seed)
    arrays = {}
    for part, count in (("train", n), ("test", n_test)):
        x = generator.standard_normal((count, d))
        x *= np.sqrt(d) / np.linalg.norm(x, axis=1, keepdims=True)
        classes = generator.permutation(np.arange(count) % 2)
        arrays |= {
            f"x_{part}": x.astype(np.float32),
            f"y_{part}": (2 * classes - 1).astype(np.int8),
            f"class_{part}": classes.astype(np.int16),
        }
    return arrays
