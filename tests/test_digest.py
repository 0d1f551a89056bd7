import ast
import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from crossover import config, digest
from helpers import PACKAGE, member_spec, sphere_data
from test_config import every_spec, run_of


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package that digests are taken of."""
    copied = tmp_path / "crossover"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(digest, "PACKAGE", copied)
    _forget()
    yield copied
    _forget()


def _forget():
    for cached in (digest._read, digest.modules, digest.code_digest):
        cached.cache_clear()


def _changed(package, name: str, text: str) -> set[str]:
    """The rules whose spec changes when ``text`` is added to a module."""
    before = every_spec(run_of())
    path = package / name
    path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + text, encoding="utf-8")
    _forget()
    after = every_spec(run_of())
    return {rule for rule in before if before[rule] != after[rule]}


CODE = "\n\ndef added(x):\n    return x + 1\n"


def test_a_copy_of_the_package_has_the_same_digests(package):
    before = every_spec(run_of())
    _forget()
    assert every_spec(run_of()) == before


@pytest.mark.parametrize("name", ["losses/soft_hinge.py", "ntk.py", "statistics.py", "flows/loop.py"])
def test_a_comment_changes_no_digest(package, name):
    assert _changed(package, name, "\n# a comment\n\n\n") == set()


@pytest.mark.parametrize("name", ["losses/soft_hinge.py", "statistics.py", "claims/judge.py"])
def test_a_docstring_changes_no_digest(package, name):
    path = package / name
    text = path.read_text(encoding="utf-8")
    edited = re.sub(r'"""(?=\S)', '"""Edited. ', text)
    assert edited.count("Edited. ") > 1
    before = every_spec(run_of())
    path.write_text(edited, encoding="utf-8")
    _forget()
    assert every_spec(run_of()) == before


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("losses/soft_hinge.py", {"train", "kernels", "losses"}),
        ("losses/hinge.py", {"losses"}),
        ("networks/fc.py", {"train", "kernels"}),
        ("activations/softplus.py", {"train", "kernels"}),
        ("activations/gain.py", {"train", "kernels"}),
        ("activations/relu.py", set()),
        ("activations/tanh.py", set()),
        ("ntk.py", {"kernels"}),
        ("ntk_terms.py", {"train", "kernels"}),
        ("flows/loop.py", {"train", "kernels"}),
        ("flows/state.py", {"train", "kernels"}),
        ("flows/events.py", {"train", "kernels"}),
        ("flows/curve.py", {"train", "kernels"}),
        ("flows/field.py", {"train"}),
        ("flows/frozen.py", {"kernels"}),
        ("flows/euler.py", set()),
        ("checkpoint.py", set()),
        ("files.py", set()),
        ("reference.py", set()),
        ("stages/train.py", {"train"}),
        ("stages/kernels.py", {"kernels"}),
        ("datasets/idx.py", {"dataset"}),
        ("datasets/sphere.py", {"dataset"}),
        ("datasets/fetch.py", set()),
        ("datasets/pca.py", set()),
        ("datasets/cifar10.py", set()),
        ("sources.py", set()),
        ("seeding.py", {"dataset", "train", "kernels", "summary", "claims", "theory"}),
        ("grid.py", set()),
        ("statistics.py", {"summary", "claims"}),
        ("claims/parts.py", {"claims"}),
        ("theory/table.py", {"theory"}),
        ("theory/limits.py", set()),
        ("stages/depth_fig7.py", {"theory"}),
        ("stages/depth_fig6.py", set()),
        ("figures/fig3.py", {"figure"}),
        ("figures/fig4.py", set()),
        ("figures/style.py", {"figure"}),
        ("schema.py", set()),
        ("cubes.py", set()),
        ("cli/rules.py", set()),
        ("progress.py", set()),
        ("report.py", set()),
    ],
)
def test_a_code_edit_changes_the_digests_of_the_rules_that_it_decides_and_no_other(package, name, rules):
    assert _changed(package, name, CODE) == rules


@pytest.mark.parametrize("name", ["datasets/pca.py", "datasets/emnist_letters.py", "datasets/idx.py", "datasets/archive.py"])
def test_a_data_set_counts_its_format_what_that_reads_with_and_its_components(package, name):
    pca = {
        "datasets": run_of()["datasets"] | {"emnist_letters": run_of()["datasets"]["mnist_pca10"] | {"source": "emnist_letters"}}
    }
    before = config.dataset_spec(run_of() | pca, "emnist_letters", 100, 100)
    (package / name).write_text((package / name).read_text(encoding="utf-8") + CODE, encoding="utf-8")
    _forget()
    assert config.dataset_spec(run_of() | pca, "emnist_letters", 100, 100) != before


@pytest.mark.parametrize("name", ["losses/new_loss.py", "networks/new_network.py", "activations/new.py", "flows/new_flow.py"])
def test_a_new_choice_changes_no_digest(package, name):
    assert _changed(package, name, CODE) == set()


def test_a_module_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"'losses\.nowhere': no such module"):
        digest.modules("losses.nowhere", ())


SCRIPT = """
import json, sys
import numpy as np
from pathlib import Path
spec, folder, stage = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if stage == "dataset":
    from crossover.stages.dataset import run
    run(spec, [folder / name for name in spec["files"]])
else:
    data = dict(np.load(folder / "data.npz"))
    if stage == "train":
        from crossover.stages.train import run
        run(spec, data, device="cpu", progress=lambda ended, state: None, at_once=2)
    else:
        from crossover.stages.kernels import run
        run(spec, data, np.load(folder / "change.npy"), device="cpu", reporter=lambda label, count: lambda ended, state: None)
print(json.dumps(sorted(name for name in sys.modules if name.split(".")[0] == "crossover")))
"""


def _imported(spec: dict, folder, stage: str) -> set[str]:
    command = [sys.executable, "-c", SCRIPT, json.dumps(spec), str(folder), stage]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.removeprefix("crossover").lstrip(".") for name in json.loads(done.stdout)}


def _has_code(module: str) -> bool:
    """Whether a module holds more than a docstring."""
    path = digest._file(module) if module else PACKAGE / "__init__.py"
    return bool(digest._without_docstrings(ast.parse(path.read_text(encoding="utf-8"))).body)


@pytest.mark.parametrize("stage", ["dataset", "train", "kernels"])
def test_a_stage_imports_no_code_that_its_digest_misses(stage, tmp_path):
    chosen = ("datasets.idx", "datasets.sphere")
    if stage == "dataset":
        folder = PACKAGE.parent / "resources" / "fashion_mnist_subset"
        spec = json.loads(config.dataset_spec(run_of(), "fashion_subset", 20, 20))
    else:
        folder, spec = tmp_path, member_spec(kind=stage, kernel_points=4)
        np.savez(folder / "data.npz", **sphere_data(n=6, n_test=4, d=3))
        np.save(folder / "change.npy", np.zeros((2, 6 * 3 + 6 * 6 + 6)))
        chosen = config._choices({key: spec[key] for key in ("network", "loss", "flow")})
    assert spec["code"] == digest.code_digest(f"stages.{stage}", chosen)
    counted = digest.modules(f"stages.{stage}", chosen)
    missed = {name for name in _imported(spec, folder, stage) if name not in counted and name.split(".")[0] not in digest.OUTSIDE}
    assert {name for name in missed if _has_code(name)} == set()
