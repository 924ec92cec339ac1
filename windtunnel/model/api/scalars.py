"""Reading scalar fields: the type a value must have, and the canonical form in which it is kept.

Each reader takes any JSON value but null and returns the value to keep: the same one where it is
already canonical. A value of the wrong type raises `WrongType`, one of the right type but without
meaning (a quantity that is none) `DecodeError` with the sentence of the real decoder.

Not modelled: integers written as floats (`3.0`), which the real decoder refuses as this one does,
but with the digits as they were written.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from windtunnel.model.api import quantity

Reader = Callable[[Any], Any]

INT32 = 1 << 31
INT64 = 1 << 63

_QUANTITY_FORM = "quantities must match the regular expression '{}'".format(
    r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
)
_is_plain_time = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ"
).fullmatch
_is_time = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)").fullmatch


class DecodeError(ValueError):
    """A document does not fit its schema; the text is what the real decoder says."""


class WrongType(DecodeError):
    """A value has the wrong JSON type; the readers around it add where it is on the way out."""

    def __init__(self, value: Any, wanted: str) -> None:
        super().__init__()
        self.found = json_type(value, wanted)
        self.wanted = wanted
        self.struct = ""
        self.path: list[str] = []

    def __str__(self) -> str:
        if not self.struct:
            return f"json: cannot unmarshal {self.found} into Go value of type {self.wanted}"
        place = ".".join((self.struct, *reversed(self.path)))
        target = f"Go struct field {place} of type {self.wanted}"
        return f"json: cannot unmarshal {self.found} into {target}"


def json_type(value: Any, wanted: str = "") -> str:
    """Return the JSON type of a value as the decoder names it.

    Numbers that do not fit with their digits.
    """
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return f"number {value}" if wanted.startswith("int") else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def read_string(value: Any) -> str:
    """Read a string."""
    if not isinstance(value, str):
        raise WrongType(value, "string")
    return value


def read_boolean(value: Any) -> bool:
    """Read a boolean."""
    if not isinstance(value, bool):
        raise WrongType(value, "bool")
    return value


def read_integer(value: Any) -> int:
    """Read an integer of 32 bits."""
    if type(value) is not int or not -INT32 <= value < INT32:
        raise WrongType(value, "int32")
    return value


def read_long(value: Any) -> int:
    """Read an integer of 64 bits."""
    if type(value) is not int or not -INT64 <= value < INT64:
        raise WrongType(value, "int64")
    return value


def read_number(value: Any) -> int | float:
    """Read a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongType(value, "float64")
    return value


def read_int_or_string(value: Any) -> int | str:
    """Read an integer of 32 bits or a string."""
    if type(value) is str:
        return value
    return read_integer(value)


def _read_quantity(value: Any, canonical: Callable[[str], str]) -> str:
    if type(value) is int or type(value) is float:
        value = str(quantity.from_json(value))
    elif type(value) is not str:
        raise DecodeError(_QUANTITY_FORM)
    try:
        return canonical(value)
    except quantity.QuantityError:
        try:
            return canonical(value.strip(" \t\r\n"))
        except quantity.QuantityError:
            raise DecodeError(_QUANTITY_FORM) from None


def read_quantity(value: Any) -> str:
    """Read a quantity, given as text or as a number, into its canonical text."""
    return _read_quantity(value, quantity.canonical)


def read_resource_quantity(value: Any) -> str:
    """Read a quantity of a resource list, kept in whole thousandths."""
    return _read_quantity(value, quantity.stored_in_resource_list)


@lru_cache(maxsize=4096)
def _canonical_time(text: str, layout: str, micro: bool) -> str:
    if not micro and _is_plain_time(text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise DecodeError(f'parsing time "{text}": day out of range') from None
        return text
    found = _is_time(text)
    if found is None:
        raise DecodeError(f'parsing time "{text}" as "{layout}": cannot parse it')
    seconds, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(seconds + ("+00:00" if zone == "Z" else zone))
        utc = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError):
        raise DecodeError(f'parsing time "{text}": value out of range') from None
    return f"{utc}.{(fraction or '')[:6]:0<6}Z" if micro else f"{utc}Z"


def read_time(value: Any) -> str:
    """Read a moment, kept in UTC and whole seconds."""
    if type(value) is not str:
        raise WrongType(value, "string")
    return _canonical_time(value, "2006-01-02T15:04:05Z07:00", False)


def read_micro_time(value: Any) -> str:
    """Read a moment, kept in UTC and microseconds."""
    if type(value) is not str:
        raise WrongType(value, "string")
    return _canonical_time(value, "2006-01-02T15:04:05.000000Z07:00", True)


_not_base64 = re.compile(r"[^A-Za-z0-9+/\r\n]").search


@lru_cache(maxsize=256)
def _check_base64(text: str) -> None:
    body = text.rstrip("=\r\n")
    wrong = _not_base64(body)
    if wrong is not None:
        raise DecodeError(f"illegal base64 data at input byte {wrong.start()}")
    try:
        binascii.a2b_base64(text)
        complete = len(text.replace("\r", "").replace("\n", "")) % 4 == 0
    except binascii.Error:
        complete = False
    if not complete:
        raise DecodeError(f"illegal base64 data at input byte {len(text) - len(text) % 4}")


def read_bytes(value: Any) -> str:
    """Read bytes, kept as the base64 text they came in."""
    if type(value) is not str:
        raise WrongType(value, "[]uint8")
    _check_base64(value)
    return value


READERS: Mapping[str, tuple[Reader, str]] = {
    "string": (read_string, "string"),
    "integer": (read_integer, "int32"),
    "long": (read_long, "int64"),
    "boolean": (read_boolean, "bool"),
    "number": (read_number, "float64"),
    "quantity": (read_quantity, "resource.Quantity"),
    "resource-quantity": (read_resource_quantity, "resource.Quantity"),
    "int-or-string": (read_int_or_string, "intstr.IntOrString"),
    "time": (read_time, "v1.Time"),
    "micro-time": (read_micro_time, "v1.MicroTime"),
    "bytes": (read_bytes, "[]uint8"),
}
