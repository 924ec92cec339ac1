"""The report as one JSON document, for programs. Keys are added, never renamed."""

from __future__ import annotations

from typing import Any

import orjson

from windtunnel.model.outcome import Failure, Finding, PromiseResult
from windtunnel.reports.report import (
    Report,
    faults_of,
    first_finding,
    message_of,
    repeat_command,
)


def json_document(report: Report) -> dict[str, Any]:
    """The document as plain values. O(promises + failures)."""
    outcome = report.outcome
    return {
        "verdict": str(outcome.verdict),
        "version": report.version,
        "explorer": outcome.explorer,
        "seed": outcome.seed,
        "options": dict(report.options),
        "scenarios": outcome.scenarios,
        "actions": outcome.actions,
        "events": outcome.events,
        "seconds": round(report.seconds, 3),
        "digest": outcome.digest,
        "invariants": [_promise(result) for result in outcome.promises],
        "failures": [_failure(report, failure) for failure in outcome.failures],
        "coverage": dict(outcome.coverage),
        "notices": list(outcome.notices),
        "nothing_proved": list(outcome.nothing_proved),
    }


def render_json(report: Report) -> str:
    """The document as text, indented."""
    return dumps(json_document(report))


def dumps(document: Any) -> str:
    """Any document as text, indented, with a line end."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _promise(result: PromiseResult) -> dict[str, Any]:
    return {
        "id": result.id,
        "kind": result.kind,
        "promise": result.promise,
        "applicable": result.applicable,
        "verdict": str(result.verdict),
        "checked": result.checked,
        "violations": result.violations,
        "reason": result.reason,
    }


def _failure(report: Report, failure: Failure) -> dict[str, Any]:
    finding = first_finding(failure)
    return {
        "file": failure.file,
        "invariant": finding.invariant if finding is not None else "",
        "seed": failure.seed,
        "actions": len(failure.outcome.scenario.actions),
        "faults": list(faults_of(failure)),
        "message": message_of(finding) if finding is not None else failure.outcome.reason,
        "digest": failure.outcome.digest,
        "command": repeat_command(report, failure),
        "findings": [_finding(each) for each in failure.outcome.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "invariant": finding.invariant,
        "promise": finding.promise,
        "expected": finding.expected,
        "found": finding.found,
        "subject": finding.subject,
        "revision": finding.revision,
        "step": finding.step,
        "now_ms": finding.now_ms,
        "causes": list(finding.causes),
    }
