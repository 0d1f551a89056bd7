"""Digest of the code that decides the numbers of a job. Standard library only.

Snakemake does not track imported modules, so every spec carries a digest of them: sha256 over their code, docstrings and
comments out: the stage's module and what it imports. Of the folders of choices (data sets, networks, activations, losses,
flows) only the module that the spec names counts, so that a new loss or network reruns nothing; of the modules that carry
results to disk or report progress (`OUTSIDE`) none does.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
OUTSIDE = ("schema", "contract", "cubes", "cli", "progress", "checkpoint", "memory")


def _file(module: str) -> Path | None:
    path = PACKAGE.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _without_docstrings(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            if body and isinstance(body[0], ast.Expr) and isinstance(getattr(body[0].value, "value", None), str):
                node.body = body[1:]
    return tree


@cache
def _read(module: str) -> tuple[str, frozenset[str]]:
    """The code of a module, normalised, and the modules of this package that it imports."""
    path = _file(module)
    if path is None:
        raise ValueError(f"`module` is {module!r}: no such module in {PACKAGE}")
    tree = _without_docstrings(ast.parse(path.read_text(encoding="utf-8")))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "crossover":
            base = node.module.removeprefix("crossover").lstrip(".")
            if base and _file(base):
                imported.add(base)
            for alias in node.names:
                name = f"{base}.{alias.name}".lstrip(".")
                if _file(name):
                    imported.add(name)
        elif isinstance(node, ast.Import):
            imported |= {a.name.removeprefix("crossover.") for a in node.names if a.name.startswith("crossover.")}
    return ast.unparse(tree), frozenset(imported)  # the text is stabler over Python versions than ast.dump


@cache
def modules(entry: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The modules whose code decides the numbers: closure of imports from ``entry`` and the ``chosen`` modules."""
    found: set[str] = set()
    todo = [entry, *chosen]
    while todo:
        module = todo.pop()
        if module in found or module.split(".")[0] in OUTSIDE:
            continue
        found.add(module)
        todo.extend(_read(module)[1])
    return tuple(sorted(found))


@cache
def code_digest(entry: str, chosen: tuple[str, ...] = ()) -> str:
    """Sixteen hexadecimal digits of sha256 over the modules of `modules`."""
    total = hashlib.sha256()
    for module in modules(entry, chosen):
        total.update(module.encode() + b"\0" + _read(module)[0].encode() + b"\0")
    return total.hexdigest()[:16]
