"""Which objects of a resource a list or a watch is about: a namespace, a name, a label and a field selector.

A Selection is read from a request once. Selectors are read and applied through the role "selectors", so that a class
in that role decides every list and watch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.api import errors
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.selectors import fields as field_selectors
from windtunnel.model.api.selectors.fields import FieldSelector
from windtunnel.model.api.selectors.labels import Selector
from windtunnel.model.api.selectors.requirement import SelectorError
from windtunnel.model.apiserver.request import Request
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record

Fields = Callable[[], dict[str, str]]
_NO_LABELS: dict[str, str] = {}


class Selection:
    """Says which objects are meant. namespace and name are '' where any will do."""

    __slots__ = ("fields", "filters", "labels", "name", "namespace", "selectors")

    def __init__(
        self,
        selectors: Any,
        namespace: str,
        name: str,
        labels: Selector | None,
        fields: FieldSelector | None,
    ) -> None:
        self.selectors = selectors
        self.namespace = namespace
        self.name = name
        self.labels = labels
        self.fields = fields
        self.filters = labels is not None or fields is not None

    def matches(self, raw: Json, fields: Fields) -> bool:
        """Whether an object of the right namespace and name is meant; fields is asked only if needed. O(conditions)."""
        if self.labels is not None:
            labels = raw["metadata"].get("labels") or _NO_LABELS
            if not self.selectors.matches(self.labels, labels):
                return False
        return self.fields is None or self.fields.matches(fields())

    def selects(self, record: Record, kind: Kind) -> bool:
        """Whether a record of the right namespace is meant. O(conditions)."""
        if self.name and record.key.name != self.name:
            return False
        return not self.filters or self.matches(
            record.raw, lambda: kind.strategy.selectable_fields(record.raw)
        )

    def __str__(self) -> str:
        """The conditions as text, for people."""
        parts = (self.namespace, self.name, str(self.labels or ""), str(self.fields or ""))
        return " ".join(part for part in parts if part)


def read_selection(selectors: Any, kind: Kind, request: Request) -> Selection:
    """The selection of a request. Raises 400 for a selector that cannot be read, or a field that cannot be asked."""
    options = request.options
    labels: Selector | None = None
    fields: FieldSelector | None = None
    try:
        if options.label_selector:
            labels = selectors.parse(options.label_selector)
        if options.field_selector:
            fields = field_selectors.parse(options.field_selector)
    except SelectorError as error:
        raise errors.bad_request(str(error)) from error
    name = request.name
    if fields is not None:
        for field in fields.fields:
            kind.strategy.check_selectable(field)
        name = name or fields.exact_match("metadata.name") or ""
        if not fields.requirements:
            fields = None
    if labels is not None and labels.selects_everything:
        labels = None
    return Selection(selectors, request.namespace if kind.namespaced else "", name, labels, fields)
