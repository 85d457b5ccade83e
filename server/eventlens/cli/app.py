"""The ``eventlens`` command: its subcommands, and what becomes of an error."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

import eventlens
from eventlens.cli.cache_command import cache
from eventlens.cli.check_command import check
from eventlens.cli.doctor_command import doctor
from eventlens.cli.explain_command import explain
from eventlens.cli.failures import SkippedParts, nothing_skipped
from eventlens.cli.map_command import map_workspace
from eventlens.cli.models_command import models
from eventlens.cli.problems import UserProblem
from eventlens.cli.serve_command import serve

FINDINGS, USAGE, INTERNAL = 1, 2, 3
_INTERRUPTED = 130

app = typer.Typer(
    name="eventlens",
    help="Who publishes this, who consumes it, and where can this flow lose, duplicate or loop a message?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("map")(map_workspace)
app.command("check")(check)
app.command("explain")(explain)
app.command("serve")(serve)
app.command("models")(models)
app.command("doctor")(doctor)
app.command("cache")(cache)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"eventlens {eventlens.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of the command itself; Typer calls `_print_version` for the only one."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Errors are printed to standard error, never raised."""
    try:
        with nothing_skipped():
            result = typer.main.get_command(app).main(list(arguments), prog_name="eventlens", standalone_mode=False)
            sys.stdout.flush()
    except UserProblem as problem:
        return _complain(*problem.lines)
    except SkippedParts as skipped:
        sys.stderr.write(f"eventlens: internal error: {skipped}. Please report it with the lines above.\n")
        return INTERNAL
    except BrokenPipeError:
        # The reader went away (`eventlens map | head`). Without this Python complains once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED
    except Exception as error:
        return _usage_or_internal(error)
    return result if isinstance(result, int) else 0


def _usage_or_internal(error: Exception) -> int:
    """Typer's usage errors have no public base class that every supported version shares; they all format themselves."""
    format_message = getattr(error, "format_message", None)
    if format_message is not None:
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(format_message() + "\n")
            return USAGE
        told = " ".join(format_message().split()).replace(": Value error, ", ": ")  # Typer's words for a wrong choice
        return _complain(f"{told} See `{_command_path(error)} --help`.")
    traceback.print_exc()
    sys.stderr.write(
        f"eventlens: internal error: {type(error).__name__}: {error}. Please report it with the lines above.\n"
    )
    return INTERNAL


def _command_path(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context is not None else "eventlens"


def _complain(*lines: str) -> int:
    for line in lines:
        sys.stderr.write(f"eventlens: {line}\n")
    return USAGE
