"""Quantities: the numbers with a suffix in which resources are counted, such as `250m`, `1.5Gi` or
`2e3`.

A Quantity is an exact number of billionths (nano units): Kubernetes keeps nothing finer and
rounds what is finer away from zero, so that who asks for something gets something. It also
remembers in which of three formats it was written, because the printed form keeps to it: decimal
SI (`n u m k M G T P E`), binary SI (`Ki Mi Gi Ti Pi Ei`) or decimal exponent (`e3`, `E-6`). The
printed form is canonical: the largest suffix that leaves a whole number. A binary quantity that
is small or not whole prints as a decimal one.

A sum keeps the format of its left side, or of its right side when the left is zero. Binary
quantities stop at the largest 64-bit integer when read, as the API server's do; everything else
is unbounded.

Not modelled: the printed form of a decimal quantity beyond 10^21, which loses its suffix in the
original; exponents beyond 3,000 and texts beyond 1,000 characters, which are refused here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import NoReturn

from attrs import field, frozen

NANOS = 10**9
_NANOS_IN_MILLI = 10**6
_HIGHEST_BINARY = 2**63 - 1
_EXPONENT_LIMIT = 3_000
_LENGTH_LIMIT = 1_000
_CACHED = 8192

_DECIMAL_EXPONENTS: Mapping[str, int] = {
    "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
}  # fmt: skip
_DECIMAL_SUFFIXES = {exponent: suffix for suffix, exponent in _DECIMAL_EXPONENTS.items()}
_BINARY_EXPONENTS: Mapping[str, int] = {
    "Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60,
}  # fmt: skip
_BINARY_SUFFIXES = ("", *_BINARY_EXPONENTS)
_HIGHEST_DECIMAL_EXPONENT = 18
_NEEDS_DIGITS = ("Pi", "Ei")  # the other suffixes stand for zero when no digit precedes them

_parts = re.compile(
    r"([+-]?)([0-9]*)(?:\.([0-9]*))?([numkMGTPE]?|[KMGTPE]i|[eE]([+-]?[0-9]+))"
).fullmatch


class Format(Enum):
    """The way in which a quantity was written and will be printed."""

    DECIMAL_SI = "DecimalSI"
    BINARY_SI = "BinarySI"
    DECIMAL_EXPONENT = "DecimalExponent"


class QuantityError(ValueError):
    """A text is not a quantity; the sentence says why."""


def _divide_away_from_zero(number: int, divisor: int) -> int:
    return -(-number // divisor) if number >= 0 else number // divisor


def _split_factors(number: int, base: int, limit: int | None = None) -> tuple[int, int]:
    """Return number without its factors of base, and how many there were (at most limit)."""
    times = 0
    while times != limit and number % base == 0:
        number //= base
        times += 1
    return number, times


@frozen(order=True)
class Quantity:
    """An exact amount of a resource; equal and ordered by amount, whatever the format."""

    nanos: int
    format: Format = field(default=Format.DECIMAL_SI, eq=False, order=False)

    @property
    def value(self) -> int:
        """The amount in whole units, a fraction counting as one more (away from zero). O(1)."""
        return _divide_away_from_zero(self.nanos, NANOS)

    @property
    def milli_value(self) -> int:
        """The amount in thousandths, a fraction counting as one more (away from zero). O(1)."""
        return _divide_away_from_zero(self.nanos, _NANOS_IN_MILLI)

    @property
    def sign(self) -> int:
        """-1, 0 or 1. O(1)."""
        return (self.nanos > 0) - (self.nanos < 0)

    def __add__(self, other: Quantity) -> Quantity:
        """Return the sum, in the format of self unless self is zero. O(1)."""
        return Quantity(self.nanos + other.nanos, self.format if self.nanos else other.format)

    def __sub__(self, other: Quantity) -> Quantity:
        """Return the difference, which may be negative, in the format of self unless that is zero.

        O(1).
        """
        return Quantity(self.nanos - other.nanos, self.format if self.nanos else other.format)

    def __neg__(self) -> Quantity:
        """Return the opposite amount in the same format. O(1)."""
        return Quantity(-self.nanos, self.format)

    def __bool__(self) -> bool:
        """Say whether the amount is not zero. O(1)."""
        return self.nanos != 0

    def rounded_up(self, exponent: int) -> Quantity:
        """Return the amount in steps of 10^exponent (-9 or more), rounded away from zero. O(1)."""
        step = 10 ** (exponent + 9)
        return Quantity(_divide_away_from_zero(self.nanos, step) * step, self.format)

    def __str__(self) -> str:
        """Return the canonical form, which parses to an equal quantity. O(digits)."""
        nanos = self.nanos
        if nanos == 0:
            return "0"
        if self.format is Format.BINARY_SI and nanos % NANOS == 0:
            units = nanos // NANOS
            if not -1024 < units < 1024:
                amount, times = _split_factors(units, 1024, len(_BINARY_SUFFIXES) - 1)
                return f"{amount}{_BINARY_SUFFIXES[times]}"
        amount, times = _split_factors(nanos, 10)
        exponent = times - 9
        printed = exponent - exponent % 3
        if self.format is Format.DECIMAL_EXPONENT:
            amount *= 10 ** (exponent - printed)
            return f"{amount}e{printed}" if printed else str(amount)
        printed = min(printed, _HIGHEST_DECIMAL_EXPONENT)
        return f"{amount * 10 ** (exponent - printed)}{_DECIMAL_SUFFIXES[printed]}"


ZERO = Quantity(0)


def _refuse(text: str, why: str) -> NoReturn:
    raise QuantityError(f"{text!r} is not a quantity: {why}")


@lru_cache(maxsize=_CACHED)
def parse(text: str) -> Quantity:
    """Return the quantity that text stands for. O(len) at first, then

    O(1); QuantityError if there is none.
    """
    found = _parts(text) if len(text) <= _LENGTH_LIMIT else None
    if not text or found is None:
        _refuse(text, "it must be a number and one suffix (such as m, k, M, Ki, Mi, Gi or e3)")
    sign, whole, fraction, suffix, power = found.groups()
    fraction = fraction or ""
    digits = int(f"{whole}{fraction}" or "0")
    binary = _BINARY_EXPONENTS.get(suffix)
    if binary is not None:
        exponent, form = 0, Format.BINARY_SI
        digits <<= binary
    elif power is not None:
        exponent, form = int(power[:8]), Format.DECIMAL_EXPONENT
    else:
        exponent, form = _DECIMAL_EXPONENTS[suffix], Format.DECIMAL_SI
    if len(power or "") > 8 or abs(exponent) > _EXPONENT_LIMIT:
        _refuse(text, f"its exponent is beyond {_EXPONENT_LIMIT}")
    if not whole and not fraction and (suffix in _NEEDS_DIGITS or exponent < -9):
        _refuse(text, "it has no digits")
    scale = exponent - len(fraction) + 9
    nanos = digits * 10**scale if scale >= 0 else _divide_away_from_zero(digits, 10**-scale)
    if binary is not None:
        nanos = min(nanos, _HIGHEST_BINARY * NANOS)
        if 0 < nanos < NANOS:
            form = Format.DECIMAL_SI
    return Quantity(-nanos if sign == "-" else nanos, form)


def from_milli(thousandths: int, form: Format = Format.DECIMAL_SI) -> Quantity:
    """Return the quantity of so many thousandths, the unit in which CPU is counted. O(1)."""
    return Quantity(thousandths * _NANOS_IN_MILLI, form)


def from_value(units: int, form: Format = Format.DECIMAL_SI) -> Quantity:
    """Return the quantity of so many whole units. O(1)."""
    return Quantity(units * NANOS, form)


def from_json(value: str | int | float) -> Quantity:
    """Return the quantity in a field of an object: a text, spaces around it ignored, or a number.

    O(len) at first, then O(1); QuantityError if it is none.
    """
    if isinstance(value, str):
        return parse(value.strip(" \t\r\n"))
    return parse(str(value))


@lru_cache(maxsize=_CACHED)
def milli_value(text: str) -> int:
    """Return the thousandths that text stands for, rounded up. O(1) once seen; QuantityError."""
    return parse(text).milli_value


@lru_cache(maxsize=_CACHED)
def whole_units(text: str) -> int:
    """Return the whole units that text stands for, rounded up. O(1) once seen; QuantityError."""
    return parse(text).value


@lru_cache(maxsize=_CACHED)
def canonical(text: str) -> str:
    """Return the printed form of what text stands for. O(1) once seen; QuantityError."""
    return str(parse(text))


@lru_cache(maxsize=_CACHED)
def stored_in_resource_list(text: str) -> str:
    """Return the form in which requests, limits and capacities are stored.

    The defaults of every ResourceList round up to thousandths, and what is rounded is printed anew:
    `100u` is kept as `1m`, and `1000m` as `1`.
    O(1) once seen; QuantityError.
    """
    return str(parse(text).rounded_up(-3))
