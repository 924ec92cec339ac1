"""Filters about volumes, as far as there are volumes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scheduler.values import node, obj, pod, snapshot_of
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.decision import Profile
from windtunnel.model.scheduler.filters.volume_restrictions import VolumeRestrictions
from windtunnel.model.scheduler.filters.volume_zone import VolumeZone
from windtunnel.model.scheduler.framework import ClusterEvent
from windtunnel.model.scheduler.listers import Listers, listers_of
from windtunnel.model.scheduler.node_info import PodInfo
from windtunnel.model.sim.choices import Choices

ZONE = "topology.kubernetes.io/zone"
NODES = [node("a", labels={ZONE: "1"}), node("b", labels={ZONE: "2"}), node("c")]
CLAIM = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]


def outcome(waiting: Pod, *there: Pod, listers: Listers | None = None) -> str:
    """The node that is chosen, or the sentence that says why not."""
    decision = Profile().decide(PodInfo(waiting), snapshot_of(NODES, there, listers), Choices())
    if decision.node is not None:
        return decision.node.name
    assert decision.error is not None
    return decision.error.message()


def claim(volume: str = "", *modes: str) -> Any:
    """The claim `data`."""
    return obj(
        "persistentvolumeclaims", "data", spec={"volumeName": volume, "accessModes": list(modes)}
    )


def volume(**labels: str) -> Any:
    """The volume `vol`."""
    return obj("persistentvolumes", "vol", "", metadata={"labels": labels})


def test_a_pod_goes_where_its_volume_can_be_reached_from() -> None:
    """Zone labels of the bound volume are compared with those of the node; a node without any is taken too."""
    nowhere = {ZONE: "3"}
    for labels, expected in (({ZONE: "1__2"}, "a"), ({ZONE: "2"}, "b"), (nowhere, "c")):
        objects = {
            "persistentvolumeclaims": [claim("vol")],
            "persistentvolumes": [volume(**labels)],
        }
        assert expected == outcome(pod("p", volumes=CLAIM), listers=listers_of(objects))


def test_a_missing_claim_holds_the_pod_back_everywhere() -> None:
    """The reason stands alone, and a claim that comes is worth another try."""
    waiting = pod("p", volumes=CLAIM)
    expected = '0/3 nodes are available: persistentvolumeclaim "data" not found.'
    assert expected == outcome(waiting)
    event = ClusterEvent("persistentvolumeclaims", "add", None, claim())
    assert VolumeRestrictions().may_help(PodInfo(waiting), event)
    assert VolumeZone().may_help(PodInfo(waiting), event)
    assert "a" == outcome(waiting, listers=listers_of({"persistentvolumeclaims": [claim()]}))


def test_a_claim_for_one_pod_is_used_by_one_pod() -> None:
    """ReadWriteOncePod is about the whole cluster."""
    listers = listers_of({"persistentvolumeclaims": [claim("", "ReadWriteOncePod")]})
    user = pod("q", "a", volumes=CLAIM)
    assert "a" == outcome(pod("p", volumes=CLAIM), listers=listers)
    assert "ReadWriteOncePod" in outcome(pod("p", volumes=CLAIM), user, listers=listers)
    assert VolumeRestrictions().may_help(
        PodInfo(pod("p", volumes=CLAIM)), ClusterEvent("pod", "delete", user, None)
    )


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ({"gcePersistentDisk": {"pdName": "x"}}, {"gcePersistentDisk": {"pdName": "x"}}, False),
        ({"gcePersistentDisk": {"pdName": "x", "readOnly": True}},
         {"gcePersistentDisk": {"pdName": "x", "readOnly": True}}, True),
        ({"awsElasticBlockStore": {"volumeID": "x", "readOnly": True}},
         {"awsElasticBlockStore": {"volumeID": "x", "readOnly": True}}, False),
        ({"rbd": {"monitors": ["m", "n"], "pool": "p", "image": "i"}},
         {"rbd": {"monitors": ["n"], "pool": "p", "image": "i"}}, False),
        ({"rbd": {"monitors": ["m"], "pool": "p", "image": "i"}},
         {"rbd": {"monitors": ["n"], "pool": "p", "image": "i"}}, True),
        ({"iscsi": {"iqn": "x"}}, {"awsElasticBlockStore": {"volumeID": "x"}}, True),
    ],
)  # fmt: skip
def test_a_disk_that_cannot_be_shared_is_not(first: Any, second: Any, shared: bool) -> None:
    """Two pods on a node do not mount the same disk, unless both only read where that is allowed."""
    info = PodInfo(pod("p", volumes=[first]))
    snapshot = snapshot_of(NODES, [pod("q", "a", volumes=[second])])
    state = VolumeRestrictions().prepare(info, snapshot)
    assert shared is (VolumeRestrictions().filter(state, info, snapshot.nodes["a"]) is None)
    assert VolumeRestrictions().filter(state, info, snapshot.nodes["b"]) is None
