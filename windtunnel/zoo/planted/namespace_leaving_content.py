"""A namespace controller that lets a namespace go without looking at what is in it."""

from __future__ import annotations

from windtunnel.model.controllers.namespace.content import Remaining
from windtunnel.model.controllers.namespace.controller import NamespaceController


class NamespaceLeavingContent(NamespaceController):
    """Deletes nothing but the namespace."""

    async def delete_content(self, name: str) -> Remaining:
        """Nothing is left, it thinks."""
        return Remaining()
