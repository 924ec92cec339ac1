"""Every incremental check against its twin that looks at everything, after every write of a run with faults."""

from __future__ import annotations

from typing import Any

from windtunnel.invariants.indexes import Indexes
from windtunnel.invariants.meaning.selectors import fields_select, text_selects
from windtunnel.invariants.past import active
from windtunnel.invariants.promises.ownership import controlled_twice
from windtunnel.model.apiserver.request import Request
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import (
    ContainerCrash,
    LoseAnswers,
    NodeCrash,
    Partition,
    ProcessCrash,
)
from windtunnel.model.cluster.actions.operations import Delete, Relabel, Scale
from windtunnel.model.cluster.actions.time import Advance, HealFault
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.facts import CallAnswered, Committed, WatchDelivered
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record
from windtunnel.model.outcome import Verdict
from windtunnel.model.sim.network import Stream
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run
from windtunnel.zoo.catalogue import PLANTED
from windtunnel.zoo.world import WEB_CONTROLLER, WEB_SERVICE, bare_pod

CUT = Partition("apiserver-0", "controller-manager-0")
ACTIONS: tuple[Action, ...] = (
    Advance(2_000),
    Scale("rc/web", 5),
    Advance(200),
    CUT,
    Delete("rc/web#1"),
    Relabel("rc/web#2", "tier", ""),
    Advance(20_000),
    HealFault(str(CUT)),
    ContainerCrash("rc/web#1", "main"),
    ProcessCrash("controller-manager-0", 2),
    LoseAnswers("scheduler-0"),
    Scale("rc/web", 1),
    Advance(2_000),
    NodeCrash("node-1"),
    Delete("rc/web", "Foreground"),
    Advance(2_000),
)


EVENTS = {
    (False, False): "",
    (False, True): "ADDED",
    (True, True): "MODIFIED",
    (True, False): "DELETED",
}


def begun_run(actions: tuple[Action, ...] = ACTIONS, swaps: dict[str, type] | None = None) -> Run:
    """A run that a test can listen to before it starts."""
    objects = (WEB_CONTROLLER, WEB_SERVICE, bare_pod("free", {"app": "web", "tier": "front"}))
    scenario = Scenario(ClusterShape(2), objects, actions)
    return Run(RunPlan(swaps=swaps or {}), scenario)


def drive(run: Run, actions: tuple[Action, ...] = ACTIONS) -> None:
    """From the start to the end."""
    run.begin()
    for action in actions:
        run.apply(action)
    assert Verdict.HELD == run.finish().verdict


def stored(run: Run) -> list[Record]:
    """Everything that the store has."""
    store = run.cluster.store
    return [record for resource in store.resources() for record in store.range(resource)[0]]


def test_indexes_equal_a_full_scan_after_every_write() -> None:
    """What a check asks the world is what a look at all objects would say."""
    run = begun_run()
    compared = []

    def compare(fact: Committed) -> None:
        built = Indexes.build(stored(run)).content()
        assert built == run.monitor.world.indexes.content()
        compared.append(fact.change.revision)

    run.cluster.facts.subscribe(Committed, compare)
    drive(run)
    assert len(compared) > 50


def test_counts_of_active_pods_equal_a_full_scan_after_every_write() -> None:
    """The running count of each owner's pods never drifts."""
    run = begun_run()
    seen = set()

    def compare(fact: Committed) -> None:
        counted: dict[str, int] = {}
        for record in stored(run):
            pod = record.view
            if isinstance(pod, Pod) and active(pod) and pod.metadata.controller is not None:
                owner = pod.metadata.controller.uid
                counted[owner] = counted.get(owner, 0) + 1
        for uid, past in run.monitor.world.past.workloads.items():
            assert counted.get(uid, 0) == past.active
            seen.add(past.active)

    run.cluster.facts.subscribe(Committed, compare)
    drive(run)
    assert {0, 1, 3, 5} <= seen


def test_a_scan_of_all_owners_finds_what_the_check_of_the_write_finds() -> None:
    """With a defect that lets two controllers in, both see it at the same write."""
    defect = next(d for d in PLANTED if d.promise == "one-controlling-owner")
    run = Run(RunPlan(swaps={defect.role: defect.cls}), defect.scenario)
    scanned: list[int] = []

    def compare(fact: Committed) -> None:
        if any(controlled_twice(record) is not None for record in stored(run)):
            scanned.append(fact.step)

    run.cluster.facts.subscribe(Committed, compare)
    run.begin()
    for action in defect.scenario.actions:
        run.apply(action)
    found = [each.step for each in run.monitor.found if each.promise.id == defect.promise]
    assert found[0] == scanned[0]


class EveryWatch:
    """The slow twin of watches-are-complete: it keeps all that each stream delivered, and all changes."""

    def __init__(self, run: Run) -> None:
        self.changes: list[Any] = []
        self.requests: dict[int, Request] = {}
        self.delivered: dict[int, list[tuple[str, str, int]]] = {}
        facts = run.cluster.facts
        facts.subscribe(Committed, lambda fact: self.changes.append(fact.change))
        facts.subscribe(CallAnswered, self.answered)
        facts.subscribe(WatchDelivered, self.deliver)

    def answered(self, fact: CallAnswered) -> None:
        """Remember what a stream is about."""
        if isinstance(fact.request, Request) and isinstance(fact.answer, Stream):
            self.requests[fact.answer.number] = fact.request

    def deliver(self, fact: WatchDelivered) -> None:
        """Remember what it brought."""
        name = str(fact.record.key) if fact.record is not None else ""
        self.delivered.setdefault(fact.watch, []).append((fact.event_type, name, fact.revision))

    def live(self, watch: int) -> tuple[int, list[tuple[str, str, int]]]:
        """Where a stream started to follow changes, and what it brought from there on."""
        events = self.delivered[watch]
        if not self.requests[watch].options.send_initial_events:
            return int(self.requests[watch].options.resource_version), events
        end = next((i for i, (kind, _, _) in enumerate(events) if kind == "BOOKMARK"), None)
        return (events[end][2], events[end + 1 :]) if end is not None else (0, [])

    def expected(self, watch: int, start: int, end: int) -> list[tuple[str, str, int]]:
        """The same from all changes."""
        request = self.requests[watch]
        found = []
        for change in self.changes:
            if change.key.resource == request.resource and start < change.revision <= end:
                before = self.selects(request, change.before)
                after = self.selects(request, change.after)
                kind = EVENTS[before, after]
                if kind:
                    found.append((kind, str(change.key), change.revision))
        return found

    def selects(self, request: Request, record: Record | None) -> bool:
        """Whether a version is part of a watch."""
        if record is None or request.namespace not in ("", record.key.namespace):
            return False
        labels = record.raw["metadata"].get("labels") or {}
        options = request.options
        return text_selects(options.label_selector, labels) and fields_select(
            options.field_selector, record.raw
        )


def test_watches_equal_a_scan_of_the_whole_log() -> None:
    """Every stream of the run brought exactly what the log says, from where it started to where it ended."""
    run = begun_run()
    twin = EveryWatch(run)
    drive(run)
    compared = 0
    for watch in twin.delivered:
        start, events = twin.live(watch)
        changes = [event for event in events if event[0] not in ("BOOKMARK", "ERROR")]
        end = changes[-1][2] if changes else start
        assert twin.expected(watch, start, end) == changes
        compared += len(changes)
    assert compared > 100
