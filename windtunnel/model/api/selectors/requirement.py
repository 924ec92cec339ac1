"""One condition of a label selector: a key, an operator and values.

The operators are written as the selector text writes them (`in`, `notin`, `=`, `==`, `!=`, `gt`,
`lt`, `!`), with `exists` for a key that stands alone; structured selectors have words for them
(`In`, `DoesNotExist`, ...), and `requirement` takes both. `=` and `==` mean the same and are told
apart only in print.

Labels that lack the key satisfy `notin`, `!=` and `!`, and no other operator. `gt` and `lt`
compare 64-bit integers, and a label that is not one satisfies neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from attrs import field, frozen

from windtunnel.model.api import errors, names

IN = "in"
NOT_IN = "notin"
EQUALS = "="
DOUBLE_EQUALS = "=="
NOT_EQUALS = "!="
EXISTS = "exists"
DOES_NOT_EXIST = "!"
GREATER_THAN = "gt"
LESS_THAN = "lt"

OPERATOR_WORDS: Mapping[str, str] = {
    "In": IN,
    "NotIn": NOT_IN,
    "Equals": EQUALS,
    "DoubleEquals": DOUBLE_EQUALS,
    "NotEquals": NOT_EQUALS,
    "Exists": EXISTS,
    "DoesNotExist": DOES_NOT_EXIST,
    "Gt": GREATER_THAN,
    "Lt": LESS_THAN,
}
_PRINTED: Mapping[str, str] = {
    IN: "{key} in ({values})",
    NOT_IN: "{key} notin ({values})",
    EQUALS: "{key}={values}",
    DOUBLE_EQUALS: "{key}=={values}",
    NOT_EQUALS: "{key}!={values}",
    EXISTS: "{key}",
    DOES_NOT_EXIST: "!{key}",
    GREATER_THAN: "{key}>{values}",
    LESS_THAN: "{key}<{values}",
}
_NEED_A_VALUE = (EQUALS, IN, DOUBLE_EQUALS)
_REFUSE_A_VALUE = (NOT_EQUALS, NOT_IN)
_EQUALITY = (EQUALS, DOUBLE_EQUALS, NOT_EQUALS)
_SETS = (IN, NOT_IN)
_PRESENCE = (EXISTS, DOES_NOT_EXIST)
_COMPARISONS = (GREATER_THAN, LESS_THAN)

_HIGHEST_INTEGER = 2**63 - 1
_is_integer = re.compile("([+-]?)0*([0-9]{1,19})").fullmatch


class SelectorError(ValueError):
    """A text is not a selector, or a condition cannot be part of one; the sentence says why."""


def parse_integer(text: str) -> int | None:
    """Return the 64-bit integer that text writes in decimal, or None. O(len)."""
    found = _is_integer(text)
    if found is None:
        return None
    sign, digits = found.groups()
    number = -int(digits) if sign == "-" else int(digits)
    return number if -_HIGHEST_INTEGER - 1 <= number <= _HIGHEST_INTEGER else None


def _in_order(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(values))


@frozen
class Requirement:
    """A condition on the labels of an object; `requirement` makes checked ones.

    The values are kept in order, and a value given twice twice.
    """

    key: str
    operator: str
    values: tuple[str, ...] = field(default=(), converter=_in_order)
    _bound: int | None = field(init=False, eq=False, repr=False)

    @_bound.default
    def _read_bound(self) -> int | None:
        compares = self.operator in _COMPARISONS and self.values
        return parse_integer(self.values[0]) if compares else None

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Say whether labels satisfy this condition. O(number of values)."""
        operator = self.operator
        if operator in _NEED_A_VALUE:
            return labels.get(self.key) in self.values
        if operator in _REFUSE_A_VALUE:
            return labels.get(self.key) not in self.values
        if operator == EXISTS:
            return self.key in labels
        if operator == DOES_NOT_EXIST:
            return self.key not in labels
        return self._compares(labels.get(self.key))

    def _compares(self, value: str | None) -> bool:
        number = None if value is None else parse_integer(value)
        if number is None or self._bound is None:
            return False
        return number > self._bound if self.operator == GREATER_THAN else number < self._bound

    def __str__(self) -> str:
        """Return the condition as a selector text has it. O(length)."""
        return _PRINTED[self.operator].format(key=self.key, values=",".join(self.values))


def check_key(key: str, path: str = "key") -> None:
    """Raise SelectorError if key cannot be the key of a label. O(len)."""
    details = names.is_qualified_name(key)
    if details:
        raise SelectorError(str(errors.invalid(path, key, "; ".join(details))))


def _value_causes(operator: str, values: tuple[str, ...]) -> list[errors.Cause]:
    """Return what is wrong with the number and form of the values for this operator."""
    if operator in _SETS and not values:
        return [errors.invalid("values", values, "'in' and 'notin' need at least one value")]
    if operator in _EQUALITY and len(values) != 1:
        return [errors.invalid("values", values, "an equality needs exactly one value")]
    if operator in _PRESENCE and values:
        return [errors.invalid("values", values, "'exists' and 'does not exist' take no values")]
    if operator in _COMPARISONS:
        if len(values) != 1:
            return [errors.invalid("values", values, "'Gt' and 'Lt' need exactly one value")]
        if parse_integer(values[0]) is None:
            return [errors.invalid("values[0]", values[0], "'Gt' and 'Lt' need an integer")]
    return []


def requirement(key: str, operator: str, values: Iterable[str] = ()) -> Requirement:
    """Return the condition, checked; operator is a word (`NotIn`) or a sign (`notin`).

    O(total length). Raises SelectorError naming everything that is wrong with it.
    """
    given = tuple(values)
    sign = OPERATOR_WORDS.get(operator, operator)
    causes = []
    details = names.is_qualified_name(key)
    if details:
        causes.append(errors.invalid("key", key, "; ".join(details)))
    if sign in _PRINTED:
        causes += _value_causes(sign, given)
    else:
        causes.append(errors.not_supported("operator", operator, tuple(OPERATOR_WORDS)))
    for position, value in enumerate(given):
        details = names.is_label_value(value)
        if details:
            causes.append(errors.invalid(f"values[{position}]", value, "; ".join(details)))
    if causes:
        texts = [str(cause) for cause in causes]
        raise SelectorError(texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")
    return Requirement(key, sign, given)
