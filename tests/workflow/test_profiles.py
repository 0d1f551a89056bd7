"""The profiles, and what a cluster needs of the rules: no retries in them, no network in jobs."""

import re

import pytest
import yaml

from helpers import PACKAGE, ROOT

RULES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")))
BODIES = dict(re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", RULES, re.MULTILINE | re.DOTALL))
NETWORK = re.compile(r"^\s*(?:import|from) (pooch|urllib|requests|http|httpx|socket|ssl|ftplib|aiohttp|fsspec)\b", re.MULTILINE)


def profile(name: str) -> dict:
    return yaml.safe_load((ROOT / "profiles" / name / "profile.v9+.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("key", ["scheduler", "rerun-incomplete", "show-failed-logs", "rerun-triggers", "max-checksum-file-size"])
def test_both_profiles_decide_alike_what_runs_again(key):
    assert profile("slurm")[key] == profile("default")[key]


def test_what_the_cluster_profile_names_are_rules_that_take_a_device():
    assert all(resources["gpu"] == 1 for resources in profile("slurm")["set-resources"].values())
    assert set(profile("slurm")["set-resources"]) == {name for name, body in BODIES.items() if "gpu=GPU" in body}


def test_another_try_is_asked_of_the_cluster_and_never_inside_a_job():
    assert profile("slurm")["retries"] == 2
    assert not re.search(r"^\s+retries:", RULES, re.MULTILINE)


def test_a_job_that_is_tried_again_gets_more_time_and_memory():
    once = {name for name, body in BODIES.items() if "shell:" in body} - local_rules()
    for name in once:
        assert {"runtime", "mem_mb"} == {key for key in ("runtime", "mem_mb") if grows(BODIES[name], key)}, name


def grows(body: str, key: str) -> bool:
    """Whether a resource is a function of the attempt, there or in the common rules."""
    value = re.search(rf"^\s+{key}=(.+),$", body, re.MULTILINE)[1]
    return "attempt" in value or bool(re.search(rf"^def {value}\(wildcards, attempt\):", RULES, re.MULTILINE))


def local_rules() -> set[str]:
    """The rules that run on the submit host."""
    listed = re.search(r"^localrules:\n((?:    \w+,\n)+)", RULES, re.MULTILINE)[1]
    return set(re.findall(r"\w+", listed)) | {name for name, body in BODIES.items() if "localrule: True" in body}


def test_what_runs_on_the_submit_host_is_small_and_wants_no_device():
    assert local_rules() <= set(BODIES)
    assert not [name for name in local_rules() if "gpu=GPU" in BODIES[name]]


def test_the_network_is_reached_by_the_rule_that_fetches_and_that_one_is_local():
    reaching = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if NETWORK.search(path.read_text("utf-8"))}
    assert reaching == {"datasets/fetch.py"}
    calls = {path for path in PACKAGE.rglob("*.py") if re.search(r"fetch import fetch\b", path.read_text("utf-8"))}
    assert calls == {PACKAGE / "cli" / "rules.py"}, "the command `fetch`"
    fetching = {name for name, body in BODIES.items() if "crossover fetch" in body}
    assert fetching == {"fetch"} <= local_rules()
