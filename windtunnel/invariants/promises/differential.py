"""Faults leave no trace: a run ends as the same scenario ends without them.

Compared are the pods and ready pods of workloads that both ends have with the same spec, and how many of those pods
the Endpoints and slices of services list that both ends have with the same selector and ports. Where the end without
faults is itself not what was asked for, and where one of the ends has no node with room for everybody, nothing is
compared; so what a fault made of an operation (refused, or done to another pod) does not matter. A run has such a twin
only where its plan asks for it, as it costs a second run.
"""

from __future__ import annotations

from collections.abc import Iterator

from windtunnel.invariants.meaning.ends import End, Members, end_of
from windtunnel.invariants.promise import eventually, minutes, when_it_happens
from windtunnel.invariants.verdict import UNCONCERNED, Unconcerned, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import KINDS
from windtunnel.model.objects.record import StoreKey

BOUND = minutes(23, "a work queue's back-off of up to 1,000 s, and a container's of 5 minutes")


@eventually(within=BOUND, applies=when_it_happens)
def same_end_without_faults(world: World) -> list[Violation] | Unconcerned:
    """Every workload ends with as many pods and ready pods, and is listed by every service with as many addresses, as
    in the same scenario without its faults."""
    fair = world.fair_end()
    if fair is None or not fair.has_room:
        return UNCONCERNED
    end = end_of(world.objects)
    if not end.has_room:
        return UNCONCERNED
    compared = _compared(fair, end)
    if not compared:
        return UNCONCERNED
    return [*_workloads(compared, fair, end), *_services(compared, fair, end)]


def _compared(fair: End, end: End) -> list[StoreKey]:
    return [
        key
        for key, wanted in fair.workloads.items()
        if (found := end.workloads.get(key)) is not None
        and found.spec == wanted.spec
        and wanted.wanted == wanted.active == wanted.ready
    ]


def _workloads(compared: list[StoreKey], fair: End, end: End) -> Iterator[Violation]:
    for key in compared:
        wanted, found = fair.workloads[key], end.workloads[key]
        if (wanted.active, wanted.ready) != (found.active, found.ready):
            yield Violation(
                f"{wanted.active} pods, {wanted.ready} of them ready, as without the faults",
                f"{found.active} pods, {found.ready} of them ready",
                _named(key),
            )


def _services(compared: list[StoreKey], fair: End, end: End) -> Iterator[Violation]:
    for key, wanted in fair.services.items():
        found = end.services.get(key)
        if found is None or found.spec != wanted.spec:
            continue
        for what, one, other in (
            ("Endpoints", wanted.endpoints, found.endpoints),
            ("slices", wanted.slices, found.slices),
        ):
            for workload in compared:
                if one.get(workload, (0, 0)) != other.get(workload, (0, 0)):
                    yield Violation(
                        f"its {what} list {_counts(one, workload)}, as without the faults",
                        _counts(other, workload),
                        _named(key),
                    )


def _counts(members: Members, workload: StoreKey) -> str:
    ready, not_ready = members.get(workload, (0, 0))
    return f"{ready} ready and {not_ready} unready pods of {_named(workload)}"


def _named(key: StoreKey) -> str:
    return f"{KINDS.get(key.resource, key.resource)} {key.key}"
