"""The report on a terminal: the promises as a table, each violation small enough to read, and one last line.

A violation is at most some forty lines: long chains of causes and long scenarios are abridged; the whole story is in
the other reports. Names are shown as plain text, without control characters and without anybody's markup.
"""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from windtunnel.model.outcome import Failure
from windtunnel.reports.report import (
    Report,
    abridged,
    at,
    counted,
    faults_of,
    first_finding,
    invariant_of,
    plain,
    repeat_command,
    shortened,
    standing,
    tally,
    work,
)

WIDTH = 100
STYLES = {"held": "green", "violated": "bold red", "unknown": "yellow", "not applicable": "dim"}
_FIELD_LIMIT = 250
_LEAST_REASON = 20
_FIRST_CAUSES, _LAST_CAUSES = 2, 11
_FIRST_ACTIONS, _LAST_ACTIONS = 5, 4


def render_text(report: Report, *, with_header: bool = True) -> str:
    """The text without colours and without spaces at line ends. O(promises + failures)."""
    stream = StringIO()
    console = Console(file=stream, width=WIDTH, no_color=True, highlight=False)
    print_text(report, console, with_header=with_header)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def print_text(report: Report, console: Console, *, with_header: bool = True) -> None:
    """Print the report; a command that has printed its header already leaves it out here."""
    outcome = report.outcome
    if with_header:
        _line(console, Text(report.header))
    for notice in outcome.notices:
        _line(console, Text.assemble(("note: ", "cyan"), plain(notice)))
    _print_promises(report, console)
    for failure in outcome.failures:
        _print_failure(report, failure, console)
    for reason in outcome.nothing_proved:
        _line(console, Text.assemble(("nothing proved: ", "yellow"), plain(reason)))
    word = str(outcome.verdict)
    ending = Text.assemble((word, STYLES[word]), f": {work(report)}; {tally(outcome)}")
    if outcome.digest:
        ending.append(f"; digest {plain(outcome.digest)}")
    _line(console, ending)


def _print_promises(report: Report, console: Console) -> None:
    """A line for each promise; what does not fit is cut off at the end of the line, where it hurts least."""
    promises = report.outcome.promises
    width = max((len(plain(result.id)) for result in promises), default=0)
    _line(
        console, Text(f"{'promise':<{width}}  kind        verdict            checked", style="bold")
    )
    for result in promises:
        word = standing(result)
        why = result.reason if word == "unknown" else ""
        if result.violations:
            why = counted(result.violations, "violation")
        line = Text(f"{plain(result.id):<{width}}  {plain(result.kind):<10}  ")
        line.append(f"{word:<14}", style=STYLES[word])
        line.append(f"{result.checked:>12,}  ")
        room = max(console.width - line.cell_len, _LEAST_REASON)
        line.append(shortened(why, room))
        _line(console, line)


def _print_failure(report: Report, failure: Failure, console: Console) -> None:
    finding = first_finding(failure)
    outcome = failure.outcome
    console.print()
    _line(
        console, Text.assemble(("VIOLATED ", STYLES["violated"]), (invariant_of(failure), "bold"))
    )
    if finding is not None:
        fields = Table(box=None, pad_edge=False, show_header=False)
        fields.add_column(style="dim", no_wrap=True)
        fields.add_column(overflow="fold")
        for name, value in (
            ("promise", finding.promise),
            ("expected", finding.expected),
            ("found", finding.found),
            ("about", f"{finding.subject} ({at(finding)})"),
        ):
            fields.add_row(name, Text(shortened(value, _FIELD_LIMIT)))
        console.print(Padding(fields, (0, 0, 0, 2)))
        if finding.causes:
            _line(console, Text("  because", style="dim"))
        for cause in abridged(finding.causes, _FIRST_CAUSES, _LAST_CAUSES):
            _line(console, Text(f"    {shortened(cause, WIDTH - 4)}"))
    actions = tuple(f"{n}. {action}" for n, action in enumerate(outcome.scenario.actions, 1))
    if actions:
        faults = ", ".join(faults_of(failure)) or "none"
        _line(console, Text(f"  {counted(len(actions), 'action')} (faults: {faults})", style="dim"))
    for action in abridged(actions, _FIRST_ACTIONS, _LAST_ACTIONS):
        _line(console, Text(f"    {shortened(action, WIDTH - 4)}"))
    others = {
        each.invariant: None for each in outcome.findings if each.invariant != invariant_of(failure)
    }
    if others:
        _line(console, Text(f"  also violated: {shortened(', '.join(others), WIDTH)}"))
    command = repeat_command(report, failure)
    if command:
        _line(console, Text.assemble(("  repeat  ", "dim"), plain(command)))
    console.print()


def _line(console: Console, text: Text) -> None:
    """Print a line as it is, however long, so that what it names can be copied."""
    console.print(text, soft_wrap=True)
