"""What an admission plug-in is, and the chain that asks those that care about a resource.

The chain is gone through twice: once to change what the client sent, before it is validated, and once more to judge
what came out of that, right before it is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.objects.json import Json


class Plugin:
    """Looks at writes of the resources it names, () meaning all; returns the object, changed by path copy or not."""

    resources: ClassVar[tuple[str, ...]] = ()

    def concerns(self, resource: str, method: str) -> bool:
        """Whether the plug-in is to be asked about a resource: by its method create, update, validate_…"""
        return not self.resources or resource in self.resources

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """Admit a new object. Raises ApiError to refuse it."""
        return obj

    def update(self, context: RequestContext, obj: Json, old: Json) -> Json:
        """Admit a changed object. Raises ApiError to refuse it."""
        return obj

    async def validate_create(self, context: RequestContext, obj: Json) -> None:
        """Judge a new object that is valid. Raises ApiError to refuse it."""

    async def validate_update(self, context: RequestContext, obj: Json, old: Json) -> None:
        """Judge a changed object that is valid. Raises ApiError to refuse it."""


class AdmissionChain:
    """The plug-ins of a server, in order."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._plugins = tuple(plugins)
        self._known: dict[tuple[str, str], tuple[Plugin, ...]] = {}

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """What the plug-ins make of a new object. O(plug-ins for the resource)."""
        for plugin in self._for(context.kind.resource, "create"):
            obj = await plugin.create(context, obj)
        return obj

    def update(self, context: RequestContext, obj: Json, old: Json) -> Json:
        """What the plug-ins make of a changed object. O(plug-ins for the resource)."""
        for plugin in self._for(context.kind.resource, "update"):
            obj = plugin.update(context, obj, old)
        return obj

    async def validate_create(self, context: RequestContext, obj: Json) -> None:
        """Have the plug-ins judge a new object. O(plug-ins for the resource)."""
        for plugin in self._for(context.kind.resource, "validate_create"):
            await plugin.validate_create(context, obj)

    async def validate_update(self, context: RequestContext, obj: Json, old: Json) -> None:
        """Have the plug-ins judge a changed object. O(plug-ins for the resource)."""
        for plugin in self._for(context.kind.resource, "validate_update"):
            await plugin.validate_update(context, obj, old)

    def _for(self, resource: str, method: str) -> tuple[Plugin, ...]:
        found = self._known.get((resource, method))
        if found is None:
            found = self._known[resource, method] = tuple(
                plugin
                for plugin in self._plugins
                if plugin.concerns(resource, method)
                and getattr(type(plugin), method) is not getattr(Plugin, method)
            )
        return found
