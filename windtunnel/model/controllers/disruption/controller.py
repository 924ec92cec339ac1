"""The disruption controller: counts the pods of each PodDisruptionBudget and writes what it allows into its status.

A sync counts from the caches and writes with the version that it read: where an eviction has taken a disruption in
between, the write fails and the budget is counted anew. What the eviction noted, a pod that is about to go, is taken
for gone until its deletion is seen, for two minutes at most. Where the count is not possible, the budget allows nothing
and says why.

The caches that only budgets need are filled when the first budget is made.

Not modelled: Events. Of several budgets that select a pod Kubernetes has one counted, picked at random; here it is the
first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from windtunnel.model.api.disruption import SYNC_FAILED, with_allowed_condition
from windtunnel.model.api.errors import ApiError, is_conflict
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.selectors.labels import Selector, from_label_selector
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer import Informer
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.controllers.disruption.counting import (
    Count,
    count_healthy,
    desired_healthy,
    disrupted_pods,
    is_up_to_date,
    needs_scale,
    status_of,
)
from windtunnel.model.controllers.disruption.rechecks import Rechecks
from windtunnel.model.controllers.disruption.scales import WORKLOADS, Scales, UnknownScale
from windtunnel.model.controllers.disruption.stale_conditions import StaleConditions
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process

BUDGETS = "poddisruptionbudgets.policy"


class DisruptionController(QueueController):
    """Role "disruption". Owns the moments at which budgets are counted again, and the part that tidies up pods."""

    name = "disruption"

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.incarnation = process.incarnation
        self.rechecks = Rechecks(process, f"{self.name} counts again", self.queue.add_rate_limited)
        self.stale_conditions = StaleConditions(process, environment, client, informers)
        self.budgets: Informer | None = None

    def start(self) -> None:
        """Tidy up conditions from now on, and count once there is a budget."""
        self.stale_conditions.start()
        self.environment.in_use.follow(self.kind_is_in_use)

    def kind_is_in_use(self, kind: Kind) -> bool:
        """Begin at the first budget; False if there is nothing more to hear."""
        if not self.process.alive or self.process.incarnation != self.incarnation:
            return False
        if kind.resource != BUDGETS:
            return True
        self.begin()
        return False

    def begin(self) -> None:
        """Fill the caches and work."""
        self.budgets = self.watch(BUDGETS)
        self.pods = self.watch("pods")
        workloads = {resource: self.watch(resource) for resource in WORKLOADS}
        self.scales = Scales(self.client, workloads)
        self.budgets.add_handler(self.budget_seen, self.budget_updated, self.budget_deleted)
        self.pods.add_handler(self.pod_seen, self.pod_updated, self.pod_seen)
        for cache in self.caches:
            cache.start()
        super().start()

    def busy(self) -> str | None:
        """What the controller still has to do, in words."""
        return self.stale_conditions.busy() or super().busy()

    # -- events ------------------------------------------------------------------------------------

    def budget_seen(self, budget: KubeObject) -> None:
        """A budget showed up."""
        self.queue.add(key_of(budget))

    def budget_updated(self, old: KubeObject, new: KubeObject) -> None:
        """A budget changed, perhaps because an eviction took a disruption."""
        self.queue.add(key_of(new))

    def budget_deleted(self, budget: KubeObject) -> None:
        """A budget is gone."""
        self.rechecks.plan(key_of(budget), None)

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """A pod changed."""
        self.pod_seen(new)

    def pod_seen(self, pod: Pod) -> None:
        """A pod showed up, changed or is gone: its budget counts again. O(budgets of the namespace)."""
        assert self.budgets is not None
        for budget in self.budgets.list(pod.namespace):
            if self.selector(budget).matches(pod.metadata.labels):
                self.queue.add(key_of(budget))
                return

    # -- one sync ----------------------------------------------------------------------------------

    async def sync(self, key: Key) -> None:
        """Count one budget and write its status; where that fails, it allows nothing. O(pods of the namespace)."""
        assert self.budgets is not None
        budget = cast("KubeObject | None", self.budgets.get(key))
        if budget is None:
            return
        try:
            await self.count_and_write(key, budget.raw)
        except (ApiError, NetworkError, UnknownScale) as error:
            if is_conflict(error):
                raise
            await self.fail_safe(budget.raw, str(error))

    async def count_and_write(self, key: Key, budget: Json) -> None:
        """Write the status if the count is another one."""
        pods = self.selected_pods(budget)
        expected, wanted = await self.expected(budget.get("spec") or {}, pods)
        now_ms = self.process.wall_ms
        noted = (budget.get("status") or {}).get("disruptedPods") or {}
        disrupted, again_ms = disrupted_pods(pods, noted, now_ms)
        count = Count(expected, wanted, count_healthy(pods, disrupted, now_ms), disrupted)
        if not is_up_to_date(budget, count):
            await self.write_status(budget, status_of(budget, count, now_ms))
        self.rechecks.plan(key, again_ms)

    def selector(self, budget: KubeObject) -> Selector:
        """Whom a budget selects."""
        spec: Any = budget.raw.get("spec") or {}
        return from_label_selector(spec.get("selector"))

    def selected_pods(self, budget: Json) -> list[Pod]:
        """The cached pods of a budget. O(pods of the namespace)."""
        selector = from_label_selector((budget.get("spec") or {}).get("selector"))
        pods = cast("list[Pod]", self.pods.list(budget["metadata"]["namespace"]))
        return [pod for pod in pods if selector.matches(pod.metadata.labels)]

    async def expected(self, spec: Json, pods: list[Pod]) -> tuple[int, int]:
        """How many pods there should be, and how many of them have to be well; none for a budget without a number."""
        if spec.get("minAvailable") is None and spec.get("maxUnavailable") is None:
            return 0, 0
        expected = await self.expected_scale(pods) if needs_scale(spec) else len(pods)
        return expected, desired_healthy(spec, expected)

    async def expected_scale(self, pods: Iterable[Pod]) -> int:
        """How many pods the controllers of these pods want; pods without a controller count for nothing.

        Raises UnknownScale, ApiError and NetworkError.
        """
        scales: dict[str, int] = {}
        for pod in pods:
            owner = pod.metadata.controller
            if owner is None or owner.uid in scales:
                continue
            scale = await self.scales.find(owner, pod.namespace)
            if scale is None:
                raise UnknownScale(f'found no controllers for pod "{pod.name}"')
            scales[scale.uid] = scale.replicas
        return sum(scales.values())

    async def write_status(self, budget: Json, status: Json) -> None:
        """Replace the status of this very version of a budget."""
        await self.client.update_status({**budget, "status": status})

    async def fail_safe(self, budget: Json, problem: str) -> None:
        """Allow nothing, and say why."""
        status = {**(budget.get("status") or {}), "disruptionsAllowed": 0}
        state = ("False", SYNC_FAILED)
        await self.write_status(
            budget, with_allowed_condition(status, self.process.wall_ms, state, problem)
        )
