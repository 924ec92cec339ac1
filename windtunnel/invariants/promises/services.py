"""Addresses and node ports of services: nobody shares one, and what nobody has is free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from windtunnel.invariants.promise import (
    always,
    answered,
    eventually,
    minutes,
    when_it_happens,
    written,
)
from windtunnel.invariants.verdict import UNCONCERNED, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.facts import CallAnswered, Committed, ProcessDown
from windtunnel.model.objects.json import get
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.store.errors import StoreTrouble
from windtunnel.model.store.requests import Delete, Put

ADDRESSES = "ipaddresses.networking.k8s.io"
NODE_PORTS = "rangeallocations"
LOSSES = (NetworkError, StoreTrouble)
Held = tuple[str, ...]


def _had_allocations(world: World) -> bool:
    return world.had(ADDRESSES, NODE_PORTS)


def held(record: Record | None) -> Held:
    """The cluster IPs and node ports of a service, in words. O(ports)."""
    spec: Any = record.raw.get("spec") if record is not None else None
    if not spec:
        return ()
    addresses = [*(spec.get("clusterIPs") or ()), spec.get("clusterIP")]
    found = [f"address {each}" for each in addresses if each and each != "None"]
    ports = [port.get("nodePort") for port in spec.get("ports") or ()]
    found += [f"node port {each}" for each in (*ports, spec.get("healthCheckNodePort")) if each]
    return tuple(dict.fromkeys(found))


@always(on=written("services"), applies=when_it_happens)
class ServicesShareNothing:
    """No cluster IP and no node port is given to two services at a time."""

    def __init__(self) -> None:
        self.holders: dict[str, StoreKey] = {}

    def check(self, fact: Committed, world: World) -> Iterator[Any]:
        """Take back what the service had, and give it what it has. O(ports)."""
        key, after = fact.change.key, fact.change.after
        had, has = held(fact.change.before), held(after)
        for each in had:
            if self.holders.get(each) == key:
                del self.holders[each]
        if after is None or not has:
            yield UNCONCERNED
            return
        for each in has:
            holder = self.holders.setdefault(each, key)
            if holder != key:
                yield Violation(
                    f"{each} is its own", f"Service {holder.key} has it too", named(after)
                )


@eventually(
    within=minutes(23, "the repair of allocations every 3 minutes"), applies=_had_allocations
)
class WhatServicesLeaveIsFree:
    """A cluster IP or node port that no service has is free, unless an API server died over it, or got no answer or a
    refusal from the store."""

    on = (answered(Put, Delete), ProcessDown)

    def __init__(self) -> None:
        self.lost = False

    def observe(self, fact: CallAnswered | ProcessDown, world: World) -> None:
        """Note when an API server cannot have kept its books. O(1)."""
        if isinstance(fact, ProcessDown):
            self.lost = self.lost or fact.process in world.cluster.environment.apiservers
        elif isinstance(fact.error, LOSSES) and isinstance(fact.request, Put | Delete):
            self.lost = True

    def check(self, world: World) -> Iterator[Violation]:
        """Compare what is taken with what services have. O(services + allocations)."""
        if self.lost:
            # Nobody repairs the books here; the real repair takes its time.
            return
        in_use: dict[str, None] = {}
        for record in world.objects("services"):
            in_use.update(dict.fromkeys(held(record)))
        for record in world.objects(ADDRESSES):
            address = f"address {record.key.name}"
            if address not in in_use:
                owner = get(record.raw, "spec", "parentRef", "name", default="(nobody)")
                yield Violation(f"{address} is free", f"it is still {owner}'s", named(record))
        for record in world.objects(NODE_PORTS):
            for port in record.raw.get("ports") or ():
                if f"node port {port}" not in in_use:
                    yield Violation(f"node port {port} is free", "it is still taken", named(record))
