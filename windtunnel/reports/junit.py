"""The report as JUnit XML, as test services read it: a test case for each promise.

A violated promise is a failure, one that proved nothing an error, one that is not applicable skipped. Characters that
XML cannot hold are left out.
"""

from __future__ import annotations

from xml.etree import ElementTree

from windtunnel.model.outcome import PromiseResult, Verdict
from windtunnel.reports.report import (
    Report,
    at,
    first_finding,
    message_of,
    plain,
    repeat_command,
)


def render_junit(report: Report) -> str:
    """The XML document as text. O(promises + failures)."""
    outcome = report.outcome
    applicable = [result for result in outcome.promises if result.applicable]
    suite = ElementTree.Element(
        "testsuite",
        name="windtunnel",
        tests=str(len(outcome.promises)),
        failures=str(sum(result.verdict is Verdict.VIOLATED for result in applicable)),
        errors=str(sum(result.verdict is Verdict.UNKNOWN for result in applicable)),
        skipped=str(len(outcome.promises) - len(applicable)),
        time=f"{report.seconds:.3f}",
    )
    properties = ElementTree.SubElement(suite, "properties")
    facts = {
        "version": report.version,
        "explorer": outcome.explorer,
        "seed": str(outcome.seed),
        "scenarios": str(outcome.scenarios),
        "digest": outcome.digest,
        **dict(report.options),
    }
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", name=plain(name), value=plain(value))
    for result in outcome.promises:
        _case(suite, report, result)
    if outcome.nothing_proved:
        element = ElementTree.SubElement(suite, "system-err")
        element.text = "\n".join(plain(reason) for reason in outcome.nothing_proved)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _case(suite: ElementTree.Element, report: Report, result: PromiseResult) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"windtunnel.{plain(result.kind)}", name=plain(result.id)
    )
    if not result.applicable:
        ElementTree.SubElement(case, "skipped", message=plain(result.reason or "not applicable"))
    elif result.verdict is Verdict.UNKNOWN:
        ElementTree.SubElement(case, "error", message=plain(result.reason or "never exercised"))
    elif result.verdict is Verdict.VIOLATED:
        element = ElementTree.SubElement(case, "failure", message=plain(result.promise))
        element.text = "\n\n".join(_stories(report, result.id))


def _stories(report: Report, promise: str) -> list[str]:
    found = []
    for failure in report.outcome.failures:
        finding = first_finding(failure)
        if finding is None or finding.invariant != promise:
            continue
        lines = [message_of(finding), at(finding), *finding.causes]
        command = repeat_command(report, failure)
        if command:
            lines.append(f"repeat: {command}")
        found.append("\n".join(plain(line) for line in lines))
    return found
