"""The Endpoints object that a service should have, given the one that is there.

Labels are the service's, with two of the controller's own: who manages the object, and, for a service without an
address of its own, that it is headless. Annotations of others are kept; two are the controller's: when the change that
led to this write happened, and that not all addresses found room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windtunnel.model.controllers.endpoints.capacity import (
    OVER_CAPACITY,
    TRUNCATED,
    mark_is_right,
    truncate,
)
from windtunnel.model.controllers.endpoints.subsets import equal_subsets
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.service import Endpoints, Service
from windtunnel.model.objects.time import format_time

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
CONTROLLER_NAME = "endpoint-controller"
HEADLESS = "service.kubernetes.io/headless"
LAST_CHANGE = "endpoints.kubernetes.io/last-change-trigger-time"


def selects_pods(service: Service) -> bool:
    """Whether the controller manages this service's Endpoints: not without a selector, not for external names.

    An empty selector counts as none: an API server does not keep the difference.
    """
    return service.spec.type != "ExternalName" and bool(service.spec.selector)


def is_up_to_date(current: Endpoints, service: Service, subsets: Sequence[Json]) -> bool:
    """Whether the stored Endpoints are as they should be already. O(addresses)."""
    stored = current.raw.get("subsets") or []
    return (
        equal_subsets(stored, subsets)
        and labels_are_right(current.metadata.labels, service.metadata.labels)
        and mark_is_right(current.metadata.annotations, stored)
    )


def labels_are_right(labels: Mapping[str, str], service_labels: Mapping[str, str]) -> bool:
    """Whether Endpoints have the service's labels and the controller's name; the headless label is not asked."""
    if labels.get(MANAGED_BY) != CONTROLLER_NAME:
        return False
    copied = {key: value for key, value in labels.items() if key not in (HEADLESS, MANAGED_BY)}
    wanted = {k: v for k, v in service_labels.items() if k not in (HEADLESS, MANAGED_BY)}
    return copied == wanted


def desired_endpoints(
    current: Endpoints | None,
    service: Service,
    subsets: Sequence[Json],
    changed_at_ms: int | None,
) -> Json:
    """The object to write. changed_at_ms is when the change that is written happened, if known. O(addresses)."""
    labels = dict(service.metadata.labels)
    labels[MANAGED_BY] = CONTROLLER_NAME
    labels.pop(HEADLESS, None)
    if service.spec.cluster_ip in ("", "None"):
        labels[HEADLESS] = ""
    annotations = dict(current.metadata.annotations) if current is not None else {}
    annotations.pop(LAST_CHANGE, None)
    annotations.pop(OVER_CAPACITY, None)
    if changed_at_ms is not None:
        annotations[LAST_CHANGE] = format_time(changed_at_ms)
    kept, truncated = truncate(subsets)
    if truncated:
        annotations[OVER_CAPACITY] = TRUNCATED
    if current is None:
        metadata: Json = {"name": service.name, "namespace": service.namespace}
        rest: Json = {"apiVersion": "v1", "kind": "Endpoints"}
    else:
        metadata = {k: v for k, v in current.raw["metadata"].items() if k != "annotations"}
        rest = current.raw
    metadata["labels"] = labels
    if annotations:
        metadata["annotations"] = annotations
    written = {**rest, "metadata": metadata}
    written.pop("subsets", None)
    if kept:
        written["subsets"] = kept
    return written
