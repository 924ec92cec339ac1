"""Views: right, shared, built once."""

from __future__ import annotations

import pytest

from windtunnel.model.api.shared_json import share
from windtunnel.model.objects.json import Json, drop, get, put
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.time import format_micro_time, format_time, parse_time

POD: Json = {
    "kind": "Pod",
    "metadata": {
        "name": "a",
        "namespace": "default",
        "creationTimestamp": "2024-01-01T00:00:05Z",
        "ownerReferences": [{"kind": "ReplicaSet", "name": "x", "uid": "u", "controller": True}],
    },
    "spec": {
        "nodeName": "n",
        "containers": [{"name": "c", "readinessProbe": {"httpGet": {"port": 80}}}],
    },
    "status": {
        "phase": "Running",
        "podIP": "10.0.0.1",
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}
KEY = StoreKey("pods", "default", "a")


def view_of(record: Record) -> Pod:
    """The record's view, which is a Pod."""
    view = record.view
    assert isinstance(view, Pod)
    return view


def test_a_view_reads_what_the_json_says() -> None:
    """Names are snake_case, times are milliseconds, missing parts are empty or None."""
    pod = view_of(Record(KEY, POD, 1))
    assert ("n", "Running", "10.0.0.1") == (pod.spec.node_name, pod.status.phase, pod.status.pod_ip)
    assert 5000 == pod.metadata.creation_timestamp
    assert pod.ready
    assert pod.metadata.controller is not None
    probe = pod.spec.containers[0].readiness_probe
    assert probe is not None
    assert ({"port": 80}, 10, 3) == (probe.http_get, probe.period_seconds, probe.failure_threshold)
    assert pod.spec.containers[0].liveness_probe is None


def test_a_view_is_built_once_and_shares_what_the_write_did_not_touch() -> None:
    """A status write leaves the spec's view the very same object."""
    first = Record(KEY, POD, 1)
    assert first.view is first.view
    second = Record(KEY, put(POD, "Failed", "status", "phase"), 2, 1, first)
    assert view_of(second).spec is view_of(first).spec
    assert ("Running", "Failed") == (view_of(first).status.phase, view_of(second).status.phase)


def test_a_changed_part_shares_what_is_the_same_in_it() -> None:
    """A binding writes the node, and the containers' views stay the very same objects."""
    first = Record(KEY, POD, 1)
    assert "n" == view_of(first).spec.node_name
    second = Record(KEY, put(POD, "m", "spec", "nodeName"), 2, 1, first)
    assert "m" == view_of(second).spec.node_name
    assert view_of(second).spec.containers is view_of(first).spec.containers


def test_objects_with_one_shared_spec_have_one_view_of_it() -> None:
    """The pods of a template are not looked through one by one."""
    pod = {**POD, "spec": share(POD["spec"])}
    one, other = Record(KEY, pod, 1), Record(KEY, {**pod, "metadata": {"name": "b"}}, 2)
    assert view_of(one).spec is view_of(other).spec
    assert view_of(Record(KEY, POD, 3)).spec == view_of(one).spec


def test_a_version_whose_view_nobody_asked_for_keeps_nothing_alive() -> None:
    """A chain of unread versions holds no earlier one."""
    first = Record(KEY, POD, 1)
    second = Record(KEY, POD, 2, 1, first)
    assert second._before is None


def test_unknown_resources_have_a_view_with_spec_and_status_as_they_are() -> None:
    """A kind of one's own is read as JSON behind the same metadata."""
    record = Record(
        StoreKey("websites.example.org", "default", "w"),
        {"metadata": {"name": "w"}, "spec": {"replicas": 2}},
        1,
    )
    assert {"replicas": 2} == record.view.spec  # type: ignore[attr-defined]
    assert "w" == record.view.name


def test_a_node_reads_its_odd_names() -> None:
    """podCIDR and the like are spelled as the API spells them."""
    node = Record(
        StoreKey("nodes", "", "n"), {"spec": {"podCIDR": "10.1.0.0/24", "unschedulable": True}}, 1
    ).view
    assert isinstance(node, Node)
    assert ("10.1.0.0/24", True) == (node.spec.pod_cidr, node.spec.unschedulable)


def test_path_copies_leave_the_original_and_share_the_rest() -> None:
    """put and drop change nothing in place."""
    changed = put(POD, "Failed", "status", "phase")
    assert "Running" == get(POD, "status", "phase")
    assert changed["spec"] is POD["spec"]
    assert "podIP" not in drop(POD, "status", "podIP")["status"]
    assert POD is drop(POD, "status", "nothing", "here") or POD == drop(
        POD, "status", "nothing", "here"
    )
    assert {"a": {"b": 1}} == put({}, 1, "a", "b")


@pytest.mark.parametrize(
    ("now_ms", "text"),
    [
        (0, "2024-01-01T00:00:00Z"),
        (1999, "2024-01-01T00:00:01Z"),
        (86_400_000, "2024-01-02T00:00:00Z"),
    ],
)
def test_times_are_cut_to_whole_seconds(now_ms: int, text: str) -> None:
    """As metav1.Time serialises them."""
    assert text == format_time(now_ms)
    assert now_ms // 1000 * 1000 == parse_time(text)


def test_micro_times_keep_the_milliseconds() -> None:
    """As a Lease's renewTime."""
    assert "2024-01-01T00:00:01.250000Z" == format_micro_time(1250)
    assert 1250 == parse_time("2024-01-01T00:00:01.250000Z")
    with pytest.raises(ValueError, match="no time zone"):
        parse_time("2024-01-01T00:00:00")
