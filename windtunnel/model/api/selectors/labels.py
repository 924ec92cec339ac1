"""Label selectors: which objects are meant, said by their labels.

A selector is a conjunction of conditions. It is written as text (in a request), as a structured
LabelSelector (in the spec of most kinds: `matchLabels` and `matchExpressions`), or as a plain map
(in the spec of Services and ReplicationControllers). All three end up as a `Selector`.

Nothing and everything are easily confused, so here is the rule: a structured selector that is
absent selects nothing, one that is empty selects everything; an empty text or map selects
everything. (That a Service without a selector selects no pods is the endpoints controller's rule,
not the selector's.)

Selectors are built once for each distinct input and shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any

from attrs import field, frozen

from windtunnel.model.api.selectors.label_parser import parse_requirements
from windtunnel.model.api.selectors.requirement import (
    DOUBLE_EQUALS,
    EQUALS,
    IN,
    Requirement,
    SelectorError,
    requirement,
)
from windtunnel.model.api.selectors.validation import (
    STRUCTURED_OPERATORS,
    validate_label_selector,
    validate_labels,
)

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "Requirement",
    "Selector",
    "SelectorError",
    "Selectors",
    "format_label_selector",
    "from_label_selector",
    "from_match_labels",
    "parse",
    "requirement",
    "selector",
    "validate_label_selector",
    "validate_labels",
]

_CACHED = 4096
_Expressions = tuple[tuple[str, str, tuple[str, ...]], ...]


@frozen
class Selector:
    """A conjunction of conditions on labels, ordered by key; without any it selects everything."""

    requirements: tuple[Requirement, ...]
    _equal: tuple[tuple[str, str], ...] = field(init=False, eq=False, repr=False)
    _other: tuple[Requirement, ...] = field(init=False, eq=False, repr=False)

    @_equal.default
    def _read_equal(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (each.key, each.values[0])
            for each in self.requirements
            if each.operator in (EQUALS, DOUBLE_EQUALS)
        )

    @_other.default
    def _read_other(self) -> tuple[Requirement, ...]:
        return tuple(
            each for each in self.requirements if each.operator not in (EQUALS, DOUBLE_EQUALS)
        )

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Say whether an object with these labels is selected. O(number of conditions)."""
        get = labels.get
        for key, value in self._equal:
            if get(key) != value:
                return False
        for condition in self._other:  # noqa: SIM110 - a generator costs more
            if not condition.matches(labels):
                return False
        return True

    @property
    def selects_everything(self) -> bool:
        """Say whether there is no condition at all. O(1)."""
        return not self.requirements

    def exact_match(self, key: str) -> str | None:
        """Return the value that key must have, or None if there is more than one way.

        O(conditions).
        """
        for each in self.requirements:
            exact = each.operator in (EQUALS, DOUBLE_EQUALS, IN) and len(each.values) == 1
            if each.key == key and exact:
                return each.values[0]
        return None

    def __str__(self) -> str:
        """Return the canonical text: it parses to a selector with the same conditions.

        O(length).
        """
        return ",".join(str(each) for each in self.requirements)


class _SelectsNothing(Selector):
    """The selector that an absent LabelSelector stands for; it prints as the empty text."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        return False

    @property
    def selects_everything(self) -> bool:
        return False


EVERYTHING = Selector(())
NOTHING: Selector = _SelectsNothing(())


def selector(*requirements: Requirement) -> Selector:
    """Return the selector of these conditions, ordered by key. O(n log n)."""
    if not requirements:
        return EVERYTHING
    return Selector(tuple(sorted(requirements, key=attrgetter("key"))))


@lru_cache(maxsize=_CACHED)
def parse(text: str) -> Selector:
    """Return the selector that text writes. O(len) at first, then

    O(1); SelectorError if it is none.
    """
    return selector(*parse_requirements(text))


@lru_cache(maxsize=_CACHED)
def _from_pairs(pairs: tuple[tuple[str, str], ...]) -> Selector:
    return selector(*(Requirement(key, EQUALS, (value,)) for key, value in pairs))


def from_match_labels(labels: Mapping[str, str] | None) -> Selector:
    """Return the selector of objects that carry all these labels, which are not checked.

    O(n). No labels select everything.
    """
    return _from_pairs(tuple(labels.items())) if labels else EVERYTHING


@lru_cache(maxsize=_CACHED)
def _from_parts(pairs: tuple[tuple[str, str], ...], expressions: _Expressions) -> Selector:
    conditions = [requirement(key, EQUALS, (value,)) for key, value in pairs]
    for key, operator, values in expressions:
        if operator not in STRUCTURED_OPERATORS:
            raise SelectorError(f'"{operator}" is not an operator of a label selector')
        conditions.append(requirement(key, operator, values))
    return selector(*conditions)


def from_label_selector(structured: Mapping[str, Any] | None) -> Selector:
    """Return the selector of a structured LabelSelector: None selects nothing, {} everything.

    O(size) for each call; SelectorError if a condition is not valid.
    """
    if structured is None:
        return NOTHING
    return _from_parts(
        tuple((structured.get("matchLabels") or {}).items()),
        tuple(
            (each.get("key") or "", each.get("operator") or "", tuple(each.get("values") or ()))
            for each in structured.get("matchExpressions") or ()
        ),
    )


def format_label_selector(structured: Mapping[str, Any] | None) -> str:
    """Return a structured LabelSelector as tables show it; `<none>` for absent and for empty.

    O(size).
    """
    try:
        return str(from_label_selector(structured)) or "<none>"
    except SelectorError:
        return "<error>"


class Selectors:
    """How the API server and the controllers read and apply label selectors: the class in the role "selectors"."""

    def parse(self, text: str) -> Selector:
        """Return the selector that text writes; SelectorError if it is none."""
        return parse(text)

    def from_label_selector(self, structured: Mapping[str, Any] | None) -> Selector:
        """Return the selector of a structured LabelSelector: None selects nothing, {} everything."""
        return from_label_selector(structured)

    def from_match_labels(self, labels: Mapping[str, str] | None) -> Selector:
        """Return the selector of objects that carry all these labels; no labels select everything."""
        return from_match_labels(labels)

    def matches(self, selector: Selector, labels: Mapping[str, str]) -> bool:
        """Say whether an object with these labels is selected. O(number of conditions)."""
        return selector.matches(labels)
