"""A copy of the project with a tiny configuration, and Snakemake run on it as a user would."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import yaml

from crossover import grid
from helpers import ROOT, shipped, tiny_experiment

COPIED = ("Snakefile", "workflow", "config", "profiles", "envs")
SUMMARISED = re.compile(r"^(\w+)\s+(\d+)\s*$", re.MULTILINE)


class Project:
    """A copy of the project in a folder of its own, run with its own package."""

    def __init__(self, folder: Path, **changes):
        self.folder, self.results = folder, folder / "results" / "tiny"
        folder.mkdir(parents=True)
        for name in COPIED:
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored) if source.is_dir() else shutil.copy(source, folder / name)
        declared = shipped("experiments.yaml")
        declared["experiments"] = {"tiny": tiny_experiment(**changes) | {"presets": {"demo": {}}}}
        declared |= {section: {} for section in ("initial", "grams", "pairs", "tables")}
        declared["figures"] = {
            name: roles if set(roles.values()) <= set(declared["theory"]) else dict.fromkeys(roles, "tiny")
            for name, roles in declared["figures"].items()
        }
        declared["claims"] = {name: ["tiny"] for name, given in declared["claims"].items() if isinstance(given, list)}
        (folder / "tiny_experiments.yaml").write_text(yaml.safe_dump(declared), encoding="utf-8")
        self.configuration = {
            "run": "tiny",
            "experiments_file": "tiny_experiments.yaml",
            "experiments": ["tiny"],
            "figures": ["fig1", "fig3", "fig4", "fig5"],
            "device": "cpu",
        }

    def write(self, overlay: dict | None = None) -> Path:
        """The tiny configuration with an overlay, in a file of the folder."""
        path = self.folder / "tiny.yaml"
        path.write_text(yaml.safe_dump(self.configuration | (overlay or {})), encoding="utf-8")
        return path

    def snakemake(self, *arguments: str, overlay: dict | None = None, check: bool = True) -> str:
        """What Snakemake prints with the tiny configuration and an overlay."""
        return self.call(*arguments, "--configfile", "config/config.yaml", str(self.write(overlay)), check=check)

    def call(self, *arguments: str, check: bool = True) -> str:
        """What Snakemake prints, run in the folder of the copy with two cores."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("SNAKEMAKE", "PYTHONPATH", "CROSSOVER"))}
        done = subprocess.run(command, cwd=self.folder, env=clean, capture_output=True, text=True, timeout=300, check=False)
        printed = done.stdout + done.stderr
        assert not check or done.returncode == 0, printed[-6000:]
        assert check or done.returncode != 0, printed[-6000:]
        return printed

    def planned(self, *arguments: str, overlay: dict | None = None) -> Counter:
        """How many jobs of each rule a dry run lists, those without outputs of their own left out."""
        printed = self.snakemake("-n", *arguments, overlay=overlay)
        if "Nothing to be done" in printed:
            return Counter()
        table = printed[: printed.index("total")] if "total" in printed else ""
        counted = {rule: int(count) for rule, count in SUMMARISED.findall(table)}
        return Counter({rule: count for rule, count in counted.items() if rule not in ("all", "cubes", "figures", "diff")})

    @contextmanager
    def edited(self, name: str, edit):
        """A file of the copy changed by ``edit`` and put back afterwards."""
        path = self.folder / name
        before = path.read_text(encoding="utf-8")
        after = edit(before)
        assert after != before
        path.write_text(after, encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(before, encoding="utf-8")

    @property
    def experiment(self) -> dict:
        """The experiment of the run."""
        return yaml.safe_load((self.folder / "tiny_experiments.yaml").read_text(encoding="utf-8"))["experiments"]["tiny"]

    @property
    def jobs(self) -> list[grid.Job]:
        """The jobs of the run."""
        return grid.jobs("tiny", self.experiment)

    def claims(self) -> list[dict]:
        """The judged claims."""
        return json.loads((self.results / "claims.json").read_text(encoding="utf-8"))


def more(**changes) -> dict:
    """An overlay that replaces keys of the experiment."""
    return {"overrides": {"tiny": changes}}
