"""Several replays as one outcome, for the report of a whole test session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

from windtunnel.model.outcome import PromiseResult, RunOutcome
from windtunnel.strategies.search import merge


def merged(outcomes: Sequence[RunOutcome]) -> RunOutcome:
    """The sum of at least one outcome, in order. O(outcomes * promises)."""
    promises: dict[str, PromiseResult] = {}
    coverage: Counter[str] = Counter()
    digest = blake2b(digest_size=16)
    for outcome in outcomes:
        coverage.update(outcome.coverage)
        digest.update(outcome.digest.encode())
        for result in outcome.promises:
            known = promises.get(result.id)
            promises[result.id] = merge(known, result) if known is not None else result
    return RunOutcome(
        verdict=max(outcome.verdict for outcome in outcomes),
        explorer="replay",
        seed=outcomes[0].seed,
        scenarios=sum(outcome.scenarios for outcome in outcomes),
        actions=sum(outcome.actions for outcome in outcomes),
        events=sum(outcome.events for outcome in outcomes),
        digest=digest.hexdigest(),
        promises=tuple(promises.values()),
        failures=tuple(failure for outcome in outcomes for failure in outcome.failures),
        coverage=dict(sorted(coverage.items())),
        notices=tuple(dict.fromkeys(n for outcome in outcomes for n in outcome.notices)),
        nothing_proved=tuple(r for outcome in outcomes for r in outcome.nothing_proved),
    )
