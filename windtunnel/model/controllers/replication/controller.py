"""The replication manager: keeps as many pods as a ReplicationController or ReplicaSet asks for.

One class for both kinds; the controller manager makes one of each. A sync reads the caches, claims pods (adopting and
releasing by patches), creates or deletes what is missing or too many, and writes the status. What a sync created or
deleted is expected to show in the cache before the next one counts again.

Not modelled: Events; the informers' resync.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from windtunnel.model.api.errors import ApiError, is_invalid, is_not_found
from windtunnel.model.api.selectors.labels import Selector
from windtunnel.model.controllers.base import key_of, namespace_is_terminating
from windtunnel.model.controllers.freshness import RetryLater
from windtunnel.model.controllers.replication.availability import (
    is_active,
    is_terminating,
    next_available_in_ms,
)
from windtunnel.model.controllers.replication.claims import (
    Claim,
    adoption_patch,
    claim,
    claimed,
    release_patch,
)
from windtunnel.model.controllers.replication.events import BY_OWNER, WorkloadEvents
from windtunnel.model.controllers.replication.plan import Plan, plan_replicas
from windtunnel.model.controllers.replication.pods import pod_from_template
from windtunnel.model.controllers.replication.ranking import pods_to_delete
from windtunnel.model.controllers.replication.slow_start import INITIAL_BATCH, slow_start_batch
from windtunnel.model.controllers.replication.status import compute_status, status_differs
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.json import Json, put
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.network import NetworkError

_STATUS_RETRIES = 1


class ReplicationManager(WorkloadEvents):
    """Runs all ReplicationControllers, or all ReplicaSets."""

    async def sync(self, key: Key) -> None:
        """Bring one workload's pods and status nearer to what it asks for. O(own pods and orphans near it)."""
        if self.kind.waits_for_own_writes:
            self.own_writes.ensure_seen(key)
        workload = cast("Workload | None", self.workloads.get(key))
        if workload is None:
            self.expectations.forget(key)
            self.own_writes.forget(key)
            return
        # Asked before pods are counted: a pod that shows up in between must not be missing from both.
        may_act = self.expectations.satisfied(key)
        selector = self.selector_of(workload)
        if selector is None:
            return
        near = self.own_pods_and_orphans(workload)
        active = await self.claim_pods(workload, selector, self.candidates(near))
        failure = await self.manage_replicas(workload, active) if may_act else None
        terminating = self.count_terminating(workload, selector, near)
        now_ms = self.process.wall_ms
        status = compute_status(workload, active, terminating, failure, now_ms)
        await self.write_status(workload, status)
        if failure is not None:
            raise failure
        self.plan_next_sync(workload, active, status, now_ms)

    def own_pods_and_orphans(self, workload: Workload) -> list[Pod]:
        """The pods that the workload controls, and its namespace's pods without a controller. O(these)."""
        own = self.pods.by_index(BY_OWNER, workload.uid)
        orphans = self.pods.by_index(BY_OWNER, f"nobody/{workload.namespace}")
        return [*cast("Iterable[Pod]", own), *cast("Iterable[Pod]", orphans)]

    def candidates(self, pods: Iterable[Pod]) -> list[Pod]:
        """The pods that can count as replicas."""
        return [pod for pod in pods if is_active(pod)]

    def decide(self, workload: Workload, selector: Selector, pod: Pod) -> Claim:
        """Whether a pod is kept, adopted, released or left alone."""
        return claim(workload, selector, pod, self.selectors)

    def count_terminating(
        self, workload: Workload, selector: Selector, pods: Iterable[Pod]
    ) -> int | None:
        """How many of the workload's pods are on their way out; None where the kind does not say."""
        if not self.kind.counts_terminating:
            return None
        return sum(is_terminating(pod) for pod in claimed(workload, selector, pods, self.selectors))

    def plan_next_sync(
        self, workload: Workload, active: list[Pod], status: Json, now_ms: int
    ) -> None:
        """Look again when the next ready pod becomes available."""
        min_ready_seconds = workload.spec.min_ready_seconds
        if min_ready_seconds <= 0 or status.get("readyReplicas") == status.get("availableReplicas"):
            return
        delay_ms = next_available_in_ms(active, min_ready_seconds, now_ms)
        self.queue.add_after(
            key_of(workload), min_ready_seconds * 1000 if delay_ms is None else delay_ms
        )

    # -- claiming ----------------------------------------------------------------------------------

    async def claim_pods(
        self, workload: Workload, selector: Selector, pods: Iterable[Pod]
    ) -> list[Pod]:
        """The pods that are the workload's after adopting and releasing; raises the first error. O(pods)."""
        kept: list[Pod] = []
        first_error: Exception | None = None
        may_adopt: bool | None = None
        for pod in pods:
            decision = self.decide(workload, selector, pod)
            try:
                if decision is Claim.KEEP:
                    kept.append(pod)
                elif decision is Claim.RELEASE:
                    await self.release(workload, pod)
                elif decision is Claim.ADOPT:
                    if may_adopt is None:
                        may_adopt = False
                        await self.check_may_adopt(workload)
                        may_adopt = True
                    if may_adopt and await self.adopt(workload, pod):
                        kept.append(pod)
            except (ApiError, NetworkError, RetryLater) as error:
                first_error = first_error or error
        if first_error is not None:
            raise first_error
        return kept

    async def check_may_adopt(self, workload: Workload) -> None:
        """Ask the API server, not the cache, whether the workload is still there; raises RetryLater if it is not."""
        fresh = await self.client.get(self.kind.kind, key_of(workload))
        if fresh.uid != workload.uid:
            raise RetryLater(f"the original {self.kind.kind} {key_of(workload)} is gone")
        if fresh.metadata.deleting:
            raise RetryLater(f"{self.kind.kind} {key_of(workload)} has just been deleted")

    async def adopt(self, workload: Workload, pod: Pod) -> bool:
        """Make the pod the workload's; False if it is gone."""
        try:
            adopted = await self.client.patch(
                "Pod", key_of(pod), adoption_patch(self.kind, workload, pod), patch_type="strategic"
            )
        except ApiError as error:
            if is_not_found(error):
                return False
            raise
        self.own_writes.wrote(key_of(workload), "pods", adopted)
        return True

    async def release(self, workload: Workload, pod: Pod) -> None:
        """Let go of a pod that no longer matches."""
        try:
            released = await self.client.patch(
                "Pod", key_of(pod), release_patch(workload, pod), patch_type="strategic"
            )
        except ApiError as error:
            # Invalid: the pod has been released by somebody else, or another one has its name now.
            if not is_not_found(error) and not is_invalid(error):
                raise
            return
        self.own_writes.wrote(key_of(workload), "pods", released)

    # -- creating and deleting ---------------------------------------------------------------------

    async def manage_replicas(self, workload: Workload, active: list[Pod]) -> Exception | None:
        """Create what is missing or delete what is too many; returns the first error. O(pods log pods)."""
        plan = self.plan(workload, active)
        if plan.create:
            return await self.create_pods(workload, plan.create)
        if plan.delete:
            related = self.related_pods(workload)
            victims = pods_to_delete(active, related, plan.delete, self.process.wall_ms)
            return await self.delete_pods(workload, victims)
        return None

    def plan(self, workload: Workload, active: list[Pod]) -> Plan:
        """How many pods to create or to delete now."""
        return plan_replicas(workload, len(active), self.burst_replicas)

    async def create_pods(self, workload: Workload, count: int) -> Exception | None:
        """Create so many pods in batches that double; returns the first error. O(count)."""
        key = key_of(workload)
        self.expectations.expect_creations(key, count)
        template = pod_from_template(self.kind, workload)

        async def run_batch(size: int) -> list[Exception | None]:
            return await self.process.gather(
                *(self.create_pod(workload, template) for _ in range(size))
            )

        successes, error = await slow_start_batch(count, INITIAL_BATCH, run_batch)
        for _ in range(count - successes):
            self.expectations.creation_observed(key)
        return error

    async def create_pod(self, workload: Workload, template: Json) -> Exception | None:
        """Create one pod; returns the error, but for a namespace that is going away anyway."""
        try:
            created = await self.client.create(template)
        except ApiError as error:
            return None if namespace_is_terminating(error) else error
        except NetworkError as error:
            return error
        self.own_writes.wrote(key_of(workload), "pods", created)
        return None

    async def delete_pods(self, workload: Workload, victims: list[Pod]) -> Exception | None:
        """Delete these pods at once; returns the first error. O(victims)."""
        key = key_of(workload)
        self.expectations.expect_deletions(key, [pod.uid for pod in victims])
        outcomes = await self.process.gather(*(self.delete_pod(key, pod) for pod in victims))
        return next((error for error in outcomes if error is not None), None)

    async def delete_pod(self, key: Key, pod: Pod) -> Exception | None:
        """Delete one pod; returns the error, but for a pod that is gone already."""
        try:
            await self.client.delete("Pod", key_of(pod))
        except (ApiError, NetworkError) as error:
            self.expectations.deletion_observed(key, pod.uid)
            return None if is_not_found(error) else error
        return None

    def related_pods(self, workload: Workload) -> list[Pod]:
        """The pods of all workloads of the same owner; none for one without an owner. O(pods of the namespace)."""
        owner = workload.metadata.controller
        if owner is None:
            return []
        found: dict[str, Pod] = {}
        for sibling in cast("Iterable[Workload]", self.workloads.by_index(BY_OWNER, owner.uid)):
            selector = self.selector_of(sibling)
            if selector is None:
                continue
            for pod in cast("Iterable[Pod]", self.pods.list(sibling.namespace)):
                if self.selectors.matches(selector, pod.metadata.labels):
                    found.setdefault(pod.uid, pod)
        return list(found.values())

    # -- status ------------------------------------------------------------------------------------

    async def write_status(self, workload: Workload, status: Json) -> None:
        """Write the status if it differs; once more on top of the live object if that fails."""
        if not status_differs(workload, status):
            return
        attempt = workload
        for left in range(_STATUS_RETRIES, -1, -1):
            try:
                written = await self.client.update_status(put(attempt.raw, status, "status"))
            except (ApiError, NetworkError):
                if not left:
                    raise
                attempt = cast(Workload, await self.client.get(self.kind.kind, key_of(workload)))
            else:
                self.own_writes.wrote(key_of(workload), self.kind.resource, written)
                return
