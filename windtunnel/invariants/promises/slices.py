"""EndpointSlices: what the slices of a service say, compared with what its selector means and with what really runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from windtunnel.invariants.meaning.endpoints import addresses, has_managed_endpoints
from windtunnel.invariants.meaning.selectors import map_selects
from windtunnel.invariants.meaning.slices import (
    State,
    expected_entries,
    expected_mirror,
    states,
    stored_entries,
    stored_mirror,
)
from windtunnel.invariants.promise import always, eventually, minutes, written
from windtunnel.invariants.promises.endpoints import has_selecting_services
from windtunnel.invariants.promises.replicas import is_leaving
from windtunnel.invariants.verdict import UNCONCERNED, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import ENDPOINT_SLICES, ENDPOINTS, named
from windtunnel.model.facts import Committed
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.service import Endpoints, Service

SLICES = "endpointslices.discovery.k8s.io"
SELECTED, MIRRORED = "endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"
SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror"
LEADER = "control-plane.alpha.kubernetes.io/leader"
MIRRORED_AT_MOST = 1000
SHOWN = 4
_BOUND = minutes(23, "a work queue's back-off of up to 1,000 s, and a container's of 5 minutes")


@eventually(within=_BOUND, applies=has_selecting_services)
def slices_match(world: World) -> Iterator[Violation]:
    """The EndpointSlices of a service with a selector list exactly the pods that it selects, each with its address and
    ports, and as ready, serving and terminating as it is."""
    found = slices_by_service(world, SELECTED)
    for record in world.objects("services"):
        service = record.view
        assert isinstance(service, Service)
        leaving = service.metadata.deleting or is_leaving(record.key.namespace, world)
        if not has_managed_endpoints(service) or leaving:
            continue
        pods = [
            pod.view
            for pod in world.pods_with(record.key.namespace, service.spec.selector)
            if isinstance(pod.view, Pod)
        ]
        wanted = expected_entries(service, pods, lambda node: _exists(node, world))
        has = stored_entries(found.get(record.key, ()))
        if wanted != has:
            yield Violation(
                f"{len(wanted)} endpoints{_list('lacking', wanted - has)}",
                f"{len(has)} endpoints{_list('too much', has - wanted)}",
                named(record),
                record.revision,
            )


def slices_by_service(world: World, managed_by: str) -> dict[StoreKey, list[EndpointSlice]]:
    """The slices that one controller keeps, by service; without those that are going. O(slices)."""
    found: dict[StoreKey, list[EndpointSlice]] = {}
    for record in world.objects(SLICES):
        view = record.view
        assert isinstance(view, EndpointSlice)
        if view.managed_by == managed_by and not view.metadata.deleting:
            found.setdefault(_service_of(view), []).append(view)
    return found


def _service_of(endpoint_slice: EndpointSlice) -> StoreKey:
    return StoreKey("services", endpoint_slice.namespace, endpoint_slice.service_name)


def _exists(node: str, world: World) -> bool:
    return world.get("nodes", "", node) is not None


def _list(word: str, entries: Iterable[Any]) -> str:
    texts = sorted(_text(entry) for entry in entries)
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return f", {word}: {', '.join(texts[:SHOWN])}{more}" if texts else ""


def _text(entry: Any) -> str:
    *state, (_, number, _) = entry
    shown = str(state[0]) if len(state) == 1 else f"{state[0]}{'' if state[1] else ' (not ready)'}"
    return f"{shown} at port {number}" if number else shown


@always(on=written(SLICES), applies=has_selecting_services)
def slices_are_selected_pods(fact: Committed, world: World) -> Iterator[Any]:
    """Each endpoint that the controller writes into a slice is a pod which the service selected, with that address and
    exactly as ready, serving and terminating, at some time."""
    change = fact.change
    if change.after is None or change.by != ENDPOINT_SLICES:
        yield UNCONCERNED
        return
    after = change.after.view
    before = change.before.view if change.before is not None else None
    assert isinstance(after, EndpointSlice)
    known = states(before if isinstance(before, EndpointSlice) else None)
    for state in sorted(states(after) - known):
        if not _was_so(after, state, world):
            yield Violation(
                f"a pod that the service {after.service_name} selects, in a state that it was in",
                str(state),
                named(change.after),
                change.revision,
            )


def _was_so(endpoint_slice: EndpointSlice, state: State, world: World) -> bool:
    # The newest versions are the likeliest.
    services = world.past.services.get(_service_of(endpoint_slice), ())[::-1]
    for pod in reversed(world.past.pods.get(state.pod_uid, ())):
        if state.ip not in pod.ips or pod.terminal:
            continue
        if (state.serving, state.terminating) != (pod.ready, pod.deleting):
            continue
        for service in services:
            spec = service.spec
            ready = spec.publish_not_ready_addresses or (pod.ready and not pod.deleting)
            if spec.selector and map_selects(spec.selector, pod.labels) and ready == state.ready:
                return True
    return False


@always(on=written("endpoints", SLICES), applies=has_selecting_services)
def addresses_are_those_of_their_pods(fact: Committed, world: World) -> Iterator[Any]:
    """An address that a controller lists for a pod, in Endpoints or in a slice, is one that this very pod has had,
    never that of another pod which had the name or the address before or after it."""
    change = fact.change
    after = change.after
    if after is None or change.by not in (ENDPOINTS, ENDPOINT_SLICES):
        yield UNCONCERNED
        return
    before = change.before
    for ip, uid in sorted(
        _listed(after) - (_listed(before) if before is not None else frozenset())
    ):
        if not any(ip in version.ips for version in world.past.pods.get(uid, ())):
            yield Violation(
                f"an address that the pod of uid {uid or '(none)'} had",
                ip,
                named(after),
                change.revision,
            )


def _listed(record: Record) -> frozenset[tuple[str, str]]:
    view = record.view
    if isinstance(view, Endpoints):
        return frozenset((ip, uid) for ip, uid, _ in addresses(view))
    assert isinstance(view, EndpointSlice)
    return frozenset((state.ip, state.pod_uid) for state in states(view))


@eventually(within=_BOUND, applies=has_selecting_services)
def addresses_lead_to_their_pods(world: World) -> Iterator[Violation]:
    """Where a slice lists a pod as serving at an address, that very pod's sandbox has the address on its machine, and
    no pod that took the address over."""
    places = _where_addresses_lead(world)
    for key, slices in slices_by_service(world, SELECTED).items():
        service = world.get(*key)
        # The slices of a service that has lost its selector stay as they are.
        if service is None or not isinstance(service.view, Service):
            continue
        if service.view.metadata.deleting or not has_managed_endpoints(service.view):
            continue
        for state in sorted(dict.fromkeys(state for state, _ in stored_entries(slices))):
            uid = places.get(state.ip, "")
            if not state.serving or uid == state.pod_uid or not _must_lead(state.pod_uid, world):
                continue
            yield Violation(
                f"{state.ip} leads to the pod of uid {state.pod_uid}",
                f"it leads to {f'the pod of uid {uid}' if uid else 'nobody'}",
                named(service),
            )


def _must_lead(uid: str, world: World) -> bool:
    """Whether a pod, or none any more, is one whose address a machine of the cluster has. O(1)."""
    record = world.by_uid(uid)
    pod = record.view if record is not None else None
    if not isinstance(pod, Pod):
        return True
    return not pod.spec.host_network and pod.spec.node_name in world.cluster.machines


def _where_addresses_lead(world: World) -> dict[str, str]:
    return {
        pod.ip: pod.uid
        for machine in world.cluster.machines.values()
        for pod in machine.pods.values()
        if pod.ip
    }


def has_hand_written_endpoints(world: World) -> bool:
    """Whether the run had a service without a selector, and Endpoints of its name."""
    return any(
        not version.spec.selector
        for key in world.past.endpoints_by_hand
        for version in world.past.services.get(StoreKey("services", key.namespace, key.name), ())
    )


@eventually(within=_BOUND, applies=has_hand_written_endpoints)
def hand_written_endpoints_are_mirrored(world: World) -> Iterator[Any]:
    """The Endpoints of a service without a selector are mirrored by slices with the same addresses and ports, and those
    of any other service are not."""
    found = slices_by_service(world, MIRRORED)
    for record in world.objects("endpoints"):
        key = StoreKey("services", record.key.namespace, record.key.name)
        service = world.get(*key)
        if record.view.metadata.deleting or is_leaving(record.key.namespace, world):
            found.pop(key, None)
            continue
        if service is None or not _is_mirrored(record, service):
            continue
        endpoints = record.view
        assert isinstance(endpoints, Endpoints)
        has, wanted = stored_mirror(found.pop(key, ())), expected_mirror(endpoints)
        if has != wanted and len(wanted) <= MIRRORED_AT_MOST:
            yield Violation(
                f"{len(wanted)} mirrored addresses{_list('lacking', wanted - has)}",
                f"{len(has)} mirrored addresses{_list('too much', has - wanted)}",
                named(record),
                record.revision,
            )
    for key, slices in found.items():
        if not is_leaving(key.namespace, world):
            yield Violation(
                "no mirroring slices",
                f"{len(slices)} of them, with nothing to mirror",
                f"Service {key.key}",
            )


def _is_mirrored(record: Record, service: Record) -> bool:
    metadata = record.view.metadata
    skipped = metadata.labels.get(SKIP_MIRROR) == "true" or LEADER in metadata.annotations
    view = service.view
    assert isinstance(view, Service)
    return not skipped and not view.spec.selector
