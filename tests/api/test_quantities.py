"""Quantities: exact amounts, read, printed, compared, added and rounded as Kubernetes does it."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib.resources import files
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windtunnel.conformance.tables import quantities as table
from windtunnel.model.api import quantity
from windtunnel.model.api.quantity import Format, Quantity, QuantityError

CASES = json.loads(
    (files("windtunnel.conformance") / "data/conformance/quantities.json").read_text("utf-8")
)["cases"]

FACTORS = {
    **{suffix: Fraction(10) ** (3 * power) for power, suffix in enumerate(" kMGTPE")},
    **{suffix: Fraction(10) ** (-3 * power) for power, suffix in enumerate(" mun") if power},
    **{f"{suffix}i": Fraction(1024) ** power for power, suffix in enumerate(" KMGTPE") if power},
    **{f"{letter}{power}": Fraction(10) ** power for letter in "eE" for power in range(-12, 13)},
}
QUANTITIES = st.builds(Quantity, st.integers(-(10**30), 10**30), st.sampled_from(Format)) | (
    st.builds(quantity.from_value, st.integers(-(2**40), 2**40), st.sampled_from(Format))
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"])[:60])
def test_quantities_agree_with_the_recorded_table(case: dict[str, Any]) -> None:
    """Every recorded case of area quantities has the recorded answer."""
    assert None is table.run(case)


@given(
    st.sampled_from(["", "+", "-"]),
    st.integers(0, 10**12),
    st.none() | st.text(alphabet="0123456789", max_size=14),
    st.sampled_from(list(FACTORS)),
)
def test_the_amount_read_is_the_amount_written(
    sign: str, whole: int, fraction: str | None, suffix: str
) -> None:
    """A text stands for number times suffix, to the billionth and rounded away from zero."""
    digits = f"{whole}" if fraction is None else f"{whole}.{fraction}"
    exact = Fraction(digits.rstrip(".")) * FACTORS[suffix]
    expected = ceil(exact * 10**9)
    if suffix.endswith("i"):
        expected = min(expected, (2**63 - 1) * 10**9)
    found = quantity.parse(f"{sign}{digits}{suffix.strip()}")
    assert (-expected if sign == "-" else expected) == found.nanos


@given(QUANTITIES)
def test_the_printed_form_parses_to_the_same_amount(amount: Quantity) -> None:
    """Printing loses nothing (up to the cap of binary quantities), and is stable."""
    again = quantity.parse(str(amount))
    if abs(amount.value) < 2**63 or amount.format is not Format.BINARY_SI:
        assert amount == again
    assert str(again) == str(quantity.parse(str(again)))


@given(QUANTITIES, QUANTITIES)
def test_sums_differences_and_order_are_exact(left: Quantity, right: Quantity) -> None:
    """Arithmetic is exact, and the format is the left one unless that is zero."""
    assert left.nanos + right.nanos == (left + right).nanos
    assert left.nanos - right.nanos == (left - right).nanos
    assert (left.nanos < right.nanos) == (left < right)
    assert (left.format if left else right.format) is (left + right).format
    assert left == left + right - right
    opposite = -left
    assert left == -opposite


@given(QUANTITIES)
def test_whole_units_and_thousandths_round_away_from_zero(amount: Quantity) -> None:
    """A fraction of a unit counts as a whole one in the direction of its sign."""
    exact = Fraction(amount.nanos, 10**9)
    direction = 1 if exact >= 0 else -1
    assert direction * ceil(abs(exact)) == amount.value
    assert direction * ceil(abs(exact) * 1000) == amount.milli_value
    assert amount.rounded_up(-3).nanos == amount.milli_value * 10**6


@pytest.mark.parametrize(
    "text",
    ["", "1Kib", "1\n", "one", "1e", "1e+", "--1", "Pi", "e-10", "1e3001", "1e-99999", "9" * 1001],
)
def test_what_is_no_quantity_is_refused_with_a_sentence(text: str) -> None:
    """A text that is no quantity, or beyond the limits, raises and names itself."""
    with pytest.raises(QuantityError, match="is not a quantity"):
        quantity.parse(text)


def test_equal_amounts_are_equal_in_any_format() -> None:
    """Equality, order and hash look at the amount only."""
    same = [quantity.parse(text) for text in ("1024", "1Ki", "1.024e3", "1024000m")]
    assert [same[0]] * 4 == same
    assert 1 == len({*same})


def test_resource_lists_keep_whole_thousandths() -> None:
    """Requests and limits are stored rounded up to thousandths, in canonical form."""
    texts = ["1000m", "100u", "0.5", "1024Mi", "0", "1.5Gi", "1500m", "0.1"]
    expected = ["1", "1m", "500m", "1Gi", "0", "1536Mi", "1500m", "100m"]
    assert expected == [quantity.stored_in_resource_list(text) for text in texts]


def test_numbers_in_json_are_quantities_too() -> None:
    """A field may hold a number or a text with spaces around it."""
    expected = [quantity.parse(text) for text in ("2", "500m", "1Gi")]
    assert expected == [quantity.from_json(value) for value in (2, 0.5, " 1Gi ")]
    assert "250m" == str(quantity.from_milli(250))
    assert quantity.milli_value("250m") == quantity.from_milli(250).milli_value
