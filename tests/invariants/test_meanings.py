"""The independent definitions against the recorded tables and the model's own code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windtunnel.invariants.meaning.selectors import fields_select, structure_selects, text_selects
from windtunnel.model.api.selectors import labels as model
from windtunnel.model.api.selectors.fields import parse as parse_fields

KEYS = st.sampled_from(("app", "tier", "level"))
VALUES = st.sampled_from(("web", "db", "", "3", "7"))
LISTS = st.lists(VALUES.filter(bool), min_size=1, max_size=3)
LABELS = st.fixed_dictionaries({}, optional=dict.fromkeys(("app", "tier", "level"), VALUES))
CONDITIONS = st.one_of(
    st.builds("{}={}".format, KEYS, VALUES),
    st.builds("{}=={}".format, KEYS, VALUES),
    st.builds("{}!={}".format, KEYS, VALUES),
    st.builds("{} in ({})".format, KEYS, LISTS.map(",".join)),
    st.builds("{} notin ({})".format, KEYS, LISTS.map(", ".join)),
    st.builds("{}>{}".format, KEYS, st.integers(0, 9)),
    st.builds("{} < {}".format, KEYS, st.integers(0, 9)),
    KEYS,
    st.builds("!{}".format, KEYS),
)


@given(st.lists(CONDITIONS, max_size=4).map(",".join), LABELS)
def test_both_readings_of_a_text_selector_agree(text: str, labels: dict[str, str]) -> None:
    """The promise's definition and the model's were written apart and mean the same."""
    assert model.parse(text).matches(labels) == text_selects(text, labels)


EXPRESSIONS = st.one_of(
    st.fixed_dictionaries(
        {
            "key": KEYS,
            "operator": st.sampled_from(("In", "NotIn")),
            "values": st.lists(VALUES, min_size=1, max_size=2),
        }
    ),
    st.fixed_dictionaries({"key": KEYS, "operator": st.sampled_from(("Exists", "DoesNotExist"))}),
)


@given(
    st.none()
    | st.fixed_dictionaries(
        {}, optional={"matchLabels": LABELS, "matchExpressions": st.lists(EXPRESSIONS)}
    ),
    LABELS,
)
def test_both_readings_of_a_structured_selector_agree(
    selector: dict[str, object] | None, labels: dict[str, str]
) -> None:
    """Null selects nothing, empty everything, and NotIn selects what lacks the key."""
    assert model.from_label_selector(selector).matches(labels) == structure_selects(
        selector, labels
    )


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("", True),
        ("metadata.name=a", True),
        ("metadata.name!=a", False),
        ("spec.nodeName=", True),
        ("status.phase!=Succeeded,status.phase!=Failed", True),
        ("status.phase=Running,metadata.namespace==default", True),
        ("spec.unschedulable=false", True),
    ],
)
def test_a_field_that_is_missing_is_empty(text: str, selected: bool) -> None:
    """As the API server reads it."""
    obj = {
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {},
        "status": {"phase": "Running"},
    }
    assert selected == fields_select(text, obj)
    assert parse_fields(text) is not None
