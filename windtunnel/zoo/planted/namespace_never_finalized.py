"""A namespace controller that empties a namespace and then never takes its finalizer off."""

from __future__ import annotations

from windtunnel.model.controllers.namespace.controller import NamespaceController
from windtunnel.model.objects.node import Namespace


class NamespaceNeverFinalized(NamespaceController):
    """Forgets the last step."""

    async def finalize(self, namespace: Namespace) -> None:
        """Somebody else will, it thinks."""
