"""The command line in processes of its own: help, exit codes, one-line errors."""

import json
import os
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from crossover import cli, cubes, items
from crossover.claims import judge
from crossover.claims.evidence import of_cube
from helpers import ROOT
from synthetic import raw, summary

COMMANDS = sorted(get_command(cli.app).commands)


def _call(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "crossover", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


def test_the_commands_that_the_rules_call_are_there():
    rules = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")))
    called = {text.split()[0].strip('"') for text in rules.split("python -m crossover ")[1:]}
    assert called <= set(COMMANDS)
    assert {
        "fetch",
        "dataset",
        "train",
        "kernels",
        "point",
        "cube",
        "summary",
        "figure",
        "claims",
        "report-card",
        "explorer",
    } <= called


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    result = CliRunner().invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["train"], ["point", "--seed", "many"], ["bench", "nonsense"]])
def test_a_wrong_command_line_ends_with_exit_code_64_and_says_what_is_wrong(arguments):
    done = _call(*arguments)
    assert done.returncode == 64, done.stderr
    assert "Usage" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_help_is_no_error():
    done = _call("--help")
    assert done.returncode == 0
    assert "show" in done.stdout


@pytest.fixture
def bad(tmp_path):
    """A file that is no NetCDF, a raw cube, and a file of sources."""
    (tmp_path / "bad.nc").write_bytes(b"nothing")
    cubes.write(raw(), tmp_path / "raw.nc")
    (tmp_path / "sources.yaml").write_text("made: {files: {}}", encoding="utf-8")
    return tmp_path


FETCH = '{{"source": "made", "file": "x.gz", "hashes": {{"md5": "0", "content_md5": "0"}}}}'
WRONG_HASH = '{{"files": {{"bad.nc": {{"md5": "0", "content_md5": "0"}}}}}}'
WRONG = {
    "a missing file": (
        ["point", "--members", "{0}/none.nc", "--sqrt-h-alpha", "0.1", "--seed", "0", "--output", "{0}/o.nc"],
        "none.nc",
    ),
    "a file that is no netcdf": (["summary", "--spec", '{{"seed": 0}}', "--raw", "{0}/bad.nc", "--output", "{0}/o.nc"], "bad.nc"),
    "a seed that is not there": (
        ["point", "--members", "{0}/raw.nc", "--sqrt-h-alpha", "0.1", "--seed", "77", "--output", "{0}/o.nc"],
        "seed 77",
    ),
    "a file that is nowhere": (
        ["fetch", "--spec", FETCH, "--sources", "{0}/sources.yaml", "--local", "{0}/a:{0}/b", "--output", "{0}/o.gz"],
        "data.local",
    ),
    "a file with another hash": (
        [
            "dataset",
            "--spec",
            '{{"files": {{"bad.nc": {{"md5": "0", "content_md5": "0"}}}}}}',
            "--output",
            "{0}/o.nc",
            "{0}/bad.nc",
        ],
        "wanted 0",
    ),
    "no job files": (
        ["cube", "--spec", '{{"experiment": "a", "preset": "b", "configuration": {{"grid": []}}}}', "--output", "{0}/o.nc"],
        "standard input",
    ),
    "a spec that is no json": (["losses", "--spec", "nonsense", "--output", "{0}/o.nc"], "spec"),
    "an unknown device": (["check-reference", "{0}/raw.nc", "--device", "tpu"], "tpu"),
    "a summary without its name": (["claims", "--spec", '{{"claims": {{}}}}', "--output", "{0}/c.json", "{0}/raw.nc"], "="),
    "a raw cube alone": (["explorer", "--output", "{0}/o.html", "{0}/raw.nc"], "no summary cube"),
    "claims that are not there": (["report-card", "{0}/none.json"], "none.json"),
}


@pytest.mark.parametrize("what", WRONG)
def test_bad_input_gives_one_line_and_exit_code_1(what, bad):
    arguments, wanted = WRONG[what]
    done = _call(*[argument.format(bad) for argument in arguments])
    assert done.returncode == 1, done.stderr
    assert wanted in done.stderr
    assert done.stderr.startswith("crossover: ")
    assert len(done.stderr.splitlines()) == 1
    assert not list(bad.glob("o.*"))


def test_the_traceback_of_bad_input_can_be_asked_for(bad):
    done = _call("report-card", bad / "none.json", CROSSOVER_TRACEBACK="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_summary_figure_explorer_claims_and_report_card_follow_from_a_raw_cube(bad):
    spec = json.dumps({"experiment": "made", "seed": 0})
    done = _call("summary", "--spec", spec, "--raw", bad / "raw.nc", "--output", bad / "summary.nc")
    assert done.returncode == 0, done.stderr
    assert "made: 4 points, 0 left out" in done.stdout
    outputs = [argument for ending in ("png", "pdf") for argument in ("--output", bad / f"fig5.{ending}")]
    done = _call("figure", "--spec", '{"figure": "fig5"}', *outputs, f"plane={bad / 'summary.nc'}")
    assert done.returncode == 0, done.stderr
    assert (bad / "fig5.png").stat().st_size > 5000
    done = _call("explorer", "--output", bad / "explorer.html", bad / "raw.nc", bad / "summary.nc")
    assert done.returncode == 0, done.stderr
    assert "vegaEmbed" in (bad / "explorer.html").read_text(encoding="utf-8")
    roles = {name: {"roles": {"made": "made"}, "absent": {}} for name, roles in items.CLAIMS.items() if roles is None}
    absent = {name: {"roles": {}, "absent": dict.fromkeys(roles, "not made")} for name, roles in items.CLAIMS.items() if roles}
    claims = json.dumps({"claims": roles | absent})
    done = _call("claims", "--spec", claims, "--output", bad / "claims.json", f"made={bad / 'summary.nc'}")
    assert done.returncode == 0, done.stderr
    assert [claim["id"] for claim in json.loads((bad / "claims.json").read_text(encoding="utf-8"))] == [
        *(f"C{k}" for k in range(1, 21)),
        *(f"D{k}" for k in range(1, 24)),
        *(f"R{k}" for k in range(1, 25)),
    ]
    done = _call("report-card", bad / "claims.json")
    assert done.returncode == 0, done.stderr
    assert "Report card" in done.stdout


def test_the_claims_of_a_file_are_those_of_the_summary_in_memory(tmp_path):
    made = summary()
    cubes.write(made, tmp_path / "summary.nc")
    spec = json.dumps({"claims": {"C6": {"roles": {"plane": "made"}, "absent": {"other": "no files"}}}})
    done = _call("claims", "--spec", spec, "--output", tmp_path / "claims.json", f"made={tmp_path / 'summary.nc'}")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "claims.json").read_text(encoding="utf-8")) == [
        judge.judge("C6", {"plane": of_cube(made)}, {"other": "no files"})
    ]
