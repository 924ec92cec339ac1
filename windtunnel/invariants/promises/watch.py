"""What watches and caches promise: every change that is selected, once, in order, and nothing that never was."""

from __future__ import annotations

from collections.abc import Iterator

from windtunnel.invariants.change_log import Logs
from windtunnel.invariants.followed import Followed
from windtunnel.invariants.promise import always, answered, eventually, minutes
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Unconcerned, Violation
from windtunnel.invariants.world import World
from windtunnel.model.apiserver.request import Request
from windtunnel.model.facts import (
    CacheChanged,
    CacheReplaced,
    CallAnswered,
    Committed,
    ProcessUp,
    WatchDelivered,
)
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.sim.network import Stream
from windtunnel.model.store.change import Change

ON_ITS_WAY_MS = 500
"""How long ago a write must be for a cache to show it: heartbeats go on for ever, and one is always on its way."""


class OpenWatch:
    """One stream as its client sees it: what it asked for, and how far it has come."""

    __slots__ = ("followed", "initial", "log", "position", "request", "revision")

    def __init__(self, request: Request, logs: Logs) -> None:
        version = request.options.resource_version
        options = request.options
        self.request = request
        self.followed = Followed(
            logs, request.resource, request.namespace, request.name,
            options.label_selector, options.field_selector,
        )  # fmt: skip
        self.log = self.followed.log
        self.initial: dict[StoreKey, int] | None = (
            {} if request.options.send_initial_events else None
        )
        self.revision = int(version) if version.isdecimal() else 0
        self.position = self.log.position_after(self.revision) if self.initial is None else 0


@always(on=(answered("watch"), WatchDelivered))
class WatchesAreComplete:
    """A watch shows every change of what it selects after its start, once, in order and without a gap, and nothing
    else."""

    def __init__(self) -> None:
        self.watches: dict[int, OpenWatch] = {}

    def check(self, fact: CallAnswered | WatchDelivered, world: World) -> Findings:
        """Follow each stream. O(1) for each change and stream that it concerns, amortised."""
        if isinstance(fact, CallAnswered):
            self._opened(fact, world.logs)
            return UNCONCERNED
        watch = self.watches.get(fact.watch)
        if watch is None:
            return UNCONCERNED
        if fact.event_type == "ERROR":
            del self.watches[fact.watch]
            return UNCONCERNED
        if watch.initial is not None:
            return self._initial(watch, watch.initial, fact, world)
        expected = list(self._expected(watch, fact))
        if not expected:
            return None
        place = _place(watch, fact)
        return [Violation(each, _shown(fact), place, fact.revision) for each in expected]

    def _opened(self, fact: CallAnswered, logs: Logs) -> None:
        request = fact.request
        if not isinstance(request, Request) or not isinstance(fact.answer, Stream):
            return
        options = request.options
        if not options.send_initial_events and options.resource_version in ("", "0"):
            # "Whatever you have": such a watch does not say where it starts.
            return
        self.watches[fact.answer.number] = OpenWatch(request, logs)

    def _initial(
        self, watch: OpenWatch, known: dict[StoreKey, int], fact: WatchDelivered, world: World
    ) -> list[Violation] | Unconcerned:
        if fact.event_type == "DELETED":
            known.pop(fact.record.key, None)
        elif fact.event_type != "BOOKMARK":
            known[fact.record.key] = fact.record.revision
        if fact.event_type != "BOOKMARK":
            return UNCONCERNED
        watch.initial, watch.revision = None, fact.revision
        watch.position = watch.log.position_after(fact.revision)
        records = watch.followed.state_at(fact.revision, world)
        if records is None:
            return UNCONCERNED
        wanted = {record.key: record.revision for record in records}
        if wanted == known:
            return []
        differing = [str(key) for key in (*wanted, *known) if wanted.get(key) != known.get(key)]
        return [
            Violation(
                f"the {len(wanted)} objects of revision {fact.revision} as the first events",
                f"{len(known)} objects, of which differ: {', '.join(dict.fromkeys(differing[:4]))}",
                _place(watch, fact),
                fact.revision,
            )
        ]

    def _expected(self, watch: OpenWatch, fact: WatchDelivered) -> Iterator[str]:
        """What should have come in the place of this event, where something else should have. O(changes passed)."""
        bookmark = fact.event_type == "BOOKMARK"
        revision = fact.revision
        if revision < watch.revision or (revision == watch.revision and not bookmark):
            yield f"an event after revision {watch.revision}"
            return
        watch.revision = revision
        wanted = ""
        while (change := watch.log.at(watch.position)) is not None and change.revision <= revision:
            watch.position += 1
            kind = watch.followed.event_of(change)
            if kind and change.revision == revision and not bookmark:
                wanted = kind
                if kind != fact.event_type or not _same(change, fact):
                    yield f"{kind} {change.key.key}"
            elif kind:
                yield f"{kind} {change.key.key} of revision {change.revision} first"
        if not wanted and not bookmark:
            yield "only changes of what is selected"


def _same(change: Change, fact: WatchDelivered) -> bool:
    record: Record = fact.record
    if change.after is not None and fact.event_type != "DELETED":
        return record.key == change.key and (
            record.raw is change.after.raw or record.raw == change.after.raw
        )
    return record.key == change.key


def _shown(fact: WatchDelivered) -> str:
    if fact.record is None:
        return f"{fact.event_type} of revision {fact.revision}"
    return f"{fact.event_type} {fact.record.key.key} of revision {fact.revision}"


def _place(watch: OpenWatch, fact: WatchDelivered) -> str:
    options = watch.request.options
    selector = " ".join(t for t in (options.label_selector, options.field_selector) if t)
    return f"watch {fact.watch} of {fact.resource}{f' by {selector}' if selector else ''} in {fact.process}"


@eventually(
    within=minutes(23, "a reflector's back-off of 30 s and a watch's time of up to 10 minutes")
)
class CachesCatchUp:
    """Every cache of a living process shows each of its objects as the store has it, and none that is gone."""

    on = (CacheChanged, CacheReplaced, Committed, ProcessUp)

    def __init__(self) -> None:
        self.caches: dict[str, dict[StoreKey, int]] = {}
        self.written_ms: dict[StoreKey, int] = {}

    def observe(
        self, fact: CacheChanged | CacheReplaced | Committed | ProcessUp, world: World
    ) -> None:
        """Keep what each process's caches show. O(1), or O(cached objects of the resource) for a list."""
        if isinstance(fact, Committed):
            self.written_ms[fact.change.key] = fact.now_ms
            return
        if isinstance(fact, ProcessUp):
            self.caches[fact.process] = {}
            return
        cache = self.caches.setdefault(fact.process, {})
        if isinstance(fact, CacheReplaced):
            for key in [key for key in cache if key.resource == fact.resource]:
                del cache[key]
            cache.update({record.key: record.revision for record in fact.items})
        elif fact.after is not None:
            cache[fact.after.key] = fact.after.revision
        elif fact.before is not None:
            cache.pop(fact.before.key, None)

    def check(self, world: World) -> Iterator[Violation]:
        """Compare all of it with the store. O(cached objects)."""
        for process, cache in self.caches.items():
            if process not in world.calls.incarnations:
                continue
            for key, revision in cache.items():
                stored = world.get(*key)
                if world.now_ms - self.written_ms.get(key, 0) < ON_ITS_WAY_MS:
                    continue
                if stored is None:
                    yield Violation("it is gone from the cache", f"{key} is still there", process)
                elif stored.revision != revision:
                    yield Violation(
                        f"{key} at revision {stored.revision}", f"at revision {revision}", process
                    )
