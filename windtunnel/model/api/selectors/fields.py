"""Field selectors: which objects are meant, said by a few of their fields.

A term is `field=value`, `field==value` or `field!=value`, and terms are joined by commas; there
are no sets and no test for presence. In a value, a backslash makes `,`, `=` and itself ordinary;
in a field it does not. A field that an object lacks reads as empty. Empty terms are skipped, and
spaces are part of what they stand beside.

Which fields a kind offers is the kind's affair: a request that asks for another is refused by who
serves it, and `FieldSelector.fields` is there for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from attrs import frozen

from windtunnel.model.api.selectors.requirement import SelectorError

EQUALS = "="
NOT_EQUALS = "!="
_WRITTEN_OPERATORS = (("!=", NOT_EQUALS), ("==", EQUALS), ("=", EQUALS))
_ESCAPED = ("\\", ",", "=")
_CACHED = 4096


@frozen
class FieldRequirement:
    """One term: the field equals the value, or does not."""

    field: str
    operator: str
    value: str

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Say whether an object with these fields satisfies the term. O(1)."""
        return (fields.get(self.field, "") == self.value) is (self.operator == EQUALS)

    def __str__(self) -> str:
        """Return the term as a selector text has it. O(length)."""
        return f"{self.field}{self.operator}{escape(self.value)}"


@frozen
class FieldSelector:
    """A conjunction of terms; without any it selects everything."""

    requirements: tuple[FieldRequirement, ...]

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Say whether an object with these fields is selected. O(number of terms)."""
        for each in self.requirements:  # noqa: SIM110 - a generator costs more
            if not each.matches(fields):
                return False
        return True

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields asked for, each once, in the order of the terms. O(number of terms)."""
        return tuple(dict.fromkeys(each.field for each in self.requirements))

    def exact_match(self, field: str) -> str | None:
        """Return the value that field must have, or None if there is more than one way.

        O(terms).
        """
        for each in self.requirements:
            if each.field == field and each.operator == EQUALS:
                return each.value
        return None

    def __str__(self) -> str:
        """Return the canonical text. O(length)."""
        return ",".join(str(each) for each in self.requirements)


EVERYTHING = FieldSelector(())


def escape(value: str) -> str:
    """Return value as it is written inside a selector. O(len)."""
    for character in _ESCAPED:
        value = value.replace(character, f"\\{character}")
    return value


def unescape(text: str) -> str:
    """Return the value that text writes.

    O(len); SelectorError for a bad escape or a bare ',' or '='.
    """
    if not any(character in text for character in _ESCAPED):
        return text
    found: list[str] = []
    characters = iter(text)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            if escaped not in _ESCAPED:
                raise SelectorError(f"invalid field selector: invalid escape sequence: \\{escaped}")
            character = escaped
        elif character in _ESCAPED:
            raise SelectorError(
                f"invalid field selector: unescaped character in value: {character}"
            )
        found.append(character)
    return "".join(found)


def _terms(text: str) -> Iterator[str]:
    """Yield the texts between commas that no backslash precedes."""
    start = 0
    escaped = False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ",":
            yield text[start:position]
            start = position + 1
    yield text[start:]


def _split(term: str) -> tuple[str, str, str] | None:
    """Return field, operator and written value, cut at the first operator, or None without one."""
    for position in range(len(term)):
        for written, operator in _WRITTEN_OPERATORS:
            if term.startswith(written, position):
                return term[:position], operator, term[position + len(written) :]
    return None


@lru_cache(maxsize=_CACHED)
def parse(text: str) -> FieldSelector:
    """Return the selector that text writes, its terms in the order of their texts.

    O(len log len) at first, then O(1); SelectorError if it is none.
    """
    requirements = []
    for term in sorted(_terms(text)):
        if not term:
            continue
        parts = _split(term)
        if parts is None:
            raise SelectorError(f"invalid selector: '{text}'; can't understand '{term}'")
        field, operator, value = parts
        requirements.append(FieldRequirement(field, operator, unescape(value)))
    return FieldSelector(tuple(requirements)) if requirements else EVERYTHING


def one_term(field: str, value: str) -> FieldSelector:
    """Return the selector of objects whose field equals value, such as one name. O(1)."""
    return FieldSelector((FieldRequirement(field, EQUALS, value),))
