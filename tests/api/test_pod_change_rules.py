"""What may change in a pod that exists, and what in its volumes is refused from the start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import Json, changed, made, pairs, wrong, wrong_change
from windtunnel.model.api.kinds.pod import KIND

CONTAINER: Json = {"name": "c", "image": "img:1"}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
MIRROR = "kubernetes.io/config.mirror"
GATE: Json = {"name": "example.com/wait"}
Wrong = list[tuple[str, str]]


def in_zone(*values: str, field: str = "") -> Json:
    """A term that asks for a zone, and perhaps for a node's name."""
    term: Json = {
        "matchExpressions": [{"key": "zone", "operator": "In", "values": [v]} for v in values]
    }
    if field:
        term["matchFields"] = [{"key": "metadata.name", "operator": "In", "values": [field]}]
    return term


def requiring(*terms: Json) -> Json:
    """The affinity for nodes that one of the terms means."""
    return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": list(terms)}}} if terms else {}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([in_zone("a")], [in_zone("a", "b")], []),
        ([in_zone("a")], [in_zone("a", field="node-1")], []),
        ([], [in_zone("a")], []),
        ([in_zone("a")], [in_zone("b")], ["[0]"]),
        ([in_zone("a", "b")], [in_zone("a")], ["[0]"]),
        ([in_zone("a", field="node-1")], [in_zone("a", field="node-2")], ["[0]"]),
        ([in_zone("a")], [in_zone("a"), in_zone("b")], [""]),
        ([in_zone("a"), in_zone("b")], [in_zone("a")], [""]),
    ],
)
def test_a_pod_that_waits_at_a_gate_may_only_become_choosier(
    before: list[Json], after: list[Json], expected: list[str]
) -> None:
    """Further conditions in a term are fine; other terms are not."""
    spec = {"containers": [CONTAINER], "schedulingGates": [GATE], "affinity": requiring(*before)}
    pod = made(KIND, spec=spec)
    where = f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms"
    found = wrong_change(KIND, pod, affinity=requiring(*after))
    assert [(f"{where}{index}", "Invalid") for index in expected] == found


def test_a_pod_that_waits_at_a_gate_keeps_its_neighbours() -> None:
    """Only where it may go can change, not beside whom."""
    near = {"podAffinity": {REQUIRED: [{"topologyKey": "zone", "labelSelector": {}}]}}
    spec = {"containers": [CONTAINER], "schedulingGates": [GATE], "affinity": near}
    pod = made(KIND, spec=spec)
    assert [] == wrong_change(KIND, pod, affinity={**near, **requiring(in_zone("a"))})
    assert [("spec", "Forbidden")] == wrong_change(KIND, pod, affinity=requiring(in_zone("a")))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, 10, []),
        (10, 5, []),
        (10, 11, ["Invalid"]),
        (10, None, ["Invalid"]),
    ],
)
def test_a_deadline_only_comes_nearer(
    before: int | None, after: int | None, expected: list[str]
) -> None:
    """It may be set, and shortened."""
    pod = made(
        KIND,
        spec={"containers": [CONTAINER], "activeDeadlineSeconds": before}
        if before
        else {"containers": [CONTAINER]},
    )
    found = wrong_change(KIND, pod, activeDeadlineSeconds=after)
    assert [("spec.activeDeadlineSeconds", reason) for reason in expected] == found


def test_a_deadline_is_a_number_that_a_clock_can_reach() -> None:
    """Whatever it was before."""
    pod = made(KIND, spec={"containers": [CONTAINER]})
    for deadline in (-1, 2**31):
        found = wrong_change(KIND, pod, activeDeadlineSeconds=deadline)
        assert {("spec.activeDeadlineSeconds", "Invalid")} == set(found)


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        ({}, {MIRROR: "a"}, 1),
        ({MIRROR: "a"}, {}, 1),
        ({MIRROR: "a"}, {MIRROR: "b"}, 1),
        ({"x": "a"}, {}, 0),
    ],
)
def test_whether_a_pod_mirrors_another_never_changes(before: Json, after: Json, count: int) -> None:
    """Other annotations are people's own."""
    spec = {"containers": [CONTAINER], "nodeName": "node-1"}
    pod = made(KIND, {"annotations": before}, spec=spec)
    new = changed(KIND, pod, metadata={"annotations": after})
    found = pairs(KIND.strategy.validate_update(new, pod))
    assert [(f"metadata.annotations[{MIRROR}]", "Forbidden")] * count == found


# -- volumes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"emptyDir": {"sizeLimit": "1Gi"}}, []),
        ({"emptyDir": {"sizeLimit": "-1"}}, [("emptyDir.sizeLimit", "Forbidden")]),
        ({"hostPath": {"path": ""}}, [("hostPath.path", "Required")]),
        ({"persistentVolumeClaim": {}}, [("persistentVolumeClaim.claimName", "Required")]),
        ({"secret": {"secretName": "s"}}, []),
        ({"secret": {}}, [("secret.secretName", "Required")]),
        ({"secret": {"secretName": "s", "defaultMode": 512}}, [("secret.defaultMode", "Invalid")]),
        (
            {"configMap": {"name": "c", "items": [{"key": "", "path": "/a"}]}},
            [("configMap.items[0].key", "Required"), ("configMap.items[0].path", "Invalid")],
        ),
        (
            {"configMap": {"name": "c", "items": [{"key": "a", "path": "../a", "mode": -1}]}},
            [("configMap.items[0].path", "Invalid"), ("configMap.items[0].mode", "Invalid")],
        ),
        (
            {"configMap": {"name": "c", "items": [{"key": "a"}]}},
            [("configMap.items[0].path", "Required")],
        ),
        (
            {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}}]}},
            [],
        ),
        (
            {
                "downwardAPI": {
                    "items": [{"path": "a", "resourceFieldRef": {"resource": "limits.cpu"}}]
                }
            },
            [],
        ),
        (
            {"downwardAPI": {"defaultMode": 512, "items": [{"mode": 1}]}},
            [
                ("downwardAPI.defaultMode", "Invalid"),
                ("downwardAPI.items[0].path", "Required"),
                ("downwardAPI.items[0]", "Required"),
            ],
        ),
        ({"emptyDir": {}, "secret": {"secretName": "s"}}, [("secret", "Forbidden")]),
    ],
)
def test_a_volume_says_where_its_content_comes_from(source: Json, expected: Wrong) -> None:
    """One source, files inside the volume, and modes that files can have."""
    spec = {"containers": [CONTAINER], "volumes": [{"name": "v", **source}]}
    found = wrong(KIND, spec=spec)
    assert [(f"spec.volumes[0].{field}", reason) for field, reason in expected] == found


def test_a_volume_of_which_nothing_is_said_is_a_directory_of_the_pods_own() -> None:
    """And names are unique."""
    pod = made(KIND, spec={"containers": [CONTAINER], "volumes": [{"name": "v"}]})
    assert {"name": "v", "emptyDir": {}} == pod["spec"]["volumes"][0]
    twice: list[Any] = [{"name": "v"}, {"name": "v"}, {"emptyDir": {}}]
    found = wrong(KIND, spec={"containers": [CONTAINER], "volumes": twice})
    assert [("spec.volumes[1].name", "Duplicate"), ("spec.volumes[2].name", "Required")] == found
