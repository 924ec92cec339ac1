"""The typed client: one method per verb, over the network, answering with views.

Requests go to one API server until a connection to it fails, and then to the next one (see balancer). As client-go
does, a request that the server asks to repeat later (429, or 5xx with a delay) is repeated up to ten times, and so is a
get or list whose connection broke. Every other error is the caller's: in particular a write whose connection broke
may or may not have been carried out.

Objects given may be views or JSON; JSON is sent as it is and must not be altered afterwards.

Not modelled: rate limits of the client, request timeouts set by the caller, server-side apply.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kind import Kind
from windtunnel.model.apiserver.request import NO_OPTIONS, ListAnswer, Options, Request
from windtunnel.model.client.names import find_kind, key_of
from windtunnel.model.client.watch import Watch
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.record import Key, Record
from windtunnel.model.sim.network import ConnectionLost, NetworkError, Stream
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import sleep

RETRIES = 10
RETRY_AFTER_LOST_SECONDS = 1
READS = frozenset(("get", "list", "watch"))


class Client:
    """Speaks for one user from one process."""

    def __init__(
        self,
        process: Process,
        environment: Environment,
        user: str = "system:admin",
        groups: tuple[str, ...] = ("system:masters", "system:authenticated"),
    ) -> None:
        self.process = process
        self.environment = environment
        self.user = user
        self.groups = groups
        self._kinds: dict[str, Kind] = {}

    # -- reading ---------------------------------------------------------------------------------------------------

    async def get(self, kind: str, key: Key | str, *, resource_version: str = "") -> Any:
        """The view of one object. Raises 404 where there is none."""
        options = Options(resource_version=resource_version) if resource_version else NO_OPTIONS
        found = key_of(key)
        return (await self._send("get", kind, found.namespace, found.name, options=options)).view

    async def list(
        self,
        kind: str,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        options: Options = NO_OPTIONS,
    ) -> list[Any]:
        """The views of the objects of a kind, in key order; namespace '' means all."""
        answer = await self.list_answer(kind, namespace, label_selector, field_selector, options)
        return [record.view for record in answer.items]

    async def list_answer(
        self,
        kind: str,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        options: Options = NO_OPTIONS,
    ) -> ListAnswer:
        """The answer of a list as the server gives it: records, revision, and how to go on."""
        options = _with_selectors(options, label_selector, field_selector)
        answer: ListAnswer = await self._send("list", kind, namespace, options=options)
        return answer

    async def watch(
        self,
        kind: str,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        options: Options = NO_OPTIONS,
    ) -> Watch:
        """Open a watch: read it with `await watch.next()` until None, or close() it."""
        options = _with_selectors(options, label_selector, field_selector)
        stream: Stream = await self._send("watch", kind, namespace, options=options)
        selector = " ".join(p for p in (namespace, label_selector, field_selector) if p)
        version = options.resource_version
        revision = int(version) if version.isdecimal() else 0
        if len(self.environment.apiservers) > 1:
            server = stream.server.name
            stream.on_broken = lambda: self._connection_failed(server)
        return Watch(self.process, self.kind(kind).resource, stream, revision, selector)

    # -- writing ---------------------------------------------------------------------------------------------------

    async def create(
        self, obj: KubeObject | Json, namespace: str = "", *, dry_run: bool = False
    ) -> Any:
        """Create an object; its view as it was stored. Namespaced objects go to their own namespace, or "default"."""
        body = self.body(obj)
        kind = self.environment.kinds.for_object(body)
        name = (body.get("metadata") or {}).get("name", "")
        options = Options(dry_run=True) if dry_run else NO_OPTIONS
        request = self._request(
            "create", kind, _namespace(kind, body, namespace), name, "", body, options
        )
        return (await self.request(request)).view

    async def update(
        self, obj: KubeObject | Json, *, subresource: str = "", dry_run: bool = False
    ) -> Any:
        """Replace an object; with its resourceVersion only if nobody wrote since. Raises 409 otherwise."""
        body = self.body(obj)
        kind = self.environment.kinds.for_object(body)
        name = (body.get("metadata") or {}).get("name", "")
        options = Options(dry_run=True) if dry_run else NO_OPTIONS
        request = self._request(
            "update", kind, _namespace(kind, body, ""), name, subresource, body, options
        )
        return (await self.request(request)).view

    async def update_status(self, obj: KubeObject | Json) -> Any:
        """Replace an object's status, and nothing but the status."""
        return await self.update(obj, subresource="status")

    async def patch(
        self,
        kind: str,
        key: Key | str,
        body: Any,
        patch_type: str = "merge",
        subresource: str = "",
        *,
        dry_run: bool = False,
    ) -> Any:
        """Patch an object; patch_type is merge, strategic or json."""
        found = key_of(key)
        options = Options(dry_run=True) if dry_run else NO_OPTIONS
        request = self._request(
            "patch", self.kind(kind), found.namespace, found.name, subresource, body, options
        )
        return (await self.request(evolve(request, patch_type=patch_type))).view

    async def delete(
        self,
        kind: str,
        key: Key | str,
        *,
        uid: str | None = None,
        resource_version: str | None = None,
        grace_period_seconds: int | None = None,
        propagation_policy: str | None = None,
        dry_run: bool = False,
    ) -> Any:
        """Ask for an object's deletion; uid and resource_version make it conditional. Answers with its last view, or
        with the Status JSON where the server gives one."""
        found = key_of(key)
        options = Options(
            dry_run=dry_run,
            precondition_uid=uid,
            precondition_resource_version=resource_version,
            grace_period_seconds=grace_period_seconds,
            propagation_policy=propagation_policy,
        )
        return _plain(
            await self._send("delete", kind, found.namespace, found.name, options=options)
        )

    async def delete_collection(
        self,
        kind: str,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        options: Options = NO_OPTIONS,
    ) -> Any:
        """Ask for the deletion of all selected objects."""
        options = _with_selectors(options, label_selector, field_selector)
        return _plain(await self._send("deletecollection", kind, namespace, options=options))

    async def bind(self, pod_key: Key | str, uid: str, node: str) -> None:
        """Bind a pod to a node. Raises 409 where it is bound already, or is another pod by now."""
        found = key_of(pod_key)
        metadata = {
            "name": found.name,
            "namespace": found.namespace,
            **({"uid": uid} if uid else {}),
        }
        body = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": metadata,
            "target": {"kind": "Node", "name": node},
        }
        await self._send("create", "Pod", found.namespace, found.name, "binding", body)

    async def evict(self, pod_key: Key | str, *, grace_period_seconds: int | None = None) -> None:
        """Ask for a pod's deletion as its disruption budgets allow. Raises 429 where they do not."""
        found = key_of(pod_key)
        body: Json = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": found.name, "namespace": found.namespace},
        }
        if grace_period_seconds is not None:
            body["deleteOptions"] = {"gracePeriodSeconds": grace_period_seconds}
        await self._send("create", "Pod", found.namespace, found.name, "eviction", body)

    async def scale(self, kind: str, key: Key | str, replicas: int) -> None:
        """Set the replicas of an object through its scale, whatever they are now."""
        body = {"spec": {"replicas": replicas}}
        await self.patch(kind, key, body, "merge", "scale")

    # -- requests --------------------------------------------------------------------------------------------------

    def kind(self, name: str) -> Kind:
        """The kind of a name: "Pod", "pods" or "replicasets.apps". Raises LookupError. O(1) after the first time."""
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = find_kind(self.environment.kinds, name)
        return kind

    def body(self, obj: KubeObject | Json) -> Json:
        """The JSON of an object to send."""
        return obj.raw if isinstance(obj, KubeObject) else obj

    async def request(self, request: Request) -> Any:
        """Send a request and give its raw answer; repeats what client-go would. Raises ApiError, NetworkError."""
        attempt = 0
        while True:
            server = self.server
            try:
                return await self.process.call(server, request, str(request))
            except ApiError as error:
                seconds = error.retry_after_seconds if error.code == 429 or error.code >= 500 else 0
                if not seconds or attempt >= RETRIES:
                    raise
            except NetworkError as error:
                self._connection_failed(server)
                if (
                    not isinstance(error, ConnectionLost)
                    or request.verb not in READS
                    or attempt >= RETRIES
                ):
                    raise
                seconds = RETRY_AFTER_LOST_SECONDS
            attempt += 1
            await sleep(seconds * 1000, f"repeats {request}")

    @property
    def server(self) -> str:
        """The API server that the next request goes to."""
        servers = self.environment.apiservers
        if len(servers) == 1:
            return servers[0]
        return self.environment.balancer.server(self.process, servers)

    def _connection_failed(self, server: str) -> None:
        servers = self.environment.apiservers
        if len(servers) > 1:
            self.environment.balancer.failed(self.process, server, servers)

    async def _send(
        self,
        verb: str,
        kind: str,
        namespace: str = "",
        name: str = "",
        subresource: str = "",
        body: Any = None,
        options: Options = NO_OPTIONS,
    ) -> Any:
        return await self.request(
            self._request(verb, self.kind(kind), namespace, name, subresource, body, options)
        )

    def _request(
        self,
        verb: str,
        kind: Kind,
        namespace: str,
        name: str,
        subresource: str,
        body: Any,
        options: Options,
    ) -> Request:
        return Request(
            verb,
            kind.resource,
            namespace,
            name,
            subresource,
            body,
            "",
            options,
            self.user,
            self.groups,
        )


def _namespace(kind: Kind, body: Json, namespace: str) -> str:
    if not kind.namespaced:
        return ""
    return namespace or (body.get("metadata") or {}).get("namespace") or "default"


def _with_selectors(options: Options, label_selector: str, field_selector: str) -> Options:
    if not label_selector and not field_selector:
        return options
    return evolve(options, label_selector=label_selector, field_selector=field_selector)


def _plain(answer: Any) -> Any:
    return answer.view if isinstance(answer, Record) else getattr(answer, "body", answer)
