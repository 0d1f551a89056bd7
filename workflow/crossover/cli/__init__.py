"""The command line: what the rules call, and what people call. Each command reads, calls one function, and writes.

Exit codes: 0 success; 1 the input is wrong, or a check failed; 64 a wrong command line.
`crossover diff` has results of its own: 0 to 3, see docs/diff.md.
"""

import os
import sys

import typer

from crossover.cli import bench, diff, files, further, people, plan, rules, status

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(rules.app)
app.add_typer(further.app)
app.add_typer(people.app)
app.add_typer(plan.app)
app.add_typer(files.app)
app.add_typer(status.app)
app.add_typer(diff.app)
app.add_typer(bench.app, name="bench", help="Measure on this machine.")


WRONG_COMMAND_LINE = 64  # EX_USAGE of sysexits.h: 2 is a result of some commands
UsageError = typer.BadParameter.__base__  # click's, of which typer has its own copy


def main() -> None:
    """Run the command line; an error of the input is one line and exit code 1."""
    try:
        sys.exit(app(standalone_mode=False))
    except UsageError as error:
        error.show()
        sys.exit(WRONG_COMMAND_LINE)
    except (ValueError, OSError, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "out of memory" not in str(error):
            raise
        if os.environ.get("CROSSOVER_TRACEBACK"):
            raise
        print(f"crossover: {error}", file=sys.stderr)
        sys.exit(1)
