"""Where facts go: whoever asked for a kind of fact gets each one at the moment it happens.

A fact is an inert value (windtunnel.model.facts). Emitting one that nobody asked for costs a dict look-up, and the
sender can ask first and not even build it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class FactHub:
    """Routes facts by their type to observers, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._observers: dict[type, list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type, observer: Callable[[Any], None]) -> None:
        """Send every later fact of exactly this type to the observer. O(1)."""
        self._observers.setdefault(kind, []).append(observer)

    def wants(self, kind: type) -> bool:
        """Whether anybody asked for this type. O(1)."""
        return kind in self._observers

    def emit(self, fact: Any) -> None:
        """Hand a fact to its observers. O(observers)."""
        for observer in self._observers.get(type(fact), ()):
            observer(fact)
