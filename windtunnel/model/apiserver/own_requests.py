"""Requests that the server makes to itself on the way of serving another: they show up under its own name."""

from __future__ import annotations

from windtunnel.model.api.kind import Kind
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.request import Request
from windtunnel.model.objects.record import StoreKey

USER = "system:apiserver"
GROUPS = ("system:authenticated", "system:masters")


def own_status_update(served: RequestContext, kind: Kind, key: StoreKey) -> RequestContext:
    """The server's own update of an object's status, on account of the request that it serves."""
    request = Request(
        "update", key.resource, key.namespace, key.name, "status", user=USER, groups=GROUPS
    )
    return RequestContext(request, kind, served.call, served.client)
