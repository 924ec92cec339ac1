"""Which events each filter takes for a reason to try a pod again."""

from __future__ import annotations

import pytest

from tests.scheduler.values import node, obj, pod
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.filters import FILTERS
from windtunnel.model.scheduler.framework import ClusterEvent
from windtunnel.model.scheduler.node_info import PodInfo

PORT = [{"name": "c", "image": "i:1", "ports": [{"containerPort": 1, "hostPort": 80}]}]
TAINT = [{"key": "k", "effect": "NoSchedule"}]
ZONE = "topology.kubernetes.io/zone"
CLAIM = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]


def added(**fields: object) -> ClusterEvent:
    """A node came."""
    return ClusterEvent("node", "add", None, node("n", **fields))  # type: ignore[arg-type]


def gone(other: Pod) -> ClusterEvent:
    """A pod is gone."""
    return ClusterEvent("pod", "delete", other, None)


@pytest.mark.parametrize(
    ("filter_", "waiting", "event", "helps"),
    [
        ("NodeUnschedulable", pod("p"), added(), True),
        ("NodeUnschedulable", pod("p"), added(unschedulable=True), False),
        ("NodeName", pod("p", "n"), added(), True),
        ("NodeName", pod("p", "other"), added(), False),
        ("TaintToleration", pod("p"), added(), True),
        ("TaintToleration", pod("p"), added(taints=TAINT), False),
        ("NodeAffinity", pod("p", nodeSelector={"a": "b"}), added(labels={"a": "b"}), True),
        ("NodeAffinity", pod("p", nodeSelector={"a": "b"}), added(), False),
        ("NodePorts", pod("p", containers=PORT), added(), True),
        ("NodePorts", pod("p", containers=PORT), gone(pod("q", "n", containers=PORT)), True),
        ("NodePorts", pod("p", containers=PORT), gone(pod("q", "n")), False),
        ("NodeResourcesFit", pod("p", cpu="2"), gone(pod("q", "n")), True),
        ("NodeResourcesFit", pod("p", cpu="2"), added(), True),
        ("NodeResourcesFit", pod("p", cpu="8"), added(), False),
        ("NodeResourcesFit", pod("p", cpu="2"), added(pods="0"), False),
        (
            "NodeResourcesFit",
            pod("p", cpu="2"),
            ClusterEvent("node", "update", node("n", cpu="3"), node("n", cpu="4")),
            True,
        ),
        (
            "NodeResourcesFit",
            pod("p", cpu="2"),
            ClusterEvent("node", "update", node("n"), node("n", labels={"a": "b"})),
            False,
        ),
        ("VolumeRestrictions", pod("p", volumes=CLAIM), added(), True),
        ("VolumeRestrictions", pod("p", volumes=CLAIM), gone(pod("q", "n")), False),
        ("VolumeZone", pod("p", volumes=CLAIM), added(), True),
        (
            "VolumeZone",
            pod("p", volumes=CLAIM),
            ClusterEvent("node", "update", node("n"), node("n", labels={ZONE: "1"})),
            True,
        ),
        ("VolumeZone", pod("p", volumes=CLAIM), gone(pod("q", "n")), False),
    ],
)
def test_an_event_wakes_the_pods_that_it_can_help(
    filter_: str, waiting: Pod, event: ClusterEvent, helps: bool
) -> None:
    """A filter wakes a pod for what can change its own verdict, and for nothing else."""
    assert helps is FILTERS[filter_]().may_help(PodInfo(waiting), event)


@pytest.mark.parametrize("filter_", FILTERS)
def test_no_filter_is_upset_by_an_event_of_something_else(filter_: str) -> None:
    """Namespaces and nodes that go are events like others; only who reads namespaces cares."""
    waiting = PodInfo(pod("p", nodeSelector={"a": "b"}))
    namespace = ClusterEvent("namespace", "update", None, obj("namespaces", "a", ""))
    assert (filter_ == "InterPodAffinity") is FILTERS[filter_]().may_help(waiting, namespace)
    node_gone = ClusterEvent("node", "delete", node("n"), None)
    expected = filter_ == "PodTopologySpread"
    assert expected is FILTERS[filter_]().may_help(waiting, node_gone)
