"""What is wrong with an object, field by field.

Validation returns a list of `Cause`: a machine-readable reason, a field path and a message. The
messages are composed as the API server does, because tests and people compare them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.objects.json import Json


@frozen
class Cause:
    """One reason why a request failed; for validation: what is wrong with which field."""

    reason: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message

    def to_json(self) -> Json:
        """Return the cause as it stands in `details.causes` of a Status, without empty fields."""
        found: dict[str, Any] = {}
        if self.reason:
            found["reason"] = self.reason
        if self.message:
            found["message"] = self.message
        if self.field:
            found["field"] = self.field
        return found


def _detailed(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text


def show(value: object) -> str:
    """Return a bad value as validation messages print it: JSON, with sorted keys."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def invalid(field: str, value: object, detail: str) -> Cause:
    """Return the cause "the value is wrong"."""
    return Cause("FieldValueInvalid", field, _detailed(f"Invalid value: {show(value)}", detail))


def type_invalid(field: str, value: object, detail: str) -> Cause:
    """Return the cause "the value has the wrong type"."""
    return Cause("FieldValueTypeInvalid", field, _detailed(f"Invalid value: {show(value)}", detail))


def required(field: str, detail: str = "") -> Cause:
    """Return the cause "the value is missing"."""
    return Cause("FieldValueRequired", field, _detailed("Required value", detail))


def duplicate(field: str, value: object) -> Cause:
    """Return the cause "the value occurs twice in a collection of unique values"."""
    return Cause("FieldValueDuplicate", field, f"Duplicate value: {show(value)}")


def not_supported(field: str, value: object, supported: Sequence[str]) -> Cause:
    """Return the cause "the value is none of the known ones", listed in the order given."""
    detail = "supported values: " + ", ".join(show(each) for each in supported) if supported else ""
    return Cause(
        "FieldValueNotSupported", field, _detailed(f"Unsupported value: {show(value)}", detail)
    )


def forbidden(field: str, detail: str) -> Cause:
    """Return the cause "this field may not be set, or not be set like this"."""
    return Cause("FieldValueForbidden", field, _detailed("Forbidden", detail))


def not_found(field: str, value: object) -> Cause:
    """Return the cause "the value refers to something that is not there"."""
    return Cause("FieldValueNotFound", field, f"Not found: {show(value)}")


def too_long(field: str, max_bytes: int) -> Cause:
    """Return the cause "the value is longer than max_bytes bytes"."""
    return Cause("FieldValueTooLong", field, f"Too long: may not be more than {max_bytes} bytes")


def too_many(field: str, actual: int, maximum: int) -> Cause:
    """Return the cause "the list has more than maximum items"."""
    items = "item" if maximum == 1 else "items"
    return Cause(
        "FieldValueTooMany", field, f"Too many: {actual}: must have at most {maximum} {items}"
    )
