"""Eviction: the deletion of a pod that a disruption budget may refuse.

Pods that serve nobody (pending, finished, already going) go at once. For any other the one budget that selects it is
asked: a pod that is not ready may be free to go, or else one of the disruptions that the budget's status allows is
taken, by compare-and-swap, before the pod is deleted. So several evictions at once, through several servers, never take
more than there are. The pod is told why it goes by its condition DisruptionTarget.

Where the verdict depends on the pod's state, the deletion is bound to the version that was judged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import evolve

from windtunnel.model.api import errors
from windtunnel.model.api.disruption import with_target_condition
from windtunnel.model.api.errors import ApiError, ResourceName
from windtunnel.model.api.kinds.pod_disruption_budget import KIND as BUDGET
from windtunnel.model.apiserver.binding import SUCCESS, Binding
from windtunnel.model.apiserver.budgets import (
    budgets_of,
    may_ignore_budget,
    serves_nobody,
    still_processed,
    with_disruption_taken,
)
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.options import with_delete_options
from windtunnel.model.apiserver.own_requests import own_status_update
from windtunnel.model.apiserver.request import Options, Request, StatusAnswer
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record
from windtunnel.model.sim.tasks import sleep
from windtunnel.model.store.errors import RevisionMismatch
from windtunnel.model.store.requests import Range, RangeAnswer

ATTEMPTS = 20
RETRY_MS, RETRY_JITTER_MS = 500, 50
REASON = "EvictionByEvictionAPI"
MESSAGE = "Eviction API: evicting"
POD = ResourceName("Pod", "Pod")


class Eviction(Binding):
    """The subresource eviction of pods."""

    async def evict(self, context: RequestContext) -> tuple[int, StatusAnswer]:
        """Delete the pod if its budget allows. Raises 429 where it does not, 500 for a pod of several budgets."""
        deletion = self.as_deletion(context)
        pod = await self.retried(
            lambda: self.evict_at_once(deletion), deletion.request.options, "evicts again"
        )
        if pod is not None:
            await self.evict_with_budget(deletion, pod)
        return 201, StatusAnswer(SUCCESS, 201)

    def as_deletion(self, context: RequestContext) -> RequestContext:
        """The deletion that an eviction asks for. Raises 400 for one that is not about the pod."""
        asked, body = context.request, context.request.body
        if not isinstance(body, dict):
            raise errors.bad_request("the body of the request is not an Eviction")
        if (body.get("metadata") or {}).get("name", asked.name) != asked.name:
            raise errors.bad_request("name in URL does not match name in Eviction object")
        base = Options(dry_run=asked.options.dry_run)
        request = Request(
            "delete", asked.resource, asked.namespace, asked.name, "eviction",
            options=with_delete_options(base, body.get("deleteOptions") or {}),
            user=asked.user, groups=asked.groups,
        )  # fmt: skip
        return RequestContext(request, context.kind, context.call, context.client)

    async def retried(
        self, attempt: Callable[[], Awaitable[Record | None]], options: Options, what: str
    ) -> Record | None:
        """The result of an attempt; conflicts are tried again, unless the client itself named a version."""
        for left in reversed(range(ATTEMPTS)):
            try:
                return await attempt()
            except ApiError as error:
                named = options.precondition_resource_version is not None
                if not left or named or not errors.is_conflict(error):
                    raise
            jitter_ms = self.environment.choices("eviction", RETRY_JITTER_MS)
            await sleep(RETRY_MS + jitter_ms, what)
        raise AssertionError("a loop over attempts ends by itself")

    # -- without a budget

    async def evict_at_once(self, deletion: RequestContext) -> Record | None:
        """Delete the pod if it serves nobody; else return it. Raises 404 where there is none."""
        pod = await self.read(deletion.key)
        if pod is None:
            raise errors.not_found_error(deletion.kind, deletion.request.name)
        if not serves_nobody(pod.raw):
            return pod
        pending = (pod.raw.get("status") or {}).get("phase") == "Pending"
        may_become_ready = pending and not pod.raw["metadata"].get("deletionTimestamp")
        await self.mark_and_delete(bound_to(deletion, pod) if may_become_ready else deletion)
        return None

    # -- with a budget

    async def evict_with_budget(self, deletion: RequestContext, pod: Record) -> None:
        """Delete a pod that serves, if its budget lets it go."""
        budget = await self.budget_of(pod)
        if budget is None:
            await self.mark_and_delete(deletion)
        elif may_ignore_budget(pod.raw, budget.raw):
            await self.evict_unhealthy(deletion, pod, budget)
        else:
            await self.take_disruption(deletion, budget)
            await self.mark_and_delete(deletion)

    async def budget_of(self, pod: Record) -> Record | None:
        """The one budget that selects the pod. One hop, if there are budgets. Raises 500 where several select it."""
        if BUDGET.resource not in self.environment.in_use.kinds:
            return None
        answer: RangeAnswer = await self.ask_store(Range(BUDGET.resource, pod.key.namespace))
        found = budgets_of(pod.raw, answer.records)
        if len(found) > 1:
            message = (
                "This pod has more than one PodDisruptionBudget, "
                "which the eviction subresource does not support."
            )
            raise ApiError(500, "", message)
        return found[0] if found else None

    async def evict_unhealthy(self, deletion: RequestContext, pod: Record, budget: Record) -> None:
        """Delete a pod that is not ready, as it was judged; 429 if it has changed since."""
        try:
            await self.mark_and_delete(bound_to(deletion, pod))
        except ApiError as error:
            named = deletion.request.options.precondition_resource_version is not None
            if named or not errors.is_conflict(error):
                raise
            raise still_processed(budget.key.name) from None

    async def take_disruption(self, deletion: RequestContext, budget: Record) -> None:
        """Take one of the disruptions that the budget allows at this moment. Raises 429 if it allows none."""
        known: list[Record] = [budget]

        async def attempt() -> None:
            latest = known.pop() if known else await self.read(budget.key)
            if latest is None:
                raise errors.not_found_error(BUDGET, budget.key.name)
            await self.write_disruption(deletion, latest)

        await self.retried(attempt, Options(), f"looks again at the budget {budget.key.key}")

    async def write_disruption(self, deletion: RequestContext, budget: Record) -> None:
        """Take one disruption from this very version of the budget. Raises 429, and 409 if it is not the latest."""
        raw = with_disruption_taken(budget.raw, deletion.request.name, self.process.now_ms)
        if deletion.request.options.dry_run:
            return
        context = own_status_update(deletion, BUDGET, budget.key)
        try:
            await self.write(context, budget.key, raw, budget.revision)
        except RevisionMismatch:
            raise errors.conflict(BUDGET, budget.key.name) from None

    # -- the deletion

    async def mark_and_delete(self, deletion: RequestContext) -> None:
        """Tell the pod why it goes, and delete it. Raises 409 if it is not the pod that the options mean."""
        options = deletion.request.options
        if not options.dry_run:
            marked = await self.mark(deletion)
            if options.precondition_resource_version is not None:
                deletion = bound_to(deletion, marked)
        await self.delete(deletion)

    async def mark(self, deletion: RequestContext) -> Record:
        """Write the condition DisruptionTarget into the pod's status."""
        request = evolve(deletion.request, verb="update", options=Options())
        context = RequestContext(request, deletion.kind, deletion.call, deletion.client)

        def marked(pod: Json) -> Json:
            check_is_meant(pod, deletion.request.options)
            return with_target_condition(pod, self.process.now_ms, "True", REASON, MESSAGE)

        return await self.update_object(context, marked, self.prepare_status)


def bound_to(deletion: RequestContext, pod: Record) -> RequestContext:
    """The deletion of this very version of the pod, unless the client named one itself."""
    options = deletion.request.options
    version = pod.raw["metadata"]["resourceVersion"]
    options = evolve(options, precondition_resource_version=version)
    request = evolve(deletion.request, options=options)
    return RequestContext(request, deletion.kind, deletion.call, deletion.client)


def check_is_meant(pod: Json, options: Options) -> None:
    """Raise 409 if a pod is not the one, or not in the version, that the options of its deletion name."""
    metadata = pod["metadata"]
    for what, wanted, found, guess in (
        (
            "UID",
            options.precondition_uid,
            metadata["uid"],
            "The object might have been deleted and then recreated",
        ),
        (
            "ResourceVersion",
            options.precondition_resource_version,
            metadata["resourceVersion"],
            "The object might have been modified",
        ),
    ):
        if wanted and wanted != found:
            problem = f"the {what} in the precondition ({wanted}) does not match"
            message = f"{problem} the {what} in record ({found}). {guess}"
            raise errors.conflict(POD, metadata["name"], message)
