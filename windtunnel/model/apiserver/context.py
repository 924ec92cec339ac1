"""One request while it is being served: what was asked, of which kind, by whom, and what to warn about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from windtunnel.model.api.kind import Kind
from windtunnel.model.apiserver.request import Request
from windtunnel.model.objects.record import StoreKey

if TYPE_CHECKING:
    from windtunnel.model.sim.process import Process


@define(eq=False)
class RequestContext:
    """A request on its way through the server.

    call is the number of the network call that brought it; client is the process that a watch streams to;
    duplicates are the fields that the body had twice.
    """

    request: Request
    kind: Kind
    call: int = 0
    client: Process | None = None
    duplicates: tuple[str, ...] = ()
    warnings: list[str] = field(factory=list)

    @property
    def namespace(self) -> str:
        """The namespace of the request, '' for kinds that have none."""
        return self.request.namespace if self.kind.namespaced else ""

    @property
    def key(self) -> StoreKey:
        """The name in the store of the object that the request is about."""
        return self.key_of(self.request.name)

    def key_of(self, name: str) -> StoreKey:
        """The name in the store of an object of the request's kind and namespace."""
        return StoreKey(self.kind.resource, self.namespace, name)
