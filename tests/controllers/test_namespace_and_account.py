"""Namespaces that are emptied and removed, and the service account that each of them has."""

from __future__ import annotations

from tests.controllers.control_plane import ControlPlane


def create_namespace(plane: ControlPlane, name: str) -> None:
    """A namespace, with its service account."""
    plane.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    plane.settle()


def config_map(name: str, namespace: str, *finalizers: str) -> dict[str, object]:
    """Something to delete."""
    metadata = {"name": name, "namespace": namespace, "finalizers": list(finalizers)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_a_deleted_namespace_takes_its_content_along(control_plane: ControlPlane) -> None:
    """Nothing is left of a namespace, and nothing else is touched."""
    client = control_plane.client
    create_namespace(control_plane, "going")
    control_plane.create(config_map("a", "going"))
    control_plane.create(config_map("b", "default"))
    control_plane.do(client.delete("Namespace", "going"))
    control_plane.settle()
    assert ["default"] == [ns.name for ns in control_plane.do(client.list("Namespace"))]
    assert [] == control_plane.do(client.list("ConfigMap", "going"))
    assert ["b"] == [obj.name for obj in control_plane.list("ConfigMap")]


def test_a_namespace_waits_for_finalizers_and_says_so(control_plane: ControlPlane) -> None:
    """Held content keeps the namespace, whose conditions name what remains."""
    client = control_plane.client
    create_namespace(control_plane, "going")
    control_plane.create(config_map("held", "going", "example.com/hold"))
    control_plane.do(client.delete("Namespace", "going"))
    control_plane.run_for(20_000)
    namespace = control_plane.do(client.get("Namespace", "going"))
    remaining = {
        each.type: each.message for each in namespace.status.conditions if each.status == "True"
    }
    assert ["NamespaceContentRemaining", "NamespaceFinalizersRemaining"] == list(remaining)
    assert "example.com/hold in 1 resource instances" in remaining["NamespaceFinalizersRemaining"]
    assert "namespace" in (control_plane.busy() or "")
    control_plane.do(client.patch("ConfigMap", "going/held", {"metadata": {"finalizers": None}}))
    control_plane.settle()
    assert ["default"] == [ns.name for ns in control_plane.do(client.list("Namespace"))]


def test_deletion_begins_only_after_five_seconds(control_plane: ControlPlane) -> None:
    """API servers get time to see the deletion before anything is listed and deleted."""
    client = control_plane.client
    create_namespace(control_plane, "going")
    control_plane.create(config_map("a", "going"))
    control_plane.do(client.delete("Namespace", "going"))
    control_plane.run_for(4_900)
    assert 1 == len(control_plane.do(client.list("ConfigMap", "going")))
    control_plane.run_for(1_000)
    assert 0 == len(control_plane.do(client.list("ConfigMap", "going")))


def test_each_namespace_has_a_default_service_account(control_plane: ControlPlane) -> None:
    """It is there soon after the namespace, and again after somebody deleted it."""
    assert ["default"] == [account.name for account in control_plane.list("ServiceAccount")]
    control_plane.delete("ServiceAccount", "default")
    control_plane.settle()
    assert ["default"] == [account.name for account in control_plane.list("ServiceAccount")]
