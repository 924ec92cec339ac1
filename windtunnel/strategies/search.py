"""The search of `windtunnel run`: Hypothesis draws scenario after scenario, and outcomes are summed up.

Hypothesis only generates here. A broken promise is recorded, shrunk by our own delta debugging and handed over at once;
the search goes on until enough failures, scenarios or time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b

from attrs import evolve
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from windtunnel.model.outcome import Failure, PromiseResult, RunOutcome, ScenarioOutcome, Verdict
from windtunnel.strategies.collecting import collect, rare_collections
from windtunnel.strategies.machine import with_plan
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.shrinking import shrink

BATCH = 100
NEVER = "never exercised: no scenario came to what it is about"


class StopSearch(BaseException):
    """Ends Hypothesis' generation from within; not an Exception, so that Hypothesis lets it through."""


class Tally:
    """Sums outcomes up."""

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


def search(
    plan: RunPlan,
    *,
    scenarios: int = 200,
    seed_number: int = 0,
    max_failures: int = 1,
    out_of_time: Callable[[], bool] = lambda: False,
    endless: bool = False,
    on_failure: Callable[[Failure], Failure] = lambda failure: failure,
    on_progress: Callable[[Tally], None] = lambda tally: None,
) -> RunOutcome:
    """Search for violations. With endless, scenarios is ignored and out_of_time ends the search.

    on_failure is called at once with each failure as found, then with the shrunk one; what it returns is kept.
    """
    tally = Tally()

    def take(outcome: ScenarioOutcome) -> None:
        tally.add(outcome)
        collect()
        if outcome.verdict is Verdict.VIOLATED:
            found = on_failure(Failure(outcome, seed_number))
            small = shrink(outcome, plan)
            if small is not outcome:
                found = on_failure(evolve(found, outcome=small))
            tally.failures.append(found)
        on_progress(tally)
        enough = not endless and tally.scenarios >= scenarios
        if enough or len(tally.failures) >= max_failures or out_of_time():
            raise StopSearch

    batch = 0
    try:
        with rare_collections():
            while True:
                machine = seed(seed_number * 1_000_003 + batch)(with_plan(plan, take))
                run_state_machine_as_test(machine, settings=_settings(plan, BATCH))
                batch += 1
    except (StopSearch, KeyboardInterrupt):
        pass
    return tally.outcome(seed_number)


def _settings(plan: RunPlan, examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=plan.steps,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        derandomize=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
