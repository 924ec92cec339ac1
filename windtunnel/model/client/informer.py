"""A controller's view of a resource: a local copy with indices, and handlers that hear of every change.

The reflector's deltas are queued and taken in one by one, in order: first the copy changes, then the handlers are
called, in the order of their registration. Normally a delta is taken in when it arrives; a deviation of the scenario
can make the informer lag, and then deltas wait. A list replaces the copy as a whole: what it does not have was deleted
unseen, and handlers get it as it was last known (DeletedFinalStateUnknown); what it has in an unchanged version is no
news, because there are no resyncs. An object deleted and made anew under one name may come as one update.

Views are shared with everybody: never alter what an informer returns.

Not modelled: resync periods, transformers, handlers that are slower than others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import frozen

from windtunnel.model.apiserver.request import WatchEvent
from windtunnel.model.client.client import Client
from windtunnel.model.client.delta import DeletedFinalStateUnknown, Delta, Replaced
from windtunnel.model.client.indexer import Indexer, IndexFunction
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.client.names import key_of
from windtunnel.model.environment import Environment
from windtunnel.model.facts import CacheChanged, CacheReplaced
from windtunnel.model.objects.record import Key, Record
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import Future

__all__ = ["DeletedFinalStateUnknown", "Handler", "Informer", "InformerFactory"]

Views = list[Any]
_LAG_STEPS = 8
_LAG_STEP_MS = 10


def _ignore(*_: Any) -> None:
    """A handler that nobody gave."""


@frozen(eq=False)
class Handler:
    """What one listener wants to hear; each is called with views."""

    on_add: Callable[[Any], Any] = _ignore
    on_update: Callable[[Any, Any], Any] = _ignore
    on_delete: Callable[[Any], Any] = _ignore
    on_delete_unknown: Callable[[DeletedFinalStateUnknown], Any] | None = None


class Informer:
    """Role "informer": made with (process, environment, resource, selectors). Owns the copy and the delta queue.

    revision is the last one that the copy has taken in; synced says whether the first list is in, handlers included.
    """

    def __init__(
        self,
        process: Process,
        environment: Environment,
        resource: str,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        client: Client | None = None,
    ) -> None:
        self.process = process
        self.environment = environment
        self.resource = resource
        self.selection = (namespace, label_selector, field_selector)
        self.revision = 0
        self.synced = False
        self.handlers: list[Handler] = []
        self.reflector = environment.roles["reflector"](
            process,
            environment,
            resource,
            self,
            field_selector=field_selector,
            label_selector=label_selector,
            namespace=namespace,
            client=client,
        )
        self._indexer = Indexer()
        self._queue: deque[Delta] = deque()
        self._choices = environment.choices
        self._lagging = False
        self._started = False
        self._first_list: Future[None] = Future(
            process.loop, process.name, f"has synced {resource}"
        )
        self._lag_point = f"informer lag {process.name} {resource}"

    def start(self) -> None:
        """Begin to follow the resource; once more does nothing."""
        if not self._started:
            self._started = True
            self.reflector.start()

    def busy(self) -> str | None:
        """Why the copy may be out of date, or None. O(1)."""
        if not self.synced:
            return f"{self.process.name} has not synced {self.resource} yet"
        if self._queue:
            return (
                f"{self.process.name} has {len(self._queue)} events of {self.resource} to take in"
            )
        reason: str | None = self.reflector.busy()
        return reason

    async def wait_for_sync(self) -> None:
        """Wait until the first list is taken in."""
        await self._first_list

    # -- the copy --------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many objects the copy has. O(1)."""
        return len(self._indexer)

    def get(self, key: Key | str) -> Any:
        """The view of an object, or None. O(1)."""
        record = self._indexer.get(key_of(key))
        return record.view if record is not None else None

    def list(self, namespace: str | None = None) -> Views:
        """The views of all objects, or those of a namespace, in the order in which they came. O(answer)."""
        records = self._indexer.in_namespace(namespace) if namespace else self._indexer
        return [record.view for record in records]

    def by_index(self, name: str, value: str) -> Views:
        """The views for which an index function gave a value. O(answer). Raises KeyError for an unknown index."""
        return [record.view for record in self._indexer.by_index(name, value)]

    def index_values(self, name: str) -> tuple[str, ...]:
        """The values that occur in an index. O(values)."""
        return tuple(self._indexer.index_values(name))

    def add_index(self, name: str, function: IndexFunction) -> None:
        """Index the objects by what a function of the view gives. O(n). Raises ValueError for a name in use."""
        self._indexer.add_index(name, function)

    def add_handler(
        self,
        on_add: Callable[[Any], Any] = _ignore,
        on_update: Callable[[Any, Any], Any] = _ignore,
        on_delete: Callable[[Any], Any] = _ignore,
        on_delete_unknown: Callable[[DeletedFinalStateUnknown], Any] | None = None,
    ) -> None:
        """Hear of every change; what is there already comes as additions at once. O(n).

        on_delete gets the last view, also where the deletion itself was missed, unless on_delete_unknown is given.
        """
        handler = Handler(on_add, on_update, on_delete, on_delete_unknown)
        self.handlers.append(handler)
        for record in list(self._indexer):
            handler.on_add(record.view)

    # -- what the reflector says -----------------------------------------------------------------------------------

    def replace(self, records: tuple[Record, ...], revision: int) -> None:
        """Queue a list."""
        self.enqueue(Replaced(records, revision))

    def changed(self, event: WatchEvent) -> None:
        """Queue one change."""
        self.enqueue(event)

    def advanced(self, revision: int) -> None:
        """Learn that nothing else happened up to a revision. O(1)."""
        if not self._queue:
            self.revision = revision

    # -- taking in -------------------------------------------------------------------------------------------------

    def enqueue(self, delta: Delta) -> None:
        """Queue a delta, and take it in at once unless the informer lags."""
        if self._lagging:
            self._queue.append(delta)
            return
        lag = self._choices(self._lag_point, _LAG_STEPS)
        if not lag:
            self.process_delta(delta)
            return
        self._queue.append(delta)
        self._lagging = True
        self.process.loop.after(
            lag * _LAG_STEP_MS, self.process.name, f"takes in {self.resource} late", self._catch_up
        )

    def process_delta(self, delta: Delta) -> None:
        """Take in one delta. O(handlers + indices), or O(n) for a list."""
        if isinstance(delta, Replaced):
            self.process_list(delta)
        else:
            self.process_event(delta)

    def process_event(self, event: WatchEvent) -> None:
        """Take in one change: the copy first, then the handlers."""
        record = event.record
        assert record is not None
        key = record.key.key
        if event.type == "DELETED":
            before = self._indexer.remove(key)
            self.revision = event.revision
            if before is not None:
                if self.process.facts.wants(CacheChanged):
                    self._tell_changed(before, None)
                view = record.view
                for handler in self.handlers:
                    handler.on_delete(view)
            return
        before = self._indexer.put(key, record)
        self.revision = event.revision
        if self.process.facts.wants(CacheChanged):
            self._tell_changed(before, record)
        self.notify(before, record)

    def process_list(self, delta: Replaced) -> None:
        """Take in a list: what is missing was deleted, then what is new or different."""
        listed = {record.key.key: record for record in delta.records}
        missing = [key for key in self._indexer.keys() if key not in listed]  # noqa: SIM118
        removed = [record for key in missing if (record := self._indexer.remove(key)) is not None]
        befores = [(self._indexer.put(key, record), record) for key, record in listed.items()]
        self.revision = delta.revision
        process = self.process
        if process.facts.wants(CacheReplaced):
            process.facts.emit(
                CacheReplaced(
                    process.loop.step,
                    process.loop.now_ms,
                    process.name,
                    process.incarnation,
                    self.resource,
                    delta.revision,
                    delta.records,
                    self.selection,
                )
            )
        for record in removed:
            self.notify_deleted_unseen(record)
        for before, record in befores:
            if before is None or before.revision != record.revision:
                self.notify(before, record)
        if not self.synced:
            self.synced = True
            self._first_list.set(None)

    def notify(self, before: Record | None, record: Record) -> None:
        """Tell the handlers of an addition or an update. O(handlers)."""
        if not self.handlers:
            return
        view = record.view
        if before is None:
            for handler in self.handlers:
                handler.on_add(view)
        else:
            view_before = before.view
            for handler in self.handlers:
                handler.on_update(view_before, view)

    def notify_deleted_unseen(self, record: Record) -> None:
        """Tell the handlers of an object whose deletion was missed. O(handlers)."""
        for handler in self.handlers:
            if handler.on_delete_unknown is not None:
                handler.on_delete_unknown(DeletedFinalStateUnknown(record.key.key, record.view))
            else:
                handler.on_delete(record.view)

    def check(self) -> None:
        """Assert what must hold of the copy and its indices. O(n x indices)."""
        self._indexer.check()
        for record in self._indexer:
            assert record.revision <= self.revision, "the copy has nothing newer than it says"
            assert record.key.resource == self.resource

    def _catch_up(self, _: None) -> None:
        queue = self._queue
        while queue:
            self.process_delta(queue.popleft())
        self._lagging = False

    def _tell_changed(self, before: Record | None, after: Record | None) -> None:
        process = self.process
        process.facts.emit(
            CacheChanged(
                process.loop.step,
                process.loop.now_ms,
                process.name,
                process.incarnation,
                self.resource,
                before,
                after,
                self.selection,
            )
        )
