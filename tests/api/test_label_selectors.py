"""Label selectors: read, printed, converted, validated and matched as Kubernetes does it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windtunnel.conformance.tables import labels as table
from windtunnel.model.api.selectors import labels
from windtunnel.model.api.selectors.labels import EVERYTHING, NOTHING, SelectorError

CASES = json.loads(
    (files("windtunnel.conformance") / "data/conformance/labels.json").read_text("utf-8")
)["cases"]

KEYS = st.sampled_from(["a", "b", "in", "notin", "example.com/a"])
VALUES = st.sampled_from(["", "x", "y", "in", "notin", "0", "7", "007", "10"])
NUMBERS = st.integers(min_value=0, max_value=20).map(str)
LABELS = st.dictionaries(
    KEYS, VALUES | NUMBERS | st.sampled_from(["-3", "+8", "9223372036854775808"])
)
SPACE = st.sampled_from(["", " ", "\t", "  "])

Condition = tuple[str, str, tuple[str, ...]]


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """A key, an operator word and values that go together."""
    key = draw(KEYS)
    operator = draw(st.sampled_from(["In", "NotIn", "=", "==", "!=", "Exists", "!", "Gt", "Lt"]))
    if operator in ("In", "NotIn"):
        return key, operator, tuple(draw(st.lists(VALUES, min_size=1, max_size=3, unique=True)))
    if operator in ("Exists", "!"):
        return key, operator, ()
    return key, operator, (draw(NUMBERS if operator in ("Gt", "Lt") else VALUES),)


def holds(condition: Condition, carried: Mapping[str, str]) -> bool:
    """What a condition means, said without any of the model's code."""
    key, operator, values = condition
    if operator == "Exists":
        return key in carried
    if operator == "!":
        return key not in carried
    if operator in ("Gt", "Lt"):
        if (
            key not in carried
            or not carried[key]
            or abs(number := int_or_huge(carried[key])) >= 2**63
        ):
            return False
        return number > int(values[0]) if operator == "Gt" else number < int(values[0])
    among = key in carried and carried[key] in values
    return not among if operator in ("NotIn", "!=") else among


def int_or_huge(text: str) -> int:
    """The number in text, or one that no 64-bit integer reaches."""
    try:
        return int(text)
    except ValueError:
        return 2**64


def written(condition: Condition, space: str) -> str:
    """The condition as a person might type it."""
    key, operator, values = condition
    if operator in ("In", "NotIn"):
        return f"{key} {operator.lower()}{space}({space}{f',{space}'.join(values)}{space})"
    if operator == "Exists":
        return key
    if operator == "!":
        return f"!{space}{key}"
    sign = {"Gt": ">", "Lt": "<"}.get(operator, operator)
    return f"{key}{space}{sign}{space}{values[0]}"


def text_of(terms: Sequence[Condition], space: str) -> str:
    """The conditions as one selector text."""
    return f"{space},{space}".join(written(each, space) for each in terms)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"])[:60])
def test_selectors_agree_with_the_recorded_table(case: dict[str, Any]) -> None:
    """Every recorded case of area labels has the recorded answer."""
    assert None is table.run(case)


@given(st.lists(conditions(), max_size=4), LABELS, SPACE)
def test_a_parsed_selector_matches_what_its_conditions_say(
    terms: list[Condition], carried: dict[str, str], space: str
) -> None:
    """A selector written as text selects exactly the labels that satisfy all of its conditions."""
    expected = all(holds(each, carried) for each in terms)
    assert expected == labels.parse(text_of(terms, space)).matches(carried)


@given(st.lists(conditions(), max_size=4), SPACE)
def test_printing_and_parsing_again_gives_the_same_selector(
    terms: list[Condition], space: str
) -> None:
    """The canonical text of a selector stands for that selector, and is its own canonical text."""
    selector = labels.parse(text_of(terms, space))
    assert selector == labels.parse(str(selector))
    assert str(selector) == str(labels.parse(str(selector)))


@given(st.dictionaries(KEYS, VALUES), st.lists(conditions(), max_size=3), LABELS)
def test_a_structured_selector_matches_what_it_says(
    pairs: dict[str, str], terms: list[Condition], carried: dict[str, str]
) -> None:
    """matchLabels and matchExpressions are all required, and a valid structure always converts."""
    words = {"!": "DoesNotExist"}
    kept = [each for each in terms if each[1] in ("In", "NotIn", "Exists", "!")]
    structured = {
        "matchLabels": pairs,
        "matchExpressions": [
            {"key": key, "operator": words.get(operator, operator), "values": list(values)}
            for key, operator, values in kept
        ],
    }
    expected = all(carried.get(key) == value for key, value in pairs.items())
    expected = expected and all(holds(each, carried) for each in kept)
    assert [] == labels.validate_label_selector(structured, "spec.selector")
    assert expected == labels.from_label_selector(structured).matches(carried)


@given(st.text(alphabet="ab1=!<>(), in\t\0-", max_size=12))
def test_any_text_is_a_selector_or_refused_with_a_sentence(text: str) -> None:
    """Parsing ends with a selector whose text parses to it, or with a SelectorError; never else."""
    try:
        selector = labels.parse(text)
    except SelectorError as problem:
        assert str(problem)
    else:
        assert selector == labels.parse(str(selector))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("=x", "found '=', expected: !, identifier, or 'end of string'"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("a in (=", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
        ("a in (,,)", "unable to parse requirement: found ')', expected: ',', or identifier"),
        (
            "a b",
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        ),
    ],
)
def test_a_bad_text_is_refused_with_the_sentence_of_the_api_server(
    text: str, sentence: str
) -> None:
    """The error of a malformed selector says what was found and what was expected."""
    with pytest.raises(SelectorError) as caught:
        labels.parse(text)
    assert sentence == str(caught.value)


def test_a_nul_ends_the_text_between_tokens_and_a_word_within() -> None:
    """A NUL ends a selector where a token could begin, and otherwise only the word."""
    assert labels.parse("a") == labels.parse("a \0, b")
    with pytest.raises(SelectorError, match="found 'b'"):
        labels.parse("a\0b")


def test_absent_selects_nothing_and_empty_selects_everything() -> None:
    """A null structured selector selects no object, an empty one every object."""
    assert NOTHING == labels.from_label_selector(None)
    assert EVERYTHING == labels.from_label_selector({})
    assert NOTHING != EVERYTHING
    for carried in ({}, {"a": "b"}):
        assert not NOTHING.matches(carried)
        assert EVERYTHING.matches(carried)
    assert not NOTHING.selects_everything
    assert EVERYTHING.selects_everything


@pytest.mark.parametrize("selector", [NOTHING, EVERYTHING, labels.parse("a in (b),c=d,e>3")])
def test_a_selector_survives_copying(selector: labels.Selector) -> None:
    """A copy of a selector is equal to the original and matches the same."""
    carried = {"a": "b", "c": "d", "e": "4"}
    again = copy.deepcopy(selector)
    assert selector == again
    assert selector.matches(carried) == again.matches(carried)


def test_a_plain_map_is_not_checked_and_sorted_by_key() -> None:
    """The selector of a plain map takes any key and value, and prints by key."""
    selector = labels.from_match_labels({"z": "1", "not a key": "?"})
    assert "not a key=?,z=1" == str(selector)
    assert selector.matches({"not a key": "?", "z": "1", "more": ""})
    assert EVERYTHING == labels.from_match_labels({}) == labels.from_match_labels(None)


def test_the_only_possible_value_of_a_key_is_known() -> None:
    """exact_match finds the value that an equality, or a set of one, demands."""
    selector = labels.parse("a=x,b in (y),c in (p,q),d!=z,e")
    assert ["x", "y", None, None, None, None] == [selector.exact_match(key) for key in "abcdef"]


def test_null_parts_of_a_structured_selector_are_absent_parts() -> None:
    """null in place of matchLabels, matchExpressions or values is the same as leaving it out."""
    structured = {
        "matchLabels": None,
        "matchExpressions": [{"key": "a", "operator": "Exists", "values": None}],
    }
    assert labels.parse("a") == labels.from_label_selector(structured)
    assert [] == labels.validate_label_selector(structured, "s")
    assert EVERYTHING == labels.from_label_selector({"matchExpressions": None})


def test_invalid_labels_are_reported_on_the_whole_map_in_order_of_keys() -> None:
    """Each bad key and each bad value of a map of labels is one cause, in a defined order."""
    causes = labels.validate_labels({"b c": "v", "a": "-"}, "metadata.labels")
    assert ["metadata.labels"] * 2 == [each.field for each in causes]
    assert ["FieldValueInvalid"] * 2 == [each.reason for each in causes]
    assert causes[0].message.startswith('Invalid value: "-": ')
    assert causes[1].message.startswith('Invalid value: "b c": ')


def test_all_that_is_wrong_with_a_condition_is_named() -> None:
    """A condition with several mistakes is refused with all of them in one sentence."""
    with pytest.raises(SelectorError) as caught:
        labels.requirement("a b", "Near", ["-"])
    text = str(caught.value)
    for part in ('key: Invalid value: "a b"', 'operator: Unsupported value: "Near"', "values[0]"):
        assert part in text
