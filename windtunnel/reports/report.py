"""A Report: what a run came to, and what the command line knows beside it. Every renderer takes one, only one."""

from __future__ import annotations

import re
import shlex
from collections import Counter

from attrs import frozen

from windtunnel.model.cluster.action import FAULT
from windtunnel.model.outcome import Failure, Finding, PromiseResult, RunOutcome, Verdict

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


@frozen
class Report:
    """One outcome, ready to be shown. options are those that differ from their defaults, in order."""

    outcome: RunOutcome
    version: str
    seconds: float = 0.0
    command: str = "run"
    options: tuple[tuple[str, str], ...] = ()
    replay_options: tuple[str, ...] = ()
    """What must be given again to replay a failure: --swap, --controller and --load with their values."""

    @property
    def header(self) -> str:
        """Version, seed and every option that differs from its default, in one line."""
        return header(self.version, self.outcome.seed, self.options)


def header(version: str, seed: int, options: tuple[tuple[str, str], ...]) -> str:
    """The first line of every output."""
    parts = [f"windtunnel {version}", f"seed {seed}"]
    if options:
        parts.append(" ".join(f"{name}={shlex.quote(value)}" for name, value in options))
    return plain(" · ".join(parts))


def repeat_command(report: Report, failure: Failure) -> str:
    """The command that shows this failure again; '' where it was not saved."""
    if not failure.file:
        return ""
    return shlex.join(["windtunnel", "replay", failure.file, *report.replay_options])


def first_finding(failure: Failure) -> Finding | None:
    """The finding that a failure is about: the first one."""
    return failure.outcome.findings[0] if failure.outcome.findings else None


def invariant_of(failure: Failure) -> str:
    """The id of the promise that a failure is about."""
    finding = first_finding(failure)
    return plain(finding.invariant) if finding is not None else ""


def faults_of(failure: Failure) -> tuple[str, ...]:
    """The names of the faults in a failing scenario, each once, in order of appearance."""
    actions = failure.outcome.scenario.actions
    return tuple(dict.fromkeys(a.action_name for a in actions if a.action_sort == FAULT))


def message_of(finding: Finding) -> str:
    """A finding in one sentence."""
    return f"{finding.subject}: expected {finding.expected}, found {finding.found}"


def standing(result: PromiseResult) -> str:
    """How a promise fared, in one word or two."""
    if not result.applicable:
        return "not applicable"
    return str(result.verdict)


def tally(outcome: RunOutcome) -> str:
    """How many promises fared how: "14 held, 1 violated, 2 not applicable"."""
    counts = Counter(standing(result) for result in outcome.promises)
    order = (*map(str, Verdict), "not applicable")
    return ", ".join(f"{counts[word]} {word}" for word in order if counts[word]) or "no promises"


def work(report: Report) -> str:
    """How much was done: "200 scenarios, 8,124 actions, 312,001 events in 20.1 s"."""
    outcome = report.outcome
    scenarios = counted(outcome.scenarios, "scenario")
    actions, events = counted(outcome.actions, "action"), counted(outcome.events, "event")
    return f"{scenarios}, {actions}, {events} in {report.seconds:.1f} s"


def counted(number: int, what: str) -> str:
    """A number with its noun: "1 action", "2,000 actions"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def at(finding: Finding) -> str:
    """Where and when: revision, step and virtual time."""
    return f"revision {finding.revision}, step {finding.step}, at {seconds(finding.now_ms)}"


def seconds(milliseconds: int) -> str:
    """Virtual time in seconds: "3.204 s"."""
    return f"{milliseconds / 1000:.3f} s"


def plain(text: str) -> str:
    """Text without control characters, which would steer a terminal or break XML; line ends become spaces. O(size)."""
    return _CONTROL.sub("", text.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))


def shortened(text: str, limit: int) -> str:
    """Text of at most limit characters, plain; what is cut off shows as an ellipsis."""
    text = plain(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def abridged(lines: tuple[str, ...], first: int, last: int) -> list[str]:
    """The first and last lines, with one between that says how many are left out."""
    if len(lines) <= first + last + 1:
        return list(lines)
    left_out = len(lines) - first - last
    return [*lines[:first], f"… {left_out} more …", *lines[-last:]]
