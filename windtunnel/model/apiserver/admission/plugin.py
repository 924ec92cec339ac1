"""What an admission plug-in is, and the chain that asks those that care about a resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.objects.json import Json


class Plugin:
    """Looks at writes of the resources it names, () meaning all; returns the object, changed by path copy or not."""

    resources: ClassVar[tuple[str, ...]] = ()

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """Admit a new object. Raises ApiError to refuse it."""
        return obj

    def update(self, context: RequestContext, obj: Json, old: Json) -> Json:
        """Admit a changed object. Raises ApiError to refuse it."""
        return obj


class AdmissionChain:
    """The plug-ins of a server, in order."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._plugins = tuple(plugins)
        self._creating: dict[str, tuple[Plugin, ...]] = {}
        self._updating: dict[str, tuple[Plugin, ...]] = {}

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """What the plug-ins make of a new object. O(plug-ins for the resource)."""
        for plugin in self._for(context.kind.resource, self._creating, "create"):
            obj = await plugin.create(context, obj)
        return obj

    def update(self, context: RequestContext, obj: Json, old: Json) -> Json:
        """What the plug-ins make of a changed object. O(plug-ins for the resource)."""
        for plugin in self._for(context.kind.resource, self._updating, "update"):
            obj = plugin.update(context, obj, old)
        return obj

    def _for(
        self, resource: str, known: dict[str, tuple[Plugin, ...]], method: str
    ) -> tuple[Plugin, ...]:
        found = known.get(resource)
        if found is None:
            found = known[resource] = tuple(
                plugin
                for plugin in self._plugins
                if (not plugin.resources or resource in plugin.resources)
                and getattr(type(plugin), method) is not getattr(Plugin, method)
            )
        return found
