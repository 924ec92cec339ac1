"""What a controller of one's own is given: the decorator that says what it watches, and the Context of a reconcile.

    @controller(watches="Website", owns=["Pod"])
    class Websites:
        async def reconcile(self, ctx: Context, key: Key) -> None: ...

A reconcile is called with the key of a watched object whenever that object, or one that it owns by a controller
reference, changed; never twice at once for one key. One that raises, whatever it raises, is called again with the
queue's back-off; one that returns a number is called again after so many milliseconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from attrs import frozen

from windtunnel.model.api.kind import Kind
from windtunnel.model.api.selectors.labels import parse
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer import Informer
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.client.isolated import copied_view
from windtunnel.model.client.names import key_of as read_key
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.environment import Environment
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.record import Key as Key
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import Await, sleep

C = TypeVar("C", bound=type)
Views = list[Any]
_ATTRIBUTE = "__windtunnel_controller__"


@frozen
class Interest:
    """What a controller asked for: the kind it reconciles, and kinds whose objects it owns."""

    watches: str
    owns: tuple[str, ...] = ()


def controller(watches: str, owns: Sequence[str] = ()) -> Callable[[C], C]:
    """Say what a class reconciles: `watches` is the kind, `owns` the kinds of objects that it makes for it."""

    def mark(cls: C) -> C:
        setattr(cls, _ATTRIBUTE, Interest(watches, tuple(owns)))
        return cls

    return mark


def interest_of(cls: type) -> Interest:
    """What a class asked for with @controller. Raises TypeError if it did not, or has no reconcile."""
    found = getattr(cls, _ATTRIBUTE, None)
    if not isinstance(found, Interest):
        raise TypeError(
            f"{cls.__name__} is no controller: decorate it with @controller(watches=...)"
        )
    if not callable(getattr(cls, "reconcile", None)):
        raise TypeError(f"{cls.__name__} needs a method `async def reconcile(self, ctx, key)`")
    return found


class CacheView:
    """The informers' view of the kinds that a controller watches or owns: it can be behind the API server.

    What it gives are copies, so that a controller can change them as it likes.
    """

    def __init__(self, informers: dict[str, Informer]) -> None:
        self._informers = informers

    def get(self, kind: str, key: Key | str) -> Any:
        """The cached object, or None. O(1)."""
        informer = self._informer(kind)
        found = informer.get(read_key(key))
        return copied_view(informer.resource, found) if found is not None else None

    def list(self, kind: str, namespace: str = "", label_selector: str = "") -> Views:
        """The cached objects of a kind, of one namespace where given. O(objects there)."""
        selector = parse(label_selector)
        informer = self._informer(kind)
        found = informer.list(namespace or None)
        return [
            copied_view(informer.resource, obj)
            for obj in found
            if selector.matches(obj.metadata.labels)
        ]

    def owned_by(self, owner: KubeObject, kind: str) -> Views:
        """The cached objects of a kind that this owner controls. O(objects of its namespace)."""
        informer = self._informer(kind)
        return [
            copied_view(informer.resource, obj)
            for obj in informer.list(owner.namespace or None)
            if obj.metadata.controller is not None and obj.metadata.controller.uid == owner.uid
        ]

    def _informer(self, kind: str) -> Informer:
        found = self._informers.get(kind)
        if found is None:
            known = ", ".join(self._informers)
            raise LookupError(
                f"this controller has no cache of {kind}, only of {known}: add it to `owns`"
            )
        return found


class Context:
    """What a reconcile may use. Every await is a place to crash, to fail, or to lose an answer."""

    def __init__(self, process: Process, client: Client, cache: CacheView) -> None:
        self.process = process
        self.client = client
        self.cache = cache

    @property
    def now(self) -> int:
        """Virtual time in milliseconds."""
        return self.process.now_ms

    def sleep(self, delay_ms: int) -> Await[None]:
        """Wait for so many milliseconds of virtual time."""
        return sleep(delay_ms)

    def gather(self, *awaitables: Awaitable[Any]) -> Await[list[Any]]:
        """Run coroutines at once and wait for all; the first error, in the order given, is raised."""
        return self.process.gather(*awaitables)


class UserController(QueueController):
    """Runs one class of somebody else's."""

    survives = (Exception,)

    def __init__(
        self,
        process: Process,
        environment: Environment,
        client: Client,
        informers: InformerFactory,
        cls: type,
    ) -> None:
        self.name = cls.__name__
        super().__init__(process, environment, client, informers)
        interest = interest_of(cls)
        self.reconciler: Any = cls()
        self.watched_kind = client.kind(interest.watches)
        caches = {interest.watches: self.watch(self.watched_kind.resource)}
        caches[interest.watches].add_handler(self.added, self.updated, self.added)
        for name in interest.owns:
            caches[name] = self.watch(client.kind(name).resource)
            caches[name].add_handler(self.owned_added, self.owned_updated, self.owned_added)
        self.context = Context(process, client, CacheView(caches))

    def added(self, obj: KubeObject) -> None:
        """A watched object showed up or is gone."""
        self.queue.add(key_of(obj))

    def updated(self, old: KubeObject, new: KubeObject) -> None:
        """A watched object changed."""
        self.queue.add(key_of(new))

    def owned_added(self, obj: KubeObject) -> None:
        """An object that may be owned showed up or is gone."""
        self.enqueue_owners((obj,))

    def owned_updated(self, old: KubeObject, new: KubeObject) -> None:
        """An object that may be owned changed, perhaps its owner."""
        self.enqueue_owners((old, new))

    def enqueue_owners(self, objects: Iterable[KubeObject]) -> None:
        """Have the owners reconciled that control these objects and are of the watched kind."""
        kind = self.watched_kind
        for obj in objects:
            owner = obj.metadata.controller
            if owner is not None and _is_of(kind, owner.api_version, owner.kind):
                self.queue.add(Key(obj.namespace if kind.namespaced else "", owner.name))

    async def sync(self, key: Key) -> None:
        """Call the reconcile."""
        again_ms = await self.reconciler.reconcile(self.context, key)
        if isinstance(again_ms, int) and again_ms > 0:
            self.queue.add_after(key, again_ms)

    def sync_failed(self, key: Key, error: Exception) -> None:
        """Remember what it raised, and call it again after the back-off."""
        super().sync_failed(key, error)
        self.last_errors[key] = f"{type(error).__name__}: {error}"


def _is_of(kind: Kind, api_version: str, name: str) -> bool:
    group = api_version.rpartition("/")[0]
    return kind.kind == name and kind.group == group
