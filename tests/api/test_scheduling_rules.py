"""What the API server refuses in the wishes of a pod about its node: tolerations, affinity, spreads and gates."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import Json, wrong
from windtunnel.model.api.kinds.pod import KIND

CONTAINER: Json = {"name": "c", "image": "img:1"}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
Wrong = list[tuple[str, str]]


def wrong_pod(**spec: Any) -> Wrong:
    """Fields of the spec, and reasons."""
    found = wrong(KIND, spec={"containers": [CONTAINER], **spec})
    return [(field.removeprefix("spec."), reason) for field, reason in found]


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"key": "a", "value": "not valid"}, [("operator", "Invalid")]),
        ({"key": "a", "operator": "Exists", "effect": "Never"}, [("effect", "NotSupported")]),
        ({"key": "a", "operator": "Exists", "value": "b"}, [("operator", "Invalid")]),
        ({"operator": "Equal", "value": "b"}, [("operator", "Invalid")]),
        ({"key": "a", "operator": "In"}, [("operator", "NotSupported")]),
        ({"key": "a", "tolerationSeconds": 5, "effect": "NoSchedule"}, [("effect", "Invalid")]),
        ({"operator": "Exists"}, []),
    ],
)
def test_a_toleration_says_what_it_tolerates(toleration: Json, expected: Wrong) -> None:
    """A key with a value, a key with any, or everything."""
    where = [(f"tolerations[0].{key}", reason) for key, reason in expected]
    assert where == wrong_pod(tolerations=[toleration])


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("In", ["a"], []),
        ("In", [], [("values", "Required")]),
        ("Exists", ["a"], [("values", "Forbidden")]),
        ("DoesNotExist", [], []),
        ("Gt", ["1", "2"], [("values", "Required")]),
        ("Lt", ["1"], []),
        ("Like", ["a"], [("operator", "Invalid")]),
    ],
)
def test_a_condition_on_a_nodes_labels_has_the_values_of_its_operator(
    operator: str, values: list[str], expected: Wrong
) -> None:
    """Some, none, or just one."""
    condition = {"key": "zone", "operator": operator, "values": values}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [condition]}]}
    place = f"affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0]"
    found = wrong_pod(affinity={"nodeAffinity": {REQUIRED: terms}})
    assert [(f"{place}.{key}", reason) for key, reason in expected] == found


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"key": "metadata.name", "operator": "In", "values": ["n1"]}, []),
        ({"key": "metadata.name", "operator": "Exists"}, [("operator", "Invalid")]),
        (
            {"key": "metadata.name", "operator": "In", "values": ["a", "b"]},
            [("values", "Required")],
        ),
        ({"key": "metadata.uid", "operator": "NotIn", "values": ["a"]}, [("key", "Invalid")]),
    ],
)
def test_of_a_nodes_fields_only_its_name_can_be_asked_for(condition: Json, expected: Wrong) -> None:
    """One name at a time."""
    preference = {"weight": 1, "preference": {"matchFields": [condition]}}
    place = f"affinity.nodeAffinity.{PREFERRED}[0].preference.matchFields[0]"
    found = wrong_pod(affinity={"nodeAffinity": {PREFERRED: [preference]}})
    assert [(f"{place}.{key}", reason) for key, reason in expected] == found


def test_a_requirement_has_terms_and_a_preference_a_weight() -> None:
    """From 1 to 100."""
    assert [(f"affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms", "Required")] == wrong_pod(
        affinity={"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}}
    )
    for weight, count in ((0, 1), (1, 0), (100, 0), (101, 1)):
        near = {"weight": weight, "podAffinityTerm": {"topologyKey": "zone"}}
        found = wrong_pod(affinity={"podAntiAffinity": {PREFERRED: [near]}})
        assert [(f"affinity.podAntiAffinity.{PREFERRED}[0].weight", "Invalid")] * count == found


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ({"topologyKey": ""}, [("topologyKey", "Required")]),
        ({"topologyKey": "not valid"}, [("topologyKey", "Invalid")]),
        ({"topologyKey": "zone", "namespaces": ["A"]}, [("namespace", "Invalid")]),
        ({"topologyKey": "zone", "matchLabelKeys": ["app"]}, [("matchLabelKeys", "Forbidden")]),
        (
            {"topologyKey": "zone", "mismatchLabelKeys": ["app"]},
            [("mismatchLabelKeys", "Forbidden")],
        ),
        ({"topologyKey": "zone", "labelSelector": {}, "namespaces": ["a"]}, []),
    ],
)
def test_nearness_to_pods_needs_a_place_and_pods(term: Json, expected: Wrong) -> None:
    """A label of nodes that says where, and a selector that says whom."""
    place = f"affinity.podAffinity.{REQUIRED}[0]"
    found = wrong_pod(affinity={"podAffinity": {REQUIRED: [term]}})
    assert [(f"{place}.{key}", reason) for key, reason in expected] == found


SPREAD: Json = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"minDomains": 2, "nodeTaintsPolicy": "Honor"}, []),
        ({"maxSkew": 0}, [("maxSkew", "Invalid")]),
        ({"whenUnsatisfiable": "Perhaps"}, [("whenUnsatisfiable", "NotSupported")]),
        ({"minDomains": 0}, [("minDomains", "Invalid")]),
        ({"minDomains": 2, "whenUnsatisfiable": "ScheduleAnyway"}, [("minDomains", "Invalid")]),
        ({"nodeAffinityPolicy": "Maybe"}, [("nodeAffinityPolicy", "NotSupported")]),
        ({"matchLabelKeys": ["app"]}, [("matchLabelKeys", "Forbidden")]),
        ({"matchLabelKeys": ["tier"], "labelSelector": {"matchLabels": {"app": "a"}}}, []),
    ],
)
def test_a_spread_says_over_what_and_how_unevenly(fields: Json, expected: Wrong) -> None:
    """At least by one, and with a number of places only where it must be kept."""
    found = wrong_pod(topologySpreadConstraints=[{**SPREAD, **fields}])
    where = "topologySpreadConstraints[0]"
    assert [(f"{where}.{key}", reason) for key, reason in expected] == found


def test_one_spread_over_the_same_places_is_enough() -> None:
    """Two with the same consequence are a mistake; two with different ones are not."""
    other = {**SPREAD, "whenUnsatisfiable": "ScheduleAnyway"}
    assert [] == wrong_pod(topologySpreadConstraints=[SPREAD, other])
    found = wrong_pod(topologySpreadConstraints=[SPREAD, SPREAD])
    where = "topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}"
    assert [(where, "Duplicate")] == found


def test_a_gate_is_there_once_and_has_a_name() -> None:
    """Those for scheduling; the conditions of readiness are qualified names too."""
    gates = [{"name": "example.com/a"}, {"name": "example.com/a"}]
    assert [("schedulingGates[1].name", "Duplicate")] == wrong_pod(schedulingGates=gates)
    found = wrong_pod(readinessGates=[{"conditionType": "not valid"}])
    assert [("readinessGates[0].conditionType", "Invalid")] == found
