"""Layers, sizes and purity, read from the syntax trees of the package and the rules."""

import ast
import re
import sys
from pathlib import Path

import pytest

from helpers import PACKAGE, ROOT

FILES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))]
LINES = 400  # of a file
BODY = 40  # of a function, without its docstring
# The one integration loop: its steps share a dozen states and read in one piece.
LONGER = {"flows/loop.py:integrate": 80}
NO_TORCH = (
    *(
        "explorer",
        "figures",
        "tables",
        "claims",
        "report",
        "statistics",
        "pairs",
        "cubes",
        "contract",
        "assembly",
        "merge",
        "regime",
    ),
    *("show", "diff", "schema", "tolerances", "grid", "config", "checks", "resolve", "validation", "items", "sources"),
    *("digest", "files", "plan", "owner", "status"),
)
NUMERICS = ("networks", "activations", "losses", "flows", "descent", "ntk", "ntk_terms", "datasets", "stages", "theory")
# What moves bytes and reads files belongs to no numerics.
NOT_NUMERICS = ("datasets.fetch", "datasets.local")


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _imports(tree: ast.AST) -> set[str]:
    """Full names of what a module imports, anywhere in it; `from a import b` gives a and a.b."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not used"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


TREES = {_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
IMPORTS = {name: _imports(tree) for name, tree in TREES.items()}
OURS = {
    name: {other for other in TREES if other and f"crossover.{other}" in imported} - {name} for name, imported in IMPORTS.items()
}


def _closure(name: str) -> set[str]:
    """The module, and all modules of ours that it imports, directly or not."""
    found, todo = set(), [name]
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo += OURS[module]
    return found


def _of(folders: tuple[str, ...]) -> list[str]:
    return [name for name in TREES if name.split(".")[0] in folders and name not in NOT_NUMERICS]


def _packages(name: str) -> set[str]:
    return {imported.split(".")[0] for imported in IMPORTS[name]}


@pytest.mark.parametrize("name", _of(NO_TORCH))
def test_drawing_judging_and_planning_never_import_torch(name):
    assert {module for module in _closure(name) if "torch" in _packages(module)} == set()


@pytest.mark.parametrize("name", _of(NUMERICS))
def test_numerics_know_neither_files_of_the_cubes_nor_snakemake(name):
    assert {"xarray", "netCDF4", "snakemake", "typer", "rich", "matplotlib"} & _packages(name) == set()
    outside = {"cubes", "cli", "config", "files", "checkpoint", "progress"}
    assert {f"crossover.{module}" for module in outside} & IMPORTS[name] == set()


ALLOWED = {
    "variable": set(),
    "depth_schema": {"variable"},
    "regimes_schema": {"variable"},
    "schema": {"variable", "depth_schema", "regimes_schema"},
    "axes": set(),
    "grid": {"axes"},
    "digest": set(),
    "networks": {"networks", "activations", "ntk_terms"},
    "activations": {"activations"},
    "losses": {"losses"},
    "ntk": {"ntk_terms"},
    "ntk_terms": set(),
    "datasets": {"datasets"},
    "theory": {"theory"},
    "flows": {"flows", "losses", "networks", "ntk_terms"},
    "descent": {"ntk_terms"},
    "files": set(),
    "owner": set(),
    "checkpoint": {"files", "owner"},
    "status": {"owner"},
    "sources": {"datasets"},
    "validation": set(),
    "items": set(),
    "checks": {"validation", "grid", "sources", "networks"},  # of networks the sizes of layers alone: no torch, see above
    "resolve": {"validation", "items"},
    "config": {"validation", "checks", "resolve", "grid", "digest", "sources", "networks", "items"},
    "contract": {"schema"},
    "cubes": {"schema", "contract", "grid", "files"},
    "assembly": {"schema", "cubes", "grid"},
    "merge": {"schema", "cubes", "assembly"},
    "show": {"schema", "cubes"},
    "statistics": {"schema", "seeding", "regime"},
    "regime": {"schema"},
    "pairs": {"schema"},
    "tolerances": {"schema"},
    "diff": {"schema", "tolerances", "cubes", "files", "statistics", "diff"},
    "figures": {"schema", "figures", "claims"},
    "tables": {"tables", "claims"},
    "claims": {"schema", "claims", "statistics", "seeding"},
    "explorer": {"schema", "explorer"},
    "plan": {"plan", "config", "grid", "axes", "memory", "sources", "networks"},  # of networks the sizes of layers alone
}


@pytest.mark.parametrize("layer", ALLOWED)
def test_a_layer_imports_only_the_layers_below_it(layer):
    for name in _of((layer,)):
        assert {other.split(".")[0] for other in OURS[name]} <= ALLOWED[layer], name


def test_imports_have_no_cycle():
    for name in TREES:
        below = {other for module in OURS[name] for other in _closure(module)}
        # a package and its modules are one: `losses/hinge.py` takes its type from `losses/__init__.py`
        assert name not in below, name


def test_the_word_snakemake_does_not_occur_in_the_code_of_the_package():
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert "snakemake" not in named | _packages(_name(path)), path


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_rules_import_only_what_is_declared_and_planned_snakemake_and_the_standard_library(path):
    lines = re.findall(r"^\s*(?:from\s+(\S+)\s+import\s+(.+)|import\s+(.+))$", path.read_text(encoding="utf-8"), re.MULTILINE)
    for module, names, plain in lines:
        if module == "crossover":
            assert {name.split()[0] for name in names.split(",")} <= {"grid", "config", "items", "memory", "sources"}
        elif module != "crossover.plan.jobs":
            top = (module or plain).split(".")[0].split()[0]
            assert top == "snakemake" or top in sys.stdlib_module_names, f"{path.name} imports {top}"


def test_what_the_rules_import_is_quick_to_import():
    for name in ("grid", "config", "items", "memory", "plan.jobs", "sources"):
        heavy = {"torch", "xarray", "pandas", "numpy", "scipy", "matplotlib"}
        assert {module for module in _closure(name) if heavy & _packages(module)} == set()


def test_the_entry_of_the_workflow_is_short():
    assert len((ROOT / "Snakefile").read_text(encoding="utf-8").splitlines()) < 40


@pytest.mark.parametrize("path", FILES + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            length = body[-1].end_lineno - body[0].lineno + 1
            name = f"{path.relative_to(PACKAGE) if path in FILES else path.name}:{node.name}"
            assert length <= LONGER.get(name, BODY), f"{name} has {length} lines"


FORBIDDEN = re.compile(
    r"torch\.manual_seed|set_default_dtype|np\.random\.(?!Generator|default_rng|PCG64|SeedSequence)\w+|\bglobal\b"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_code_keeps_a_hidden_state(path):
    code = ast.unparse(_without_docstrings(ast.parse(path.read_text(encoding="utf-8"))))
    assert FORBIDDEN.findall(code) == []


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value = ""
    return tree


def test_no_two_functions_have_the_same_body():
    seen: dict[str, str] = {}
    for name, tree in TREES.items():
        for node in ast.walk(_without_docstrings(tree)):
            if isinstance(node, ast.FunctionDef) and node.body[-1].end_lineno - node.body[0].lineno >= 8:
                body = "".join(ast.dump(statement) for statement in node.body)
                assert body not in seen, f"{name}.{node.name} repeats {seen[body]}"
                seen[body] = f"{name}.{node.name}"


def test_every_public_function_has_a_docstring():
    for name, tree in {
        name: ast.parse(path.read_text(encoding="utf-8")) for name, path in zip(TREES, FILES, strict=True)
    }.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.col_offset == 0 and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{name}.{node.name}"


def test_versions_of_the_conda_environment_are_those_of_pip():
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE))
    pinned = {name.lower(): version for name, version in pinned.items()}
    renamed = {"matplotlib-base": "matplotlib", "seaborn-base": "seaborn", "pytorch": "torch"}
    conda = re.findall(r"^\s+- ([\w-]+) =(\S+)", (ROOT / "envs" / "crossover.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(conda) > 10
    for name, version in conda:
        if name != "python":
            # pip may pin a post-release of a wheel, which conda does not have
            assert re.sub(r"(\.\d+)?\.post\d+$", "", pinned[renamed.get(name, name)]) == version, name
