"""What plugins look up beside nodes and pods."""

from __future__ import annotations

from typing import Any

from tests.scheduler.values import obj, pod
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.listers import Listers, listers_of

LABELS = {"app": "web", "tier": "front"}


def owned(kind: str, version: str = "apps/v1") -> Pod:
    """A pod of a controller of this kind."""
    owner = {"apiVersion": version, "kind": kind, "name": "owner", "controller": True}
    return pod("p", labels=LABELS, metadata={"ownerReferences": [owner]})


def service(name: str, **selector: str) -> Any:
    """A service that selects these labels."""
    return obj("services", name, spec={"selector": selector})


def test_the_peers_of_a_pod_are_those_of_its_services_together() -> None:
    """Services that do not select it, or nothing, or live elsewhere, have no say."""
    others = [
        service("other", app="db"),
        obj("services", "none", spec={}),
        obj("services", "web", "x", spec={"selector": {"app": "web"}}),
    ]
    listers = listers_of({"services": others})
    assert "" == listers.peers_of(pod("p", labels=LABELS))
    listers.put("services", service("web", app="web"))
    listers.put("services", service("front", tier="front"))
    assert "app=web,tier=front" == listers.peers_of(pod("p", labels=LABELS))
    listers.remove("services", service("web", app="web"))
    assert "tier=front" == listers.peers_of(pod("p", labels=LABELS))


def test_the_peers_of_a_pod_are_narrowed_by_its_controller() -> None:
    """A plain selector of a replication controller, a label selector of the others; both may be gone."""
    selector = {"matchExpressions": [{"key": "tier", "operator": "Exists"}]}
    objects = {
        "services": [service("web", app="web")],
        "replicationcontrollers": [
            obj("replicationcontrollers", "owner", spec={"selector": {"tier": "front"}})
        ],
        "replicasets.apps": [obj("replicasets.apps", "owner", spec={"selector": selector})],
    }
    listers = listers_of(objects)
    assert "app=web,tier=front" == listers.peers_of(owned("ReplicationController", "v1"))
    assert "app=web,tier" == listers.peers_of(owned("ReplicaSet"))
    assert "app=web" == listers.peers_of(owned("StatefulSet"))
    assert "app=web" == listers.peers_of(owned("Website", "example.com/v1"))


def test_a_mapping_of_namespaces_that_was_handed_out_does_not_change() -> None:
    """A change of a namespace's labels, or its end, makes a new mapping."""
    listers = Listers()
    listers.put("namespaces", obj("namespaces", "a", ""))
    before = listers.namespace_labels
    listers.put("namespaces", obj("namespaces", "a", "", metadata={"labels": {"k": "v"}}))
    labelled = listers.namespace_labels
    listers.remove("namespaces", obj("namespaces", "a", ""))
    assert ({"a": {}}, {"a": {"k": "v"}}, {}) == (before, labelled, listers.namespace_labels)
