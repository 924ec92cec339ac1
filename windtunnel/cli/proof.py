"""What a run proved: the reasons why one that held proves nothing, and the exit status that follows."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from attrs import evolve

from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import PromiseResult, RunOutcome, Verdict

HELD, VIOLATED, WRONG_INPUT, NOTHING_PROVED, FAILED = range(5)
POD_KINDS = ("Pod", "ReplicationController", "ReplicaSet")


def exit_status(outcome: RunOutcome) -> int:
    """0 held, 1 violated, 3 nothing proved."""
    if outcome.verdict is Verdict.VIOLATED:
        return VIOLATED
    if outcome.verdict is Verdict.UNKNOWN or outcome.nothing_proved:
        return NOTHING_PROVED
    return HELD


def with_reasons(outcome: RunOutcome, reasons: Sequence[str]) -> RunOutcome:
    """The outcome with reasons why it proves nothing; with any, it is UNKNOWN unless violated."""
    if not reasons:
        return outcome
    verdict = max(outcome.verdict, Verdict.UNKNOWN)
    every = (*outcome.nothing_proved, *reasons)
    return evolve(outcome, verdict=verdict, nothing_proved=tuple(dict.fromkeys(every)))


def unproved_promises(promises: Sequence[PromiseResult], globs: Sequence[str] = ()) -> list[str]:
    """A sentence for applicable promises that are unknown, and for each glob of which nothing was exercised."""
    unknown: dict[str, list[str]] = {}
    for result in promises:
        if result.applicable and result.verdict is Verdict.UNKNOWN:
            unknown.setdefault(result.reason or "never exercised", []).append(result.id)
    reasons = [f"{', '.join(ids)}: {reason}" for reason, ids in unknown.items()]
    for glob in globs:
        named = [result for result in promises if fnmatchcase(result.id, glob)]
        if any(result.applicable and result.checked for result in named):
            continue
        if not any(result.applicable for result in named):
            why = named[0].reason if named else "no scenario ran"
            reasons.append(f"--invariant {glob} was never exercised: {why or 'not applicable'}")
    return reasons


def unproved_workloads(not_run: Sequence[str], objects: Sequence[Json]) -> list[str]:
    """A sentence where workloads of kinds that are not run leave nothing that makes pods."""
    if not not_run or any(obj.get("kind") in POD_KINDS for obj in objects):
        return []
    names = ", ".join(not_run[:5]) + (f" and {len(not_run) - 5} more" if len(not_run) > 5 else "")
    kinds = ", ".join(dict.fromkeys(name.split()[0] for name in not_run))
    return [
        f"{names} made no pods, because this version keeps objects of kind {kinds} and does not "
        "run them, so no promise about pods was put to the test"
    ]
