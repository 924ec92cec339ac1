"""What the controller puts in a slice's metadata: labels, owner, name, and when the change happened.

A slice has the labels of its service and three of the controller's own: which service it belongs to, who manages it,
and, for a service without an address of its own, that it is headless. It is named after the service and owned by it,
so that the garbage collector takes it away with the service.
"""

from __future__ import annotations

from collections.abc import Mapping

from windtunnel.model.api.names import is_dns1123_subdomain, mask_trailing_dash
from windtunnel.model.controllers.endpoints.desired import HEADLESS, LAST_CHANGE
from windtunnel.model.objects.endpoint_slice import MANAGED_BY, SERVICE_NAME, EndpointSlice
from windtunnel.model.objects.json import Json, drop, put
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.service import Service
from windtunnel.model.objects.time import format_time

CONTROLLER_NAME = "endpointslice-controller.k8s.io"
_OWN = (HEADLESS, SERVICE_NAME, MANAGED_BY)


def slice_labels(service: Service) -> dict[str, str]:
    """The labels of a service's slices. O(labels)."""
    labels = _of_others(service.metadata.labels)
    if service.spec.cluster_ip in ("", "None"):
        labels[HEADLESS] = ""
    labels[SERVICE_NAME] = service.name
    labels[MANAGED_BY] = CONTROLLER_NAME
    return labels


def labels_are_right(current: EndpointSlice, service: Service) -> bool:
    """Whether a slice has the labels of its service; those of the controller are not asked. O(labels)."""
    return _of_others(current.metadata.labels) == _of_others(service.metadata.labels)


def _of_others(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key not in _OWN}


def is_owned_by(current: EndpointSlice, service: Service) -> bool:
    """Whether a slice is of this very service, not of an earlier one of its name. O(owners)."""
    return any(
        owner.uid == service.uid and owner.kind == "Service" and owner.api_version == "v1"
        for owner in current.metadata.owner_references
    )


def generate_name(owner: str) -> str:
    """The prefix of the names of slices: the owner's name and a dash, if there is room for one. O(len)."""
    prefix = f"{owner}-"
    return owner if is_dns1123_subdomain(mask_trailing_dash(prefix)) else prefix


def owner_reference(owner: KubeObject, kind: str) -> Json:
    """The reference to the owner of a slice, which is its controller. O(1)."""
    return {
        "apiVersion": "v1",
        "kind": kind,
        "name": owner.name,
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def new_slice(service: Service, address_type: str, ports: list[Json]) -> Json:
    """A slice of a service, without endpoints and without a name yet. O(labels)."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": generate_name(service.name),
            "namespace": service.namespace,
            "labels": slice_labels(service),
            "ownerReferences": [owner_reference(service, "Service")],
        },
        "addressType": address_type,
        "endpoints": [],
        "ports": ports,
    }


def with_trigger_time(raw: Json, changed_at_ms: int | None) -> Json:
    """A slice that says when the change happened that led to its writing; says nothing where that is not known."""
    if changed_at_ms is None:
        return drop(raw, "metadata", "annotations", LAST_CHANGE)
    return put(raw, format_time(changed_at_ms), "metadata", "annotations", LAST_CHANGE)
