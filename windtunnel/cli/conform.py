"""`windtunnel conform`: the model beside recordings of Kubernetes, a line for each area."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from windtunnel.cli.proof import HELD, NOTHING_PROVED, VIOLATED
from windtunnel.conformance.runner import (
    AreaOutcome,
    ConformanceInputError,
    ConformanceOutcome,
    run_conformance,
)
from windtunnel.model.input_error import InputError
from windtunnel.reports.json_report import dumps
from windtunnel.reports.report import counted, shortened

_DIFFERENCE_LENGTH = 300


@click.command("conform")
@click.argument("directories", metavar="[DIR]...", nargs=-1)
@click.option("--json", is_flag=True, help="Print one JSON document.")
def conform_command(directories: tuple[str, ...], json: bool) -> int:
    """Run conformance tables and golden transcripts: those in DIR…, or those that come with windtunnel.

    Exit status: 0 where every case whose needs exist is answered as recorded, or is a published exception; 1 otherwise.
    """
    console = Console(file=sys.stderr if json else sys.stdout, highlight=False, width=None)
    paths = [Path(each) for each in directories] or None

    def show(area: AreaOutcome) -> None:
        for line in area_lines(area):
            console.print(line, markup=False, soft_wrap=True)

    try:
        outcome = run_conformance(paths, None if json else show)
    except ConformanceInputError as error:
        raise InputError(str(error)) from None
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from None
    if json:
        sys.stdout.write(dumps(outcome.to_json()))
    else:
        left_out = sum(sum(area.not_modelled.values()) for area in outcome.areas)
        console.print(
            f"{outcome.passed:,} of {counted(outcome.total, 'case')} passed, {left_out:,} not modelled",
            markup=False,
        )
    return conformance_status(outcome)


def conformance_status(outcome: ConformanceOutcome) -> int:
    """0 where only published exceptions fail, 1 where others do, 3 where no case could be run."""
    if not outcome.total:
        return NOTHING_PROVED
    unexplained = any(not each.reason for area in outcome.areas for each in area.failures)
    return VIOLATED if unexplained else HELD


def area_lines(area: AreaOutcome) -> list[str]:
    """A line for the area, and one for each case that failed."""
    line = f"{area.area:<28} {area.passed:>5} of {area.total:>5} passed"
    if area.not_modelled:
        needs = ", ".join(f"{count} {need}" for need, count in area.not_modelled.items())
        line += f"; not modelled: {needs}"
    lines = [line]
    for failure in area.failures:
        lines.append(f"    {failure.case}: {shortened(failure.difference, _DIFFERENCE_LENGTH)}")
        if failure.reason:
            lines.append(f"        known: {failure.reason}")
    return lines
