"""The report as one HTML page that needs nothing else: no network, no script, styles and drawings inside.

Everything that comes from a run is escaped by the template; a content security policy in the page forbids the rest.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from windtunnel.model.outcome import Verdict
from windtunnel.reports.drawing import draw
from windtunnel.reports.report import (
    Report,
    abridged,
    at,
    faults_of,
    invariant_of,
    plain,
    repeat_command,
    standing,
    tally,
    work,
)

TEMPLATES = Path(__file__).parent / "templates"


def render_html(report: Report) -> str:
    """The whole page. O(promises + failures + spans)."""
    outcome = report.outcome
    failures = [
        {
            "failure": failure,
            "invariant": invariant_of(failure),
            "finding": failure.outcome.findings[0] if failure.outcome.findings else None,
            "findings": failure.outcome.findings,
            "actions": failure.outcome.scenario.actions,
            "faults": faults_of(failure),
            "drawing": draw(failure.outcome.spans, failure.outcome.findings),
            "command": repeat_command(report, failure),
        }
        for failure in outcome.failures
    ]
    verdict = str(outcome.verdict)
    if outcome.nothing_proved and outcome.verdict is not Verdict.VIOLATED:
        verdict = "nothing proved"
    return _template().render(
        report=report,
        outcome=outcome,
        verdict=verdict,
        failures=failures,
        work=work(report),
        tally=tally(outcome),
    )


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.globals.update(at=at, standing=standing, abridged=abridged)
    return environment.get_template("report.html.j2")


def _printable(value: object) -> str:
    """What a template prints: markup of its own macros as it is, everything else without control characters."""
    return value if isinstance(value, Markup) else plain(str(value))
