"""`crossover diff` and `crossover baseline` on the command line: exit codes, tables, JSON, page and figure."""

import json
import re
import sys
from typing import NamedTuple

import pytest

from crossover import cli, cubes
from crossover.claims import judge
from crossover.claims.evidence import of_cube
from made_pairs import changed
from synthetic import raw, summary


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def call(monkeypatch, capsys):
    """Runs the command line as its own process would, without the seconds that a process takes to import everything."""

    def run(*arguments) -> Done:
        monkeypatch.setattr(sys, "argv", ["crossover", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Done(ended.value.code or 0, *capsys.readouterr())

    return run


def _run(folder, data, h=(20, 40, 80)):
    """A results folder with one experiment."""
    cubes.write(raw(), folder / "cubes" / "made.nc")
    cubes.write(data.sel(h=list(h)), folder / "summary" / "made.nc")
    claims = [judge.judge(name, {"made": of_cube(data)}, {}) for name in ("C5", "C6")]
    (folder / "claims.json").write_text(json.dumps(claims), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Three runs: the second within tolerance of the first, the third different."""
    folder, made = tmp_path_factory.mktemp("runs"), summary()
    near = changed(made, "t_half_mean", lambda values: values.__imul__(1 + 1e-6))
    far = changed(made, "kernel_change_mean", lambda values: values[0, 1].__imul__(2))
    return [_run(folder / name, data) for name, data in (("a", made), ("near", near), ("far", far))]


def test_exit_codes(runs, tmp_path, call):
    a, near, far = runs
    for arguments, code in [
        ((a, a), 0),
        ((a, near), 1),
        ((a, far), 2),
        ((a, far, "--tolerance", "kernel_change_mean=0,1"), 1),
        ((a, a / "claims.json"), 3),
        ((a / "cubes" / "made.nc", a / "summary" / "made.nc"), 3),
        ((a, tmp_path / "none"), 3),
        ((a, near, "--json", a / "claims.json" / "x.json"), 3),
        ((a,), 64),
        ((a, a, "--tolerance", "nonsense=1,2"), 64),
        ((a, a, "--tolerance", "t_stop=1"), 64),
        ((a, a, "--variable", "nonsense"), 64),
        ((a, a, "--rtol", "-1"), 64),
    ]:
        done = call("diff", *arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr


def test_the_table_names_the_variable_the_place_and_the_result(runs, call):
    done = call("diff", runs[0], runs[2])
    assert "Result: different (exit code 2)" in done.stdout
    [row] = [line for line in done.stdout.splitlines() if line.strip().startswith("kernel_change_mean ")]
    assert "different" in row and "h 40" in row


def test_json_on_the_terminal_is_nothing_but_json_and_says_the_same(runs, call):
    done = call("diff", runs[0], runs[2], "--json", "-")
    found = json.loads(done.stdout)
    assert found["exit_code"] == done.returncode == 2
    assert [file["name"] for file in found["files"]] == ["cubes/made.nc", "summary/made.nc", "claims.json"]
    assert [file["exit_code"] for file in found["files"]][:2] == [0, 2]
    [variable] = [each for each in found["files"][1]["variables"] if each["exit_code"] == 2]
    assert variable["name"] == "kernel_change_mean"
    assert variable["largest"][0]["at"]["h"] == 40


def test_the_page_needs_nothing_else_and_the_figure_is_drawn(runs, tmp_path, call):
    page, figure, text = tmp_path / "diff.html", tmp_path / "diff.png", tmp_path / "diff.json"
    done = call("diff", runs[0], runs[2], "--html", page, "--figure", figure, "--json", text, "--variable", "kernel_change_mean")
    assert done.returncode == 2, done.stderr
    html = page.read_text(encoding="utf-8")
    assert "kernel_change_mean" in html and "data:image/png;base64," in html
    assert not re.search(r'(src|href)="(?!data:)', html)
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert json.loads(text.read_text(encoding="utf-8"))["exit_code"] == 2


def test_a_figure_that_has_nothing_to_show_is_said(runs, tmp_path, call):
    done = call("diff", runs[0] / "claims.json", runs[0] / "claims.json", "--figure", tmp_path / "diff.png")
    assert done.returncode == 0
    assert "is not drawn" in done.stderr
    assert not (tmp_path / "diff.png").exists()


def test_files_of_one_folder_alone_count_and_parts_do_not(runs, tmp_path, call):
    other = _run(tmp_path / "b", summary())
    cubes.write(summary(), other / "summary" / "second.nc")
    for path in (other / "cubes").iterdir():
        path.unlink()
    done = call("diff", runs[0], other)
    assert "files only in B (1): summary/second.nc" in done.stdout
    assert "not compared, only in A (1): cubes" in done.stdout
    assert done.returncode == 2
    assert call("diff", runs[0], other, "--common").returncode == 1


def test_a_baseline_is_identical_to_its_run_and_a_fraction_of_it(runs, tmp_path, call):
    done = call("baseline", runs[0], tmp_path / "baseline")
    assert done.returncode == 0, done.stderr
    assert call("diff", tmp_path / "baseline", runs[0]).returncode == 0
    assert call("diff", tmp_path / "baseline", runs[2]).returncode == 2
    kept, whole = (folder / "summary" / "made.nc" for folder in (tmp_path / "baseline", runs[0]))
    assert kept.stat().st_size < whole.stat().st_size
    done = call("baseline", tmp_path / "none", tmp_path / "baseline")
    assert done.returncode == 1 and "has no summary" in done.stderr
