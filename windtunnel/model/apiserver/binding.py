"""Binding: how a scheduler gives a pod its node.

A pod is bound once: a second binding is a conflict even to the same node, and so is one to a pod that is being deleted
or still has scheduling gates. That the node exists is not checked. The uid in a Binding is compared with the pod's, so
a late binding meant for a predecessor of the same name fails (kubernetes/kubernetes#105261).

Not modelled: the node's topology labels are not copied to the pod.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError, ResourceName
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.request import StatusAnswer
from windtunnel.model.apiserver.storage import Preconditions, with_metadata
from windtunnel.model.apiserver.subresources import Subresources
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.time import format_time

BINDING = ResourceName("Binding", "pods/binding")
SUCCESS: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}


class Binding(Subresources):
    """The subresource binding of pods, and the resource bindings."""

    async def bind(self, context: RequestContext) -> tuple[int, StatusAnswer]:
        """Give the pod of the request the node that the Binding names."""
        binding = context.request.body
        if not isinstance(binding, dict):
            raise errors.bad_request("the body of the request is not a Binding")
        name = (binding.get("metadata") or {}).get("name", "")
        if context.request.name and name != context.request.name:
            raise errors.bad_request("name in URL does not match name in Binding object")
        self.validate_binding(binding)
        await self.assign_pod(context, name, binding)
        return 201, StatusAnswer(SUCCESS, 201)

    def validate_binding(self, binding: Json) -> None:
        """Raise what the real server answers to a Binding without a node: an error without a reason."""
        target = binding.get("target") or {}
        problems = []
        if target.get("kind") not in (None, "", "Node"):
            cause = errors.not_supported("target.kind", target["kind"], ("Node", "<empty>"))
            problems.append(str(cause))
        if not target.get("name"):
            problems.append(str(errors.required("target.name")))
        if problems:
            text = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
            raise ApiError(500, "", text)

    async def assign_pod(self, context: RequestContext, name: str, binding: Json) -> Record:
        """Write the node into the pod. Raises 404, and 409 where the pod may not be bound."""
        key = StoreKey("pods", context.namespace, name)

        async def assign(record: Record) -> Json:
            self.check_assignable(name, record.raw)
            return self.assigned(record.raw, binding)

        return await self.guaranteed_update(
            context, key, assign, self.binding_preconditions(binding)
        )

    def binding_preconditions(self, binding: Json) -> Preconditions:
        """The pod must be the very one that the scheduler decided about."""
        metadata = binding.get("metadata") or {}
        return Preconditions(metadata.get("uid") or None, metadata.get("resourceVersion") or None)

    def check_assignable(self, name: str, pod: Json) -> None:
        """Raise 409 if the pod is on its way out, bound, or gated."""
        spec = pod.get("spec") or {}
        problem = ""
        if pod["metadata"].get("deletionTimestamp"):
            problem = f"pod {name} is being deleted, cannot be assigned to a host"
        elif spec.get("nodeName"):
            problem = f'pod {name} is already assigned to node "{spec["nodeName"]}"'
        elif spec.get("schedulingGates"):
            problem = f"pod {name} has non-empty .spec.schedulingGates"
        if problem:
            raise errors.conflict(BINDING, name, problem)

    def assigned(self, pod: Json, binding: Json) -> Json:
        """The pod on its node, with the Binding's annotations and the condition PodScheduled, nominated no more."""
        annotations = (binding.get("metadata") or {}).get("annotations")
        if annotations:
            before = pod["metadata"].get("annotations") or {}
            pod = with_metadata(pod, {"annotations": {**before, **annotations}})
        status = pod.get("status") or {}
        if "nominatedNodeName" in status:
            status = {key: value for key, value in status.items() if key != "nominatedNodeName"}
        return {
            **pod,
            "spec": on_node(pod["spec"], binding["target"]["name"]),
            "status": {**status, "conditions": self.scheduled_conditions(pod)},
        }

    def scheduled_conditions(self, pod: Json) -> list[Any]:
        """The pod's conditions with PodScheduled true; it changed now, unless it was true before."""
        condition: Json = {"type": "PodScheduled", "status": "True"}
        generation = pod["metadata"].get("generation")
        if generation:
            condition["observedGeneration"] = generation
        condition["lastTransitionTime"] = format_time(self.process.now_ms)
        kept = []
        for each in (pod.get("status") or {}).get("conditions") or ():
            if each.get("type") != "PodScheduled":
                kept.append(each)
            elif each.get("status") == "True":
                condition["lastTransitionTime"] = each.get("lastTransitionTime")
        return [*kept, condition]


@remembered
def on_node(spec: Json, node: str) -> Json:
    """The spec of a pod that is bound to a node; remembered, since the pods of a template share their spec. O(1)."""
    return {**spec, "nodeName": node}
