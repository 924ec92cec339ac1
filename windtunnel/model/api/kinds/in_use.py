"""Which kinds have ever had an object, so that nothing is done for the others.

A cache of a kind without objects would change nothing, whoever keeps it. So an API server fills the cache of a kind
when the kind is first asked for, and the garbage collector follows a kind from its first object on.
"""

from __future__ import annotations

from collections.abc import Callable

from windtunnel.model.api.kind import Kind


class KindsInUse:
    """The kinds with objects, in the order of their first ones, and who wants to hear of the next."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self._listeners: list[Callable[[Kind], bool]] = []

    def note(self, kind: Kind) -> None:
        """An object of the kind is about to be stored. O(1), for a new kind O(listeners)."""
        if kind.resource in self.kinds:
            return
        self.kinds[kind.resource] = kind
        self._listeners = [listener for listener in self._listeners if listener(kind)]

    def follow(self, listener: Callable[[Kind], bool]) -> None:
        """Tell the listener of every kind so far and of each new one, until it answers False. O(kinds)."""
        for kind in list(self.kinds.values()):
            if not listener(kind):
                return
        self._listeners.append(listener)
