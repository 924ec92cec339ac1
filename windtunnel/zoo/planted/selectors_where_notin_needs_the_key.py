"""Selectors whose NotIn selects only objects that have the key; in Kubernetes an object without the key is selected."""

from __future__ import annotations

from collections.abc import Mapping

from windtunnel.model.api.selectors.labels import Selector, Selectors
from windtunnel.model.api.selectors.requirement import NOT_IN


class SelectorsWhereNotInNeedsTheKey(Selectors):
    """Asks for the key first."""

    def matches(self, selector: Selector, labels: Mapping[str, str]) -> bool:
        """As the built-in, but not without the keys of NotIn."""
        keys = [each.key for each in selector.requirements if each.operator == NOT_IN]
        return all(key in labels for key in keys) and super().matches(selector, labels)
