"""An API server in which something happens just before a request of a controller is served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.controllers.control_plane import ControlPlane
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.request import Request
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.json import Json

Deed = Callable[["MeddlingServer"], Awaitable[None]]
Where = tuple[str, str]
"""The verb, and the resource with its subresource: ("patch", "configmaps"), ("update", "namespaces/status")."""


class MeddlingServer(ApiServer):
    """A server with deeds, each of which is done once, before the next request that it waits for."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.deeds: list[tuple[Where, Deed]] = []

    async def answer(self, context: RequestContext) -> tuple[int, Any]:
        """Do what waits for such a request, then serve it."""
        request = context.request
        part = f"/{request.subresource}" if request.subresource else ""
        where = (request.verb, f"{request.resource}{part}")
        if context.call:
            for index, (wanted, deed) in enumerate(self.deeds):
                if wanted == where:
                    del self.deeds[index]
                    await deed(self)
                    break
        return await super().answer(context)

    async def does(self, verb: str, resource: str, key: str, body: Any = None, **more: Any) -> Any:
        """Somebody's request, which comes first."""
        namespace, _, name = key.rpartition("/")
        request = Request(verb, resource, namespace, name, body=body, **more)
        return await super().answer(self.context(request, 0, self.process))


def meddling(*controllers: str, **more: Any) -> ControlPlane:
    """A control plane with such a server."""
    given = (controllers,) if controllers else ()
    return ControlPlane(*given, swaps={"apiserver": MeddlingServer}, **more)


def before(plane: ControlPlane, verb: str, resource: str, deed: Deed, times: int = 1) -> None:
    """Have a deed done before each of the next so many requests of this sort."""
    server = plane.apiserver.component
    assert isinstance(server, MeddlingServer)
    server.deeds += [((verb, resource), deed)] * times


def undone(plane: ControlPlane) -> int:
    """How many deeds found no occasion."""
    server = plane.apiserver.component
    assert isinstance(server, MeddlingServer)
    return len(server.deeds)


def fails(code: int, reason: str = "") -> Deed:
    """The server answers with an error."""

    async def deed(server: MeddlingServer) -> None:
        raise ApiError(code, reason, f"an error of {code}")

    return deed


def writes(resource: str, key: str, body: Json) -> Deed:
    """Somebody patches an object."""

    async def deed(server: MeddlingServer) -> None:
        await server.does("patch", resource, key, body, patch_type="merge")

    return deed


def deletes(resource: str, key: str) -> Deed:
    """Somebody deletes an object."""

    async def deed(server: MeddlingServer) -> None:
        await server.does("delete", resource, key)

    return deed


def recreates(resource: str, key: str, obj: Json) -> Deed:
    """Somebody deletes an object and makes another one of its name."""

    async def deed(server: MeddlingServer) -> None:
        await server.does("delete", resource, key)
        await server.does("create", resource, key.rpartition("/")[0] + "/", obj)

    return deed
