"""What a run came to, as plain values that explorers make and reports show."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from attrs import evolve, field, frozen

from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.timeline import Span


class Verdict(IntEnum):
    """HELD < UNKNOWN < VIOLATED: the worst wins."""

    HELD = 0
    UNKNOWN = 1
    VIOLATED = 2

    def __str__(self) -> str:
        return self.name.lower()


@frozen
class Finding:
    """One broken promise at one step of one run, ready to be shown."""

    invariant: str
    promise: str
    expected: str
    found: str
    subject: str
    revision: int
    step: int
    now_ms: int
    causes: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.subject} at revision {self.revision}" if self.revision else self.subject
        lines = [
            f"{self.invariant}: {self.promise}",
            f"  expected: {self.expected}",
            f"  found:    {self.found}",
            f"  where:    {where}, step {self.step}, {self.now_ms / 1000:.3f} s",
        ]
        return "\n".join([*lines, *(f"  because:  {cause}" for cause in self.causes)])


@frozen
class PromiseResult:
    """How one promise fared. reason says why it is UNKNOWN or not applicable."""

    id: str
    kind: str
    promise: str
    applicable: bool
    verdict: Verdict
    checked: int
    violations: int
    reason: str = ""
    broke: bool = False
    """Whether the check itself raised an error; reason says which."""


@frozen
class ScenarioOutcome:
    """One run of one scenario."""

    scenario: Scenario
    verdict: Verdict
    promises: tuple[PromiseResult, ...]
    findings: tuple[Finding, ...]
    not_applied: tuple[str, ...]
    settled: bool
    reason: str
    actions: int
    events: int
    virtual_ms: int
    digest: str
    coverage: Mapping[str, int] = field(factory=dict)
    spans: tuple[Span, ...] = ()
    """What happened when, in rows, for a drawing; a Timeline makes them."""

    def about(self, invariant: str) -> ScenarioOutcome:
        """The same outcome with the findings of one promise first: it is the one that is talked about. O(findings)."""
        findings = sorted(self.findings, key=lambda finding: finding.invariant != invariant)
        return evolve(self, findings=tuple(findings))


@frozen
class Failure:
    """A scenario that broke a promise, and where it was saved."""

    outcome: ScenarioOutcome
    seed: int
    file: str = ""


@frozen
class RunOutcome:
    """What a whole search came to."""

    verdict: Verdict
    explorer: str
    seed: int
    scenarios: int
    actions: int
    events: int
    digest: str
    promises: tuple[PromiseResult, ...]
    failures: tuple[Failure, ...]
    coverage: Mapping[str, int] = field(factory=dict)
    notices: tuple[str, ...] = ()
    nothing_proved: tuple[str, ...] = ()
    """Reasons, in sentences, why a held run proves nothing (exit status 3)."""
