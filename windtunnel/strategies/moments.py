"""The moments that matter: when processes write, read and hear of things, as a run without faults shows it.

A rehearsal brings a cluster up, leaves it alone for a while and then does each operation once, and notes what follows:
the requests of each process with their distance from the operation, what its caches take in, the beats (leases that are
renewed, watches that are opened anew), and how often each point of choice is asked. An explorer then aims: it lets a
process crash before or after the very request, or breaks something a millisecond before the moment. The moments of
another scenario differ by what else goes on in it, so they are where to aim and not what will be hit.

Not modelled: moments that only come about through faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise
from typing import Any

from attrs import evolve, field, frozen

from windtunnel.model.cluster.actions.operations import Apply, apply_manifest, send
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.targets import target_name
from windtunnel.model.facts import CacheChanged, CallBegun
from windtunnel.model.objects.json import Json
from windtunnel.model.sim.choices import Heard
from windtunnel.model.sim.loop import EventLimit
from windtunnel.strategies.alternatives import workload_objects
from windtunnel.strategies.generator import Generator
from windtunnel.strategies.plan import RunPlan

HEARS = "hears"
START = "start"
"""The ripple of the starting objects."""
IDLE_MS = 660_000
"""Longer than the watches of a reflector last."""
IDLE_EVENTS, ALL_EVENTS = 4_000, 12_000
RIPPLE_MS = 60_000
KEPT = 12
"""Moments of one kind that are kept of one ripple."""


@frozen
class Moment:
    """Something that a process does, or hears, some time after an action; before it the process had sent so many
    requests since that action."""

    after_ms: int
    process: str
    verb: str
    resource: str
    requests: int


@frozen
class Beat:
    """Something that a process does every so often in an idle cluster; period_ms 0 where it was seen once only."""

    process: str
    verb: str
    resource: str
    first_ms: int
    period_ms: int

    def next_ms(self, now_ms: int) -> int | None:
        """When it comes next, None where nobody knows. O(1)."""
        if now_ms < self.first_ms:
            return self.first_ms
        if not self.period_ms:
            return None
        return now_ms + self.period_ms - (now_ms - self.first_ms) % self.period_ms


Ripple = tuple[tuple[Moment, ...], ...]
"""The moments after an action, those of one process, verb and resource together."""


@frozen
class Moments:
    """What a rehearsal has shown."""

    ripples: Mapping[str, Ripple] = field(factory=dict)
    """By the name of the operation."""
    beats: tuple[Beat, ...] = ()
    points: Mapping[str, Heard] = field(factory=dict)
    """The points of choice until the starting objects had come to rest."""
    asked: Mapping[str, Mapping[str, Heard]] = field(factory=dict)
    """How often each point is asked after an operation."""

    def beats_within(self, period_ms: int) -> tuple[list[Beat], list[Beat]]:
        """The beats that come at least so often, and the others. O(beats)."""
        both: tuple[list[Beat], list[Beat]] = ([], [])
        for beat in self.beats:
            both[not 0 < beat.period_ms <= period_ms].append(beat)
        return both


def rehearse(plan: RunPlan) -> Moments:
    """Run the plan's operations without faults, and note what follows. Costs about what a scenario does."""
    return _Rehearsal(plan).moments()


class _Rehearsal:
    """One cluster that nothing befalls. Owns what it has noted since the last action."""

    def __init__(self, plan: RunPlan) -> None:
        self._plan = plan
        self._generator = Generator("rehearsal")
        self._objects = plan.objects or workload_objects(self._generator.below)
        self._cluster = Cluster(
            plan.shape,
            settings=evolve(plan.settings, elide_steady_work=False),
            swaps=plan.swaps,
            kinds=plan.kinds.with_objects(self._objects),
            controllers=plan.controllers,
        )
        self._cluster.loop.limit_steps = min(plan.limit_events, ALL_EVENTS)
        self._heard = self._cluster.choices.listen()
        self._begin_ms = 0
        self._requests: dict[str, int] = {}
        self._noted: list[Moment] = []
        self._ripples: dict[str, Ripple] = {}
        self._asked: dict[str, dict[str, Heard]] = {}
        self._beats: tuple[Beat, ...] = ()
        self._points: dict[str, Heard] = {}
        self._cluster.facts.subscribe(CallBegun, self._calls)
        self._cluster.facts.subscribe(CacheChanged, self._hears)

    def moments(self) -> Moments:
        with suppress(EventLimit):  # what was seen until then is enough to aim at
            self._rehearse()
        return Moments(self._ripples, self._beats, self._points, self._asked)

    def _rehearse(self) -> None:
        cluster = self._cluster
        cluster.start()
        self._begin()
        for manifest in self._objects:
            self._put(manifest)
        cluster.settle(RIPPLE_MS)
        self._points = dict(self._heard)
        self._ripples[START] = self._ripple()
        self._idle()
        for operation in self._plan.operations:
            action = operation.draw(cluster, self._generator.below)
            if action is None or operation is Apply or action.why_not(cluster):
                continue
            before = dict(self._heard)
            self._begin()
            cluster.apply(action)
            cluster.settle(RIPPLE_MS)
            self._ripples[action.action_name] = self._ripple()
            self._asked[action.action_name] = _more(before, self._heard)
            for manifest in self._objects:
                self._put(manifest)
            cluster.settle(RIPPLE_MS)

    def _idle(self) -> None:
        self._begin()
        begin_ms, loop = self._cluster.now_ms, self._cluster.loop
        last_step = loop.step + IDLE_EVENTS
        while loop.step < last_step and loop.now_ms < begin_ms + IDLE_MS and loop.run_next():
            pass
        times: dict[tuple[str, str, str], dict[int, None]] = {}
        for moment in self._noted:
            if moment.verb != HEARS:
                kind = moment.process, moment.verb, moment.resource
                times.setdefault(kind, {})[begin_ms + moment.after_ms] = None
        self._beats = tuple(_beat(*kind, list(each)) for kind, each in times.items())

    def _put(self, manifest: Json) -> None:
        cluster, metadata = self._cluster, manifest["metadata"]
        if metadata.get("name"):
            kind = cluster.environment.kinds.for_object(manifest)
            cluster.manifests[target_name(kind, metadata)] = manifest
            send(cluster, apply_manifest(cluster, manifest), "apply")

    def _begin(self) -> None:
        self._begin_ms = self._cluster.now_ms
        self._requests.clear()
        self._noted = []

    def _calls(self, fact: CallBegun) -> None:
        process, request = fact.process, fact.request
        if process == self._cluster.user.name:
            return
        self._note(process, *_words(request))
        self._requests[process] = self._requests.get(process, 0) + 1

    def _hears(self, fact: CacheChanged) -> None:
        self._note(fact.process, HEARS, fact.resource)

    def _note(self, process: str, verb: str, resource: str) -> None:
        after_ms, requests = self._cluster.now_ms - self._begin_ms, self._requests.get(process, 0)
        self._noted.append(Moment(after_ms, process, verb, resource, requests))

    def _ripple(self) -> Ripple:
        groups: dict[tuple[str, str, str], list[Moment]] = {}
        for moment in self._noted:
            group = groups.setdefault((moment.process, moment.verb, moment.resource), [])
            if len(group) < KEPT:
                group.append(moment)
        return tuple(tuple(group) for group in groups.values())


def _words(request: Any) -> tuple[str, str]:
    """What a request is, for whoever sent it: verb and resource, or what the store is asked."""
    verb = getattr(request, "verb", "") or type(request).__name__
    return verb, getattr(request, "resource", "") or ""


def _more(before: Mapping[str, Heard], after: Mapping[str, Heard]) -> dict[str, Heard]:
    """The askings since, of the points that were asked at all."""
    found = {}
    for point, heard in after.items():
        more = heard.asked - (before[point].asked if point in before else 0)
        if more:
            found[point] = Heard(more, heard.answers)
    return found


def _beat(process: str, verb: str, resource: str, times_ms: list[int]) -> Beat:
    gaps = [later - sooner for sooner, later in pairwise(times_ms)]
    return Beat(process, verb, resource, times_ms[0], max(gaps, default=0))
