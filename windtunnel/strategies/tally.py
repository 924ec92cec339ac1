"""Sums the outcomes of scenarios up to that of a whole search."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

from attrs import evolve

from windtunnel.model.outcome import Failure, PromiseResult, RunOutcome, ScenarioOutcome, Verdict

NEVER = "never exercised: no scenario came to what it is about"


class Tally:
    """Sums outcomes up, in the order in which they are added."""

    def __init__(self) -> None:
        self.scenarios = self.actions = self.events = 0
        self.coverage: Counter[str] = Counter()
        self.failures: list[Failure] = []
        self._promises: dict[str, PromiseResult] = {}
        self._digest = blake2b(digest_size=16)

    def add(self, outcome: ScenarioOutcome) -> None:
        """Take in one outcome. O(promises)."""
        self.scenarios += 1
        self.actions += outcome.actions
        self.events += outcome.events
        self.coverage.update(outcome.coverage)
        self._digest.update(outcome.digest.encode())
        for result in outcome.promises:
            known = self._promises.get(result.id)
            self._promises[result.id] = merge(known, result) if known else result

    def outcome(self, seed_number: int, explorer: str = "hypothesis") -> RunOutcome:
        """The sum so far."""
        promises = tuple(judge(result) for result in self._promises.values())
        verdict = max((p.verdict for p in promises if p.applicable), default=Verdict.UNKNOWN)
        return RunOutcome(
            verdict=verdict,
            explorer=explorer,
            seed=seed_number,
            scenarios=self.scenarios,
            actions=self.actions,
            events=self.events,
            digest=self._digest.hexdigest(),
            promises=promises,
            failures=tuple(self.failures),
            coverage=dict(sorted(self.coverage.items())),
        )


def merge(one: PromiseResult, other: PromiseResult) -> PromiseResult:
    """Two results of one promise from two scenarios, as one."""
    broken = [r for r in (one, other) if r.verdict is Verdict.VIOLATED]
    unsure = [
        r
        for r in (one, other)
        if r.broke or (r.verdict is Verdict.UNKNOWN and r.checked and r.applicable)
    ]
    worst = (broken or unsure or [one if one.checked >= other.checked else other])[0]
    applicable = one.applicable or other.applicable
    return evolve(
        one,
        applicable=applicable,
        verdict=worst.verdict,
        reason="" if applicable and worst.verdict is Verdict.HELD else worst.reason,
        broke=one.broke or other.broke,
        checked=one.checked + other.checked,
        violations=one.violations + other.violations,
    )


def judge(result: PromiseResult) -> PromiseResult:
    """The result of a whole search: an applicable promise that was never exercised is UNKNOWN."""
    settled = result.broke or result.verdict is Verdict.VIOLATED
    if result.applicable and not result.checked and not settled:
        return evolve(result, verdict=Verdict.UNKNOWN, reason=NEVER)
    return result
