"""The report as Markdown, for a pull request or the summary of a CI job.

Names come from manifests and are shown as text: what Markdown or HTML would take for markup is escaped.
"""

from __future__ import annotations

import re
from pathlib import Path

from windtunnel.model.input_error import InputError
from windtunnel.model.outcome import Failure, Verdict
from windtunnel.reports.report import (
    Report,
    abridged,
    at,
    first_finding,
    plain,
    repeat_command,
    shortened,
    standing,
    tally,
    work,
)

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~@$])")
_SIGNS = {"held": "✅", "violated": "❌", "unknown": "❓", "not applicable": "⚪"}


def render_markdown(report: Report) -> str:
    """The whole text. O(promises + failures)."""
    outcome = report.outcome
    verdict = str(outcome.verdict)
    if outcome.nothing_proved and outcome.verdict is not Verdict.VIOLATED:
        verdict = "nothing proved"
    lines = [
        f"## windtunnel: {verdict}",
        "",
        f"{_text(report.header)}  ",
        f"{work(report)}: {tally(outcome)}",
        "",
    ]
    lines += [f"- ⚠️ {_text(reason)}" for reason in outcome.nothing_proved]
    lines += [f"- {_text(notice)}" for notice in outcome.notices]
    if outcome.nothing_proved or outcome.notices:
        lines.append("")
    for failure in outcome.failures:
        lines += _failure(report, failure)
    lines += [
        "| | promise | kind | verdict | checked | violations |",
        "|---|---|---|---|---:|---:|",
    ]
    for result in outcome.promises:
        word = standing(result)
        lines.append(
            f"| {_SIGNS[word]} | {_text(result.id)} | {_text(result.kind)} | {word} "
            f"| {result.checked:,} | {result.violations:,} |"
        )
    return "\n".join(lines) + "\n"


def append_summary(report: Report, path: str) -> None:
    """Append the text to the file that GITHUB_STEP_SUMMARY names. Raises InputError."""
    try:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(render_markdown(report))
    except OSError as error:
        raise InputError(
            f"{path}, which GITHUB_STEP_SUMMARY names, cannot be written: {error.strerror}"
        ) from None


def _failure(report: Report, failure: Failure) -> list[str]:
    finding = first_finding(failure)
    if finding is None:
        return []
    lines = [
        f"### ❌ {_text(finding.invariant)}",
        "",
        _text(finding.promise),
        "",
        f"- **expected** {_text(shortened(finding.expected, 400))}",
        f"- **found** {_text(shortened(finding.found, 400))}",
        f"- **about** {_text(finding.subject)} ({at(finding)})",
        "",
    ]
    story = abridged(finding.causes, 5, 25)
    if story:
        lines += ["<details><summary>because</summary>", "", *_fence(story), "", "</details>", ""]
    command = repeat_command(report, failure)
    if command:
        lines += [*_fence([command]), ""]
    return lines


def _fence(lines: list[str]) -> list[str]:
    """A code block with a fence that no line of it can close."""
    texts = [plain(line) for line in lines]
    longest = max((len(run) for text in texts for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *texts, fence]


def _text(text: str) -> str:
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", escaped)
