"""NamespaceLifecycle: nothing is created in a namespace that does not exist or is going.

The plug-in believes the server's own cache of namespaces, and asks the store only where the cache does not know the
namespace. A server whose cache lags thus still lets something into a namespace whose deletion has begun, as in life.

Not modelled: the forced look-up for some seconds after this very server deleted the namespace.
"""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.errors import Cause, ResourceName
from windtunnel.model.apiserver.admission.plugin import Plugin
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.storage import Storage
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import StoreKey

NAMESPACE = ResourceName("Namespace", "namespaces")


class NamespaceLifecycle(Plugin):
    """Refuses new objects in namespaces that are missing or terminating."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """404 for a missing namespace, 403 for one that is being deleted."""
        if not context.kind.namespaced:
            return obj
        key = StoreKey("namespaces", "", context.namespace)
        namespace = self.storage.cached(key) or await self.storage.read(key)
        if namespace is None:
            raise errors.not_found_error(NAMESPACE, context.namespace)
        if (namespace.raw.get("status") or {}).get("phase") == "Terminating":
            raise self.terminating(context, obj)
        return obj

    def terminating(self, context: RequestContext, obj: Json) -> errors.ApiError:
        """The error for a new object in a namespace that is being deleted."""
        namespace, name = context.namespace, (obj.get("metadata") or {}).get("name", "")
        message = (
            f"unable to create new content in namespace {namespace} because it is being terminated"
        )
        cause = Cause(
            "NamespaceTerminating",
            "metadata.namespace",
            f"namespace {namespace} is being terminated",
        )
        return errors.forbidden_error(context.kind, name, message, [cause])
