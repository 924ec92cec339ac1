"""The life of a Pod in the API server.

A new pod is Pending, has its QoS class, and says PodScheduled=False if it is gated. Its generation counts
changes of the spec. Deletion waits for the kubelet, unless no kubelet has anything to stop: a pod without a
node, or one that has ended, goes at once.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import COMMON_FIELDS, Kind, Strategy
from windtunnel.model.api.kinds.pod.defaults import default_pod
from windtunnel.model.api.kinds.pod.match_label_keys import with_match_label_keys
from windtunnel.model.api.kinds.pod.qos import qos_class
from windtunnel.model.api.kinds.pod.schema import POD
from windtunnel.model.api.kinds.pod.status_validation import validate_pod_status_change
from windtunnel.model.api.kinds.pod.update_validation import validate_pod_change
from windtunnel.model.api.kinds.pod.validation import validate_new_pod
from windtunnel.model.api.shared_json import share
from windtunnel.model.objects.json import Json

TERMINAL_PHASES = ("Succeeded", "Failed")
SCHEDULING_GATED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


class PodStrategy(Strategy):
    """The rules of pods."""

    has_status = True
    counts_generation = True
    supported_fields = (
        *COMMON_FIELDS,
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.podIPs",
        "status.nominatedNodeName",
    )

    def default(self, obj: Json) -> Json:
        """Fill in the defaults of spec and containers, and keep the status' addresses in step."""
        return default_pod(obj)

    def prepare_for_create(self, obj: Json) -> Json:
        """Give a new pod its first status: Pending, with its QoS class; resolve matchLabelKeys.

        The spec becomes a shared object, so that later writes need not look into it again.
        """
        obj = default_pod(super().prepare_for_create(obj))
        spec = share(obj["spec"])
        resolved = with_match_label_keys(spec, (obj.get("metadata") or {}).get("labels") or {})
        status: dict[str, Any] = {"phase": "Pending", "qosClass": qos_class(spec)}
        if spec.get("schedulingGates"):
            status["conditions"] = [SCHEDULING_GATED]
        return {**obj, "spec": share(resolved), "status": status}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check the spec and the annotations of a new pod."""
        return validate_new_pod(obj)

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the pod and that only what may change did."""
        return validate_pod_change(new, old)

    def prepare_for_status_update(self, new: Json, old: Json) -> Json:
        """Keep the spec and the owners; a status without a QoS class or generation keeps the old ones."""
        result = super().prepare_for_status_update(new, old)
        owners = (old.get("metadata") or {}).get("ownerReferences")
        metadata = result.get("metadata") or {}
        if metadata.get("ownerReferences") != owners:
            metadata = {key: value for key, value in metadata.items() if key != "ownerReferences"}
            if owners:
                metadata["ownerReferences"] = owners
            result = {**result, "metadata": metadata}
        status, before = result.get("status") or {}, old.get("status") or {}
        kept = {
            key: before[key]
            for key in ("qosClass", "observedGeneration")
            if key not in status and key in before
        }
        return {**result, "status": {**status, **kept}} if kept else result

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the change of the status."""
        return super().validate_status_update(new, old) + validate_pod_status_change(new, old)

    def selectable_fields(self, obj: Json) -> dict[str, str]:
        """Return node, policies, account, phase and address of the pod. O(1)."""
        metadata = obj.get("metadata") or {}
        spec, status = obj.get("spec") or {}, obj.get("status") or {}
        return {
            "metadata.name": metadata.get("name", ""),
            "metadata.namespace": metadata.get("namespace", ""),
            "spec.nodeName": spec.get("nodeName", ""),
            "spec.restartPolicy": spec.get("restartPolicy", ""),
            "spec.schedulerName": spec.get("schedulerName", ""),
            "spec.serviceAccountName": spec.get("serviceAccountName", ""),
            "spec.hostNetwork": "true" if spec.get("hostNetwork") else "false",
            "status.phase": status.get("phase", ""),
            "status.podIP": status.get("podIP", ""),
            "status.nominatedNodeName": status.get("nominatedNodeName", ""),
        }

    def grace_period(self, obj: Json, requested: int | None) -> int:
        """Return the seconds the kubelet has to stop the pod; 0 for a pod that no kubelet runs."""
        spec = obj.get("spec") or {}
        phase = (obj.get("status") or {}).get("phase")
        if not spec.get("nodeName") or phase in TERMINAL_PHASES:
            return 0
        period = requested
        if period is None:
            period = spec.get("terminationGracePeriodSeconds") or 0
        return 1 if period < 0 else int(period)


KIND = Kind(
    "Pod",
    "pods",
    "",
    "v1",
    namespaced=True,
    schema=POD,
    strategy=PodStrategy(),
    subresources=("status", "binding", "eviction"),
    short_names=("po",),
    categories=("all",),
)
