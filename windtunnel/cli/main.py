"""The command `windtunnel`: its sub-commands, and how every way to end becomes an exit status.

0 held, 1 violated, 2 the input is wrong, 3 nothing proved, 4 the harness itself failed. Of an error the terminal shows
one sentence; the traceback of a failure of the harness goes to a file, and to the terminal with WINDTUNNEL_TRACEBACK=1.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

import windtunnel
from windtunnel.cli.proof import FAILED, NOTHING_PROVED, WRONG_INPUT
from windtunnel.model.input_error import InputError

FOLDER = ".windtunnel"
COMMANDS = {
    "run": "windtunnel.cli.run:run_command",
    "replay": "windtunnel.cli.replay:replay_command",
    "list": "windtunnel.cli.list:list_command",
    "conform": "windtunnel.cli.conform:conform_command",
    "fidelity": "windtunnel.cli.fidelity:fidelity_command",
}


class LazyGroup(click.Group):
    """A group that imports a sub-command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The sub-command of a name, or None."""
        from importlib import import_module

        where = COMMANDS.get(cmd_name)
        if where is None:
            return None
        module, _, name = where.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(windtunnel.__version__, message="windtunnel %(version)s")
def command() -> None:
    """Put a control plane in the wind tunnel: deterministic chaos and property testing for Kubernetes-style logic."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(invoke(arguments))


def invoke(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    try:
        status: Any = command.main(
            None if arguments is None else list(arguments),
            prog_name="windtunnel",
            standalone_mode=False,
        )
        return status if isinstance(status, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG_INPUT
    except click.ClickException as error:
        return _say(error.format_message(), WRONG_INPUT)
    except InputError as error:
        _traceback_if_asked(error)
        return _say(str(error), WRONG_INPUT)
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", NOTHING_PROVED)
    except Exception as error:  # noqa: BLE001 - the last resort: whatever went wrong is told in one sentence
        return _failed(error)


def _failed(error: Exception) -> int:
    from windtunnel.cli.loading import own_frame

    _traceback_if_asked(error)
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    frame = own_frame(error)
    where = _write_traceback(error)
    if frame is not None:
        place = f"{frame.filename}, line {frame.lineno}, in {frame.name}"
        return _say(f"{place}: your code raised {what}{where}", WRONG_INPUT)
    return _say(f"the harness itself failed: {what}{where}", FAILED)


def _write_traceback(error: Exception) -> str:
    folder = Path(FOLDER)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number = 1
        while (path := folder / f"traceback-{number}.txt").exists():
            number += 1
        text = "".join(traceback.format_exception(error))
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return "; the traceback could not be written, set WINDTUNNEL_TRACEBACK=1 to see it"
    return f"; the traceback is in {path}"


def _traceback_if_asked(error: BaseException) -> None:
    if os.environ.get("WINDTUNNEL_TRACEBACK") == "1":
        traceback.print_exception(error)


def _say(sentence: str, status: int) -> int:
    from windtunnel.reports.report import plain

    print(f"windtunnel: {plain(sentence)}", file=sys.stderr)
    return status
