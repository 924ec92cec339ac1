"""What a command prints: its header first, then the report as text, or one JSON document and nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import Console

from windtunnel.cli.proof import exit_status
from windtunnel.cli.saving import DEFAULT_FOLDER, append_step_summary, write_reports
from windtunnel.model.outcome import Verdict
from windtunnel.reports.json_report import render_json
from windtunnel.reports.report import Report, header, plain
from windtunnel.reports.text import print_text, render_text


def progress_console() -> Console:
    """A console on standard error, for what is only to be seen while it happens."""
    return Console(file=sys.stderr, highlight=False)


def print_header(version: str, seed: int, options: tuple[tuple[str, str], ...], json: bool) -> None:
    """Print the first line; with --json to standard error, since standard output is the document."""
    print(header(version, seed, options), file=sys.stderr if json else sys.stdout, flush=True)


def _print_text(report: Report) -> None:
    """On a terminal in colours and as wide as it is; elsewhere plain and of a fixed width."""
    if sys.stdout.isatty():
        print_text(report, Console(file=sys.stdout, highlight=False), with_header=False)
    else:
        sys.stdout.write(render_text(report, with_header=False))


def show(report: Report, *, json: bool, out: str | None) -> int:
    """Write the files, print the report, and return the exit status. Raises InputError."""
    append_step_summary(report)
    written: list[Path] = []
    if out is not None or report.outcome.verdict is Verdict.VIOLATED:
        written = write_reports(report, Path(out if out is not None else DEFAULT_FOLDER))
    try:
        if json:
            sys.stdout.write(render_json(report))
        else:
            _print_text(report)
            if written:
                print(f"report: {plain(str(written[0]))}")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough; the exit status still says how it went.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exit_status(report.outcome)
