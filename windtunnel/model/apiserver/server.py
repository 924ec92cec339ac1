"""The API server: the only way to the store. It dispatches requests, and owns the watch caches and admission.

A server is made of layers, each a module with one class that extends the one below: Storage (read, decide, write),
Creation, Updates, Deletion, Subresources, Binding, Eviction, and the server itself. Behaviour is in small methods, so a
class that is to misbehave in one respect is a subclass with one method overridden. Everything but what is in the store
is lost in a crash: caches, and addresses that were taken for a service that was not stored.

Constructor contract of the role "apiserver": (process, environment); start() makes it listen, busy() says what it waits
for, `answer(context)` serves one request.

Not modelled: authentication and authorization (every caller may do everything), priority and fairness, audit,
aggregated API servers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kind import Kind
from windtunnel.model.apiserver import listing
from windtunnel.model.apiserver.admission.default_toleration_seconds import (
    DefaultTolerationSeconds,
)
from windtunnel.model.apiserver.admission.limit_ranger import LimitRanger
from windtunnel.model.apiserver.admission.namespace_lifecycle import NamespaceLifecycle
from windtunnel.model.apiserver.admission.plugin import AdmissionChain, Plugin
from windtunnel.model.apiserver.admission.priority import Priority
from windtunnel.model.apiserver.admission.resource_quota import ResourceQuota
from windtunnel.model.apiserver.admission.service_account import ServiceAccount
from windtunnel.model.apiserver.admission.taint_nodes_by_condition import TaintNodesByCondition
from windtunnel.model.apiserver.admission.webhooks import Webhooks
from windtunnel.model.apiserver.compaction import compact_regularly
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.disturbances import TIMEOUT, error_of
from windtunnel.model.apiserver.eviction import Eviction
from windtunnel.model.apiserver.request import ListAnswer, Options, Request
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.sim.network import Call, NetworkError, Stream
from windtunnel.model.sim.tasks import sleep
from windtunnel.model.store.errors import StoreTrouble
from windtunnel.model.store.troubles import TIMED_OUT

if TYPE_CHECKING:
    from windtunnel.model.apiserver.watch_cache import WatchCache
    from windtunnel.model.environment import Environment
    from windtunnel.model.sim.process import Process

FIRST_LIST_ATTEMPTS = 100
CREATING = ("create", "update")

Handler = Callable[[RequestContext], Awaitable[tuple[int, Any]]]


CACHED_FROM_THE_START = (
    "namespaces",
    "serviceaccounts",
    "nodes",
    "pods",
    "services",
    "endpoints",
    "replicationcontrollers",
    "replicasets.apps",
    "leases.coordination.k8s.io",
)
"""What every cluster uses, and admission looks up. The cache of another kind is filled when it is first asked for."""


class ApiServer(Eviction):
    """One kube-apiserver."""

    def __init__(self, process: Process, environment: Environment) -> None:
        super().__init__(process, environment)
        self.kinds: dict[str, Kind] = {kind.resource: kind for kind in environment.kinds.kinds}
        self.watch_caches: dict[str, WatchCache] = {}
        # What was found in a namespace at which revision: admission asks for the same few over and over.
        self._in_namespaces: dict[tuple[str, str], tuple[int, tuple[Record, ...]]] = {}
        self.admission = AdmissionChain(self.plugins())
        self.service_allocator = environment.roles["service-allocator"](self, environment)
        self._handlers = self.handlers()

    # -- component

    def start(self) -> None:
        """Listen, and begin to follow the store."""
        self.process.on_call = self.on_call
        for resource in CACHED_FROM_THE_START:
            if resource in self.kinds:
                self.watch_cache(self.kinds[resource])
        self._incarnation = self.process.incarnation
        self.environment.in_use.follow(self.kind_is_in_use)
        self.process.spawn(compact_regularly(self.process, self.environment), "compaction")

    def kind_is_in_use(self, kind: Kind) -> bool:
        """A kind has its first object, perhaps by way of another server: follow it from now on; False once dead."""
        if not self.process.alive or self.process.incarnation != self._incarnation:
            return False
        self.watch_cache(kind)
        return True

    def busy(self) -> str | None:
        """What a cache waits for; requests under way are foreground events anyhow."""
        for cache in self.watch_caches.values():
            reason = cache.busy()
            if reason:
                return reason
        return None

    def plugins(self) -> list[Plugin]:
        """The admission plug-ins, in the order of kube-apiserver."""
        settings = self.environment.settings.apiserver
        plugins: list[Plugin] = [NamespaceLifecycle(self), LimitRanger(self)]
        if settings.service_account_admission:
            plugins.append(ServiceAccount(self))
        return [
            *plugins,
            TaintNodesByCondition(),
            Priority(self),
            DefaultTolerationSeconds(settings.default_toleration_seconds),
            Webhooks(self.environment.disturbances),
            ResourceQuota(self),
        ]

    def watch_cache(self, kind: Kind) -> WatchCache:
        """The cache of a kind, made at first need."""
        cache = self.watch_caches.get(kind.resource)
        if cache is None:
            cache = self.environment.roles["watch-cache"](self.process, self.environment, kind)
            self.watch_caches[kind.resource] = cache
            cache.start()
        return cache

    def cached(self, key: StoreKey) -> Record | None:
        """The watch cache's copy, which may be old. O(1)."""
        cache = self.watch_caches.get(key.resource)
        return cache.peek(key.namespace, key.name) if cache is not None else None

    def cached_in(self, resource: str, namespace: str) -> tuple[Record, ...] | None:
        """The watch cache's copies of a namespace's objects; None while it is filled, for which this is the start."""
        cache = self.watch_caches.get(resource)
        if cache is None:
            cache = self.watch_cache(self.kinds[resource])
        if not cache.ready:
            return None
        revision, found = self._in_namespaces.get((resource, namespace), (-1, ()))
        if revision != cache.revision:
            found = tuple(cache.records_under(cache.prefix(namespace)))
            self._in_namespaces[resource, namespace] = cache.revision, found
        return found

    async def admit_create(self, context: RequestContext, obj: Json) -> Json:
        """What the admission plugins make of a new object."""
        return await self.admission.create(context, obj)

    def admit_update(self, context: RequestContext, obj: Json, old: Json) -> Json:
        """What the admission plugins make of a changed object."""
        return self.admission.update(context, obj, old)

    async def admit_valid_create(self, context: RequestContext, obj: Json) -> None:
        """Have the admission plugins judge a new object that is valid."""
        await self.admission.validate_create(context, obj)

    async def admit_valid_update(self, context: RequestContext, obj: Json, old: Json) -> None:
        """Have the admission plugins judge a changed object that is valid."""
        await self.admission.validate_update(context, obj, old)

    # -- requests

    def on_call(self, call: Call) -> None:
        """Serve a call of another process in a task of its own."""
        self.process.spawn(self.serve(call), call.what)

    async def serve(self, call: Call) -> None:
        """Answer one call, with an error where there is one."""
        try:
            context = self.context(call.request, call.number, call.source)
            disturbance = self.environment.disturbances.take(call.source.name, call.request)
            if disturbance is not None:
                await self.disturb(context, disturbance.code)
            _, answer = await self.answer(context)
        except (ApiError, NetworkError, StoreTrouble) as error:
            call.reply_error(self.as_api_error(error))
        else:
            call.reply(answer)

    async def disturb(self, context: RequestContext, code: int) -> None:
        """Raise an error in the place of the answer; a write that times out is carried out nevertheless."""
        if code == TIMEOUT and context.request.writes:
            await self.answer(context)
        raise error_of(code, context.kind, context.request.name)

    def as_api_error(self, error: Exception) -> ApiError:
        """What a client is told: trouble with the store is an error of the server, and the write may have happened."""
        if isinstance(error, ApiError):
            return error
        message = str(error) if isinstance(error, StoreTrouble) else TIMED_OUT
        return errors.unexplained(message)

    def context(self, request: Request, call: int, client: Process) -> RequestContext:
        """The request with its kind. Raises 404 for a resource that nobody serves."""
        kind = self.kinds.get(request.resource)
        if kind is None:
            if request.resource != "bindings":
                raise errors.no_such_path()
            kind = self.kinds["pods"]
        return RequestContext(request, kind, call, client)

    async def answer(self, context: RequestContext) -> tuple[int, Any]:
        """The HTTP code and the answer: Record, ListAnswer, StatusAnswer or a Stream of WatchEvent.

        Raises ApiError, and NetworkError or StoreTrouble for trouble with the store.
        """
        request, kind = context.request, context.kind
        verb, subresource = request.verb, request.subresource
        if request.resource == "bindings":
            if verb != "create":
                raise errors.method_not_allowed()
            return await self.bind(context)
        if subresource and subresource not in kind.subresources:
            raise errors.no_such_path()
        handler = self._handlers.get((verb, subresource))
        if handler is None or (not subresource and verb not in kind.verbs):
            raise errors.method_not_allowed()
        if verb in CREATING and kind.resource not in self.environment.in_use.kinds:
            # The cache comes before the first object, so that no watch of it can ask for too old a revision.
            await self.usable_cache(kind)
            self.environment.in_use.note(kind)
        return await handler(context)

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """Which method serves which verb on which subresource."""
        return {
            ("get", ""): self.get_object,
            ("list", ""): self.list_objects,
            ("watch", ""): self.open_watch,
            ("create", ""): self.create,
            ("update", ""): self.update,
            ("patch", ""): self.patch,
            ("delete", ""): self.delete,
            ("deletecollection", ""): self.delete_collection,
            ("get", "status"): self.get_object,
            ("update", "status"): self.update_status,
            ("patch", "status"): self.patch_status,
            ("get", "scale"): self.get_scale,
            ("update", "scale"): self.update_scale,
            ("patch", "scale"): self.patch_scale,
            ("update", "finalize"): self.finalize,
            ("create", "binding"): self.bind,
            ("create", "eviction"): self.evict,
        }

    # -- reading

    async def get_object(self, context: RequestContext) -> tuple[int, Record]:
        """One object."""
        cache = await self.usable_cache(context.kind)
        return 200, await listing.get_object(cache, context.request)

    async def list_objects(self, context: RequestContext) -> tuple[int, ListAnswer]:
        """What the selectors match, or a page of it."""
        cache = await self.usable_cache(context.kind)
        return 200, await listing.list_objects(cache, context.request)

    async def open_watch(self, context: RequestContext) -> tuple[int, Stream]:
        """A stream of events to the client."""
        assert context.client is not None
        cache = await self.usable_cache(context.kind)
        return 200, await listing.open_watch(cache, context.request, context.client)

    async def list_for_deletion(self, context: RequestContext) -> ListAnswer:
        """What the request's selectors match now."""
        asked = context.request.options
        options = Options(label_selector=asked.label_selector, field_selector=asked.field_selector)
        request = Request("list", context.kind.resource, context.namespace, options=options)
        return await listing.list_objects(await self.usable_cache(context.kind), request)

    async def usable_cache(self, kind: Kind) -> WatchCache:
        """The cache of a kind; one that is made only now gets a moment to list."""
        cache = self.watch_caches.get(kind.resource)
        if cache is None:
            cache = self.watch_cache(kind)
            for _ in range(FIRST_LIST_ATTEMPTS):
                if cache.ready:
                    break
                await sleep(1, f"waits for the first list of {kind.resource}")
        return cache
