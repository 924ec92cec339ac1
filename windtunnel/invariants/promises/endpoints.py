"""Endpoints: what a service's Endpoints say, compared with what its selector means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from windtunnel.invariants.meaning.endpoints import (
    Endpoint,
    addresses,
    expected,
    has_managed_endpoints,
    stored,
)
from windtunnel.invariants.meaning.selectors import map_selects
from windtunnel.invariants.promise import always, eventually, minutes, when_it_happens, written
from windtunnel.invariants.promises.replicas import is_leaving
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import ENDPOINTS, named
from windtunnel.model.facts import Committed
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.service import Endpoints, Service

CAPACITY = 1000
SHOWN = 4


def has_selecting_services(world: World) -> bool:
    """Whether the run had a service with a selector."""
    return any(
        version.spec.selector for versions in world.past.services.values() for version in versions
    )


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s, and a container's of 5 minutes"),
    applies=has_selecting_services,
)
def endpoints_match(world: World) -> Iterator[Violation]:
    """The Endpoints of a service with a selector are exactly the addresses and ports of the pods that it selects, ready
    or not."""
    for record in world.objects("services"):
        yield from mismatch(record, world)


def mismatch(record: Record, world: World) -> Iterator[Violation]:
    """What the Endpoints of one service lack or have too much. O(selected pods x ports)."""
    service = record.view
    assert isinstance(service, Service)
    leaving = is_leaving(record.key.namespace, world)
    if not has_managed_endpoints(service) or service.metadata.deleting or leaving:
        return
    key = StoreKey("endpoints", record.key.namespace, record.key.name)
    if world.past.endpoints_by_hand.get(key):
        return
    found = world.get(*key)
    if found is None:
        yield Violation("Endpoints of the service's name", "there are none", named(record))
        return
    pods = [
        pod.view
        for pod in world.pods_with(record.key.namespace, service.spec.selector)
        if isinstance(pod.view, Pod)
    ]
    wanted = expected(service, pods)
    assert isinstance(found.view, Endpoints)
    has = stored(found.view)
    if wanted != has and len({each.ip for each in wanted}) <= CAPACITY:
        yield Violation(
            f"{len(wanted)} endpoints{_list('lacking', wanted - has)}",
            f"{len(has)} endpoints{_list('too much', has - wanted)}",
            named(found),
            found.revision,
        )


def _list(word: str, endpoints: frozenset[Endpoint]) -> str:
    if not endpoints:
        return ""
    shown = sorted(endpoints)[:SHOWN]
    more = f" and {len(endpoints) - SHOWN} more" if len(endpoints) > SHOWN else ""
    return f", {word}: {', '.join(map(str, shown))}{more}"


@always(on=written("endpoints"), applies=has_selecting_services)
def endpoints_are_selected_pods(fact: Committed, world: World) -> Iterator[Any]:
    """Each address that the controller writes into Endpoints is that of a pod which the service selected, with that
    address, at some time, and which was ready then if it is listed as ready."""
    change = fact.change
    after = change.after
    if after is None or change.by != ENDPOINTS:
        yield UNCONCERNED
        return
    assert isinstance(after.view, Endpoints)
    before = change.before.view if change.before is not None else None
    known = addresses(before if isinstance(before, Endpoints) else None)
    for ip, uid, ready in sorted(addresses(after.view) - known):
        if not _was_so(change.key, ip, uid, ready, world):
            state = "ready" if ready else "not ready"
            yield Violation(
                "the address of a pod that the service selects",
                f"{ip} ({state}), which {_whose(uid, world)}",
                named(after),
                after.revision,
            )


def _was_so(key: StoreKey, ip: str, uid: str, ready: bool, world: World) -> bool:
    # The newest versions are the likeliest.
    services = world.past.services.get(StoreKey("services", key.namespace, key.name), ())[::-1]
    for version in reversed(world.past.pods.get(uid, ())):
        if ip not in version.ips or version.terminal:
            continue
        for service in services:
            spec = service.spec
            if not spec.selector or not map_selects(spec.selector, version.labels):
                continue
            publishes = spec.publish_not_ready_addresses
            if (not version.deleting or publishes) and (not ready or version.ready or publishes):
                return True
    return False


def _whose(uid: str, world: World) -> str:
    record = world.by_uid(uid)
    if record is not None:
        return f"names {named(record)}"
    return "names a pod that is gone" if uid in world.past.pods else "names no pod"


@always(on=written("endpoints"), applies=when_it_happens)
def hand_written_endpoints_are_left_alone(fact: Committed, world: World) -> Findings:
    """The Endpoints of a service without a selector belong to their author: the controller neither writes them, nor
    deletes them while the service exists."""
    change = fact.change
    service = StoreKey("services", change.key.namespace, change.key.name)
    versions = world.past.services.get(service, ())
    if not versions or all(version.spec.selector for version in versions):
        return UNCONCERNED
    if change.by != ENDPOINTS:
        return None
    if change.after is None:
        since = world.past.service_since.get(service)
        process = world.calls.process_of(change.call)
        began = world.calls.up_since.get(process, 0)
        # A controller that started before the service was made may act on a cache that does not show it yet.
        if since is None or since > began:
            return None
        return Violation(
            "they stay while the service exists",
            "the controller deleted them",
            named(change.record),
        )
    if any(version.spec.selector for version in versions):
        return None
    return Violation(
        "they stay as they were written",
        "the controller wrote them",
        named(change.after),
        change.revision,
    )
