"""Field selectors: terms, escapes, errors and matching."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windtunnel.conformance.tables import fields as table
from windtunnel.model.api.selectors import fields
from windtunnel.model.api.selectors.requirement import SelectorError

CASES = json.loads(
    (files("windtunnel.conformance") / "data/conformance/fields.json").read_text("utf-8")
)["cases"]

FIELDS = st.sampled_from(["metadata.name", "spec.nodeName", "status.phase"])
VALUES = st.text(alphabet="ab,=\\ !", max_size=4)
TERMS = st.lists(st.tuples(FIELDS, st.sampled_from(["=", "==", "!="]), VALUES), max_size=4)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"])[:60])
def test_selectors_agree_with_the_recorded_table(case: dict[str, Any]) -> None:
    """Every recorded case of area fields has the recorded answer."""
    assert None is table.run(case)


def escaped(value: str) -> str:
    """Value with a backslash before each character that needs one."""
    return "".join(f"\\{character}" if character in "\\,=" else character for character in value)


@given(TERMS, st.dictionaries(FIELDS, VALUES))
def test_a_selector_matches_what_its_terms_say(
    terms: list[tuple[str, str, str]], carried: dict[str, str]
) -> None:
    """Every term must hold, whatever characters its value has; a missing field is empty."""
    text = ",".join(f"{field}{operator}{escaped(value)}" for field, operator, value in terms)
    expected = all(
        (carried.get(field, "") != value) if operator == "!=" else carried.get(field, "") == value
        for field, operator, value in terms
    )
    assert expected == fields.parse(text).matches(carried)


@given(TERMS)
def test_printing_and_parsing_again_gives_the_same_selector(
    terms: list[tuple[str, str, str]],
) -> None:
    """The canonical text has the same terms, though perhaps in another order."""
    text = ",".join(f"{field}{operator}{escaped(value)}" for field, operator, value in terms)
    selector = fields.parse(text)
    again = fields.parse(str(selector))
    assert sorted(map(str, selector.requirements)) == sorted(map(str, again.requirements))


@given(VALUES)
def test_unescaping_undoes_escaping(value: str) -> None:
    """A value that was escaped reads as itself."""
    assert value == fields.unescape(fields.escape(value))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "metadata.name in (a)",
            "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'",
        ),
        ("a=b=c", "invalid field selector: unescaped character in value: ="),
        ("a=b\\", "invalid field selector: invalid escape sequence: \\"),
        ("a=b\\x", "invalid field selector: invalid escape sequence: \\x"),
    ],
)
def test_a_bad_text_is_refused_with_the_sentence_of_the_api_server(
    text: str, sentence: str
) -> None:
    """The error of a malformed selector shows the part that was not understood."""
    with pytest.raises(SelectorError) as caught:
        fields.parse(text)
    assert sentence == str(caught.value)


def test_what_a_selector_asks_is_known_without_matching() -> None:
    """The fields, each once, and the one value that an equality demands can be read off."""
    selector = fields.parse("b!=1,b=2,a==3")
    assert ("a", "b") == selector.fields
    assert ["3", "2", None] == [selector.exact_match(field) for field in "abc"]
    assert fields.one_term("a", "x,y") == fields.parse("a=x\\,y")
    assert fields.EVERYTHING == fields.parse("") == fields.parse(",,")
