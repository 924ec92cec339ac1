"""Eviction: the deletion of a pod that a disruption budget may refuse.

A budget is a PodDisruptionBudget whose status somebody keeps; the eviction takes one of its allowed disruptions before
it deletes the pod. Pods that serve nobody (pending, finished, already going) are not counted.

Not modelled: dry runs of the budget's own update.
"""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError, Cause
from windtunnel.model.api.selectors import labels
from windtunnel.model.apiserver.binding import SUCCESS, Binding
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.options import with_delete_options
from windtunnel.model.apiserver.request import Options, Request, StatusAnswer
from windtunnel.model.objects.json import Json, get
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.time import format_time
from windtunnel.model.store.requests import Range

BUDGETS = "poddisruptionbudgets.policy"
MAX_DISRUPTED_PODS = 2000
RETRY_AFTER_SECONDS = 10
WOULD_VIOLATE = "Cannot evict pod as it would violate the pod's disruption budget."


class Eviction(Binding):
    """The subresource eviction of pods."""

    async def evict(self, context: RequestContext) -> tuple[int, StatusAnswer]:
        """Delete the pod if its budget allows. Raises 429 where it does not, 500 for a pod of several budgets."""
        body = context.request.body
        if not isinstance(body, dict):
            raise errors.bad_request("the body of the request is not an Eviction")
        name = context.request.name
        if (body.get("metadata") or {}).get("name", name) != name:
            raise errors.bad_request("name in URL does not match name in Eviction object")
        pod = await self.read(context.key)
        if pod is None:
            raise errors.not_found_error(context.kind, name)
        if not self.serves_nobody(pod.raw):
            budget = await self.budget_of(context, pod)
            if budget is not None and not self.may_ignore_budget(pod.raw, budget.raw):
                await self.take_disruption(context, budget, name)
        await self.delete(self.as_deletion(context, body.get("deleteOptions") or {}))
        return 201, StatusAnswer(SUCCESS, 201)

    def as_deletion(self, context: RequestContext, options: Json) -> RequestContext:
        """The deletion that follows from an allowed eviction."""
        asked = context.request
        base = Options(dry_run=asked.options.dry_run)
        request = Request(
            "delete", asked.resource, asked.namespace, asked.name, "eviction",
            options=with_delete_options(base, options), user=asked.user, groups=asked.groups,
        )  # fmt: skip
        return RequestContext(request, context.kind, context.call, context.client)

    def serves_nobody(self, pod: Json) -> bool:
        """Whether the pod is over, not yet running, or being deleted: no budget counts it."""
        phase = get(pod, "status", "phase")
        deleted = bool(pod["metadata"].get("deletionTimestamp"))
        return deleted or phase in ("Succeeded", "Failed", "Pending")

    async def budget_of(self, context: RequestContext, pod: Record) -> Record | None:
        """The one budget that selects the pod."""
        answer = await self.ask_store(Range(BUDGETS, pod.key.namespace))
        pod_labels = pod.raw["metadata"].get("labels") or {}
        found = [
            record
            for record in answer.records
            if labels.from_label_selector(get(record.raw, "spec", "selector")).matches(pod_labels)
        ]
        if len(found) > 1:
            message = (
                "This pod has more than one PodDisruptionBudget, "
                "which the eviction subresource does not support."
            )
            raise ApiError(500, "InternalError", message)
        return found[0] if found else None

    def may_ignore_budget(self, pod: Json, budget: Json) -> bool:
        """Whether the budget lets a pod go that is not ready anyway."""
        conditions = get(pod, "status", "conditions", default=())
        if any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions):
            return False
        if get(budget, "spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow":
            return True
        wanted: int = get(budget, "status", "desiredHealthy", default=0)
        healthy: int = get(budget, "status", "currentHealthy", default=0)
        return 0 < wanted <= healthy

    async def take_disruption(self, context: RequestContext, budget: Record, name: str) -> None:
        """Take one of the disruptions that the budget allows at this moment."""

        async def take(record: Record) -> Json:
            return self.decremented(record.raw, name)

        await self.guaranteed_update(
            context, StoreKey(BUDGETS, budget.key.namespace, budget.key.name), take
        )

    def decremented(self, budget: Json, name: str) -> Json:
        """The budget with one disruption less. Raises 429 if it allows none, or has not been looked at yet."""
        metadata, status = budget["metadata"], budget.get("status") or {}
        if status.get("observedGeneration", 0) < metadata.get("generation", 0):
            detail = (
                f"The disruption budget {metadata['name']} is still being processed by the server."
            )
            raise self.refused(detail, RETRY_AFTER_SECONDS)
        allowed = status.get("disruptionsAllowed", 0)
        disrupted = status.get("disruptedPods") or {}
        if allowed < 0 or len(disrupted) > MAX_DISRUPTED_PODS:
            problem = "disruptions allowed is negative" if allowed < 0 else "too many evictions"
            resource = errors.ResourceName("PodDisruptionBudget", "poddisruptionbudgets", "policy")
            raise errors.forbidden_error(resource, metadata["name"], f"pdb {problem}")
        if allowed == 0:
            raise self.refused(
                f"The disruption budget {metadata['name']} needs {status.get('desiredHealthy', 0)} "
                f"healthy pods and has {status.get('currentHealthy', 0)} currently"
            )
        now = format_time(self.process.now_ms)
        changed = {
            **status,
            "disruptionsAllowed": allowed - 1,
            "disruptedPods": {**disrupted, name: now},
        }
        return {**budget, "status": changed}

    def refused(self, detail: str, retry_after_seconds: int = 0) -> ApiError:
        """The error of an eviction that a budget does not allow."""
        cause = Cause("DisruptionBudget", "", detail)
        return errors.too_many_requests(WOULD_VIOLATE, retry_after_seconds, [cause])
