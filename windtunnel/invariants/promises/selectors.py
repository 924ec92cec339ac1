"""Selectors: what the API server and the controllers take a selector to mean, against an independent definition."""

from __future__ import annotations

from collections.abc import Iterator

from windtunnel.invariants.meaning.selectors import fields_select, text_selects, workload_selects
from windtunnel.invariants.past import WORKLOADS, active
from windtunnel.invariants.promise import (
    always,
    answered,
    eventually,
    minutes,
    when_it_happens,
    written,
)
from windtunnel.invariants.promises.replicas import has_workloads, is_leaving
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import REPLICATION, named
from windtunnel.model.apiserver.request import ListAnswer, Options, Request
from windtunnel.model.facts import CallAnswered, Committed
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record
from windtunnel.model.objects.workloads import ReplicaSet, ReplicationController
from windtunnel.model.store.errors import StoreError


@always(on=answered("list"), applies=when_it_happens)
def lists_show_what_is_selected(fact: CallAnswered, world: World) -> Findings:
    """A list shows the objects that its selectors mean, as they were at the list's revision, and no others."""
    request, answer = fact.request, fact.answer
    if not isinstance(answer, ListAnswer) or not isinstance(request, Request):
        return UNCONCERNED
    return _wrongly_listed(request, answer, world)


def _wrongly_listed(request: Request, answer: ListAnswer, world: World) -> Iterator[Violation]:
    options = request.options
    place = f"list of {request.resource} by {_selector_text(options)}"
    shown = {record.key: record.revision for record in answer.items}
    for record in answer.items:
        in_place = request.namespace in ("", record.key.namespace)
        if not in_place or not selected(record, options):
            yield Violation(
                f"only what is selected in the {place}", f"{named(record)} is in it", place
            )
    if options.limit or options.continue_token or not answer.revision:
        return
    try:
        records, *_ = world.cluster.store.range(
            request.resource, request.namespace or None, answer.revision
        )
    except StoreError:
        # That revision is compacted by now: what should have been shown can no longer be said.
        return
    for record in records:
        if shown.get(record.key) != record.revision and selected(record, options):
            found = (
                f"it is there at {shown[record.key]}" if record.key in shown else "it is missing"
            )
            yield Violation(
                f"{named(record)} at revision {record.revision} in the {place}",
                found,
                place,
                answer.revision,
            )


def selected(record: Record, options: Options) -> bool:
    """Whether both selectors of a request mean an object. O(length)."""
    labels = record.raw["metadata"].get("labels") or {}
    return text_selects(options.label_selector, labels) and fields_select(
        options.field_selector, record.raw
    )


def _selector_text(options: Options) -> str:
    both = (options.label_selector, options.field_selector)
    return " and ".join(text for text in both if text) or "no selector"


@always(on=written("pods"), applies=when_it_happens)
def only_unselected_pods_are_released(fact: Committed, world: World) -> Findings:
    """A ReplicationController or ReplicaSet lets go of a pod only when its selector did not match the pod's labels."""
    change = fact.change
    kind, before, after = REPLICATION.get(change.by), change.before, change.after
    if kind is None or before is None or after is None:
        return UNCONCERNED
    old, new = before.view.metadata.controller, after.view.metadata.controller
    past = world.past.workloads.get(old.uid) if old is not None else None
    if old is None or past is None or (new is not None and new.uid == old.uid):
        return UNCONCERNED
    versions = world.past.pods.get(before.view.uid, ())
    if all(
        workload_selects(past.kind, selector, version.labels)
        for selector in past.selectors
        for version in versions
    ):
        return Violation(
            f"it stays with {old.kind} {old.name}, whose selector matches it",
            f"it was released with the labels {dict(before.view.metadata.labels)}",
            named(before),
            change.revision,
        )
    return None


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s, and expectations of 5 minutes"),
    applies=has_workloads,
)
def selected_pods_are_owned(world: World) -> Iterator[Violation]:
    """A ReplicationController or ReplicaSet controls no pod that its selector does not match, and leaves no pod that it
    matches without an owner."""
    for resource in WORKLOADS:
        for record in world.objects(resource):
            if not record.view.metadata.deleting:
                yield from _strangers(record, world)
    for record in world.objects("pods"):
        pod = record.view
        assert isinstance(pod, Pod)
        # A controller does not hear of a pod without labels, whatever its selector means.
        if active(pod) and pod.metadata.controller is None and pod.metadata.labels:
            yield from _unadopted(record, pod, world)


def _strangers(record: Record, world: World) -> Iterator[Violation]:
    workload = record.view
    assert isinstance(workload, ReplicationController | ReplicaSet)
    selector = workload.spec.selector
    for owned in world.pods_of(workload.uid):
        pod = owned.view
        if isinstance(pod, Pod) and active(pod) and pod.namespace == workload.namespace:
            strange = not workload_selects(workload.kind, selector, pod.metadata.labels)
            if strange:
                yield Violation(
                    f"{named(record)} lets go of a pod that it does not select",
                    f"it still controls it, with the labels {dict(pod.metadata.labels)}",
                    named(owned),
                )


def _unadopted(record: Record, pod: Pod, world: World) -> Iterator[Violation]:
    for resource in WORKLOADS:
        for owner in world.objects(resource):
            workload = owner.view
            assert isinstance(workload, ReplicationController | ReplicaSet)
            if (
                workload.namespace != pod.namespace
                or workload.metadata.deleting
                or is_leaving(pod.namespace, world)
            ):
                continue
            if workload_selects(workload.kind, workload.spec.selector, pod.metadata.labels):
                yield Violation(
                    f"{named(owner)}, which selects it, controls it", "nobody does", named(record)
                )
                return
