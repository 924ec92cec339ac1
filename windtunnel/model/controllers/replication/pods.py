"""A pod as a workload's template asks for it."""

from __future__ import annotations

from windtunnel.model.controllers.replication.claims import owner_reference
from windtunnel.model.controllers.replication.workload import Workload, WorkloadKind
from windtunnel.model.objects.json import Json, get

_MAX_NAME = 253


def pod_from_template(kind: WorkloadKind, workload: Workload) -> Json:
    """A new pod: the template's labels, annotations, finalizers and spec, and the workload as its controller. O(1)."""
    template = workload.spec.template
    prefix = f"{workload.name}-"
    metadata: Json = {
        "generateName": prefix if len(prefix) <= _MAX_NAME else workload.name,
        "namespace": workload.namespace,
    }
    for name in ("labels", "annotations", "finalizers"):
        value = get(template, "metadata", name)
        if value:
            metadata[name] = value
    metadata["ownerReferences"] = [owner_reference(kind, workload)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": get(template, "spec", default={}),
    }
