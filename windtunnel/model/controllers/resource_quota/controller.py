"""The resource quota controller: takes over each quota's limits into its status, and counts anew what is used.

Admission counts up; this controller counts down. A quota is counted when it is made, when its limits change, when
something that it counts is deleted or set free, and every five minutes, which also finds what was charged and then
never stored. The write names the version that it was counted for: an object that was charged in between is not lost.

The caches are filled when they are needed: the one of quotas with the first quota, those of what it counts with the
first quota that counts it.

Not modelled: a queue of their own for quotas without a status; the cap on the rate of counts.
"""

from __future__ import annotations

from functools import partial
from typing import cast

from windtunnel.model.api.kind import Kind
from windtunnel.model.api.quota.evaluator import Evaluator
from windtunnel.model.api.quota.registry import evaluators_for
from windtunnel.model.api.quota.scopes import requirements_of
from windtunnel.model.api.resource_list import (
    ResourceList,
    add,
    only,
    read_resource_list,
    resource_list_json,
)
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer import Informer
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import sleep

QUOTAS = "resourcequotas"


class ResourceQuotaController(QueueController):
    """Role "resource-quota". Owns the caches of what quotas count. Its keys are those of quotas."""

    name = "resource-quota"

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        settings = environment.settings.controller_manager
        self.workers = settings.concurrent_resource_quota_syncs
        self.period_ms = settings.resource_quota_sync_period_ms
        self.incarnation = process.incarnation
        self.quotas: Informer | None = None
        self.counted: dict[str, Informer] = {}

    def start(self) -> None:
        """Begin once there is a quota."""
        self.environment.in_use.follow(self.kind_is_in_use)

    def kind_is_in_use(self, kind: Kind) -> bool:
        """Begin at the first quota; False if there is nothing more to hear."""
        if not self.process.alive or self.process.incarnation != self.incarnation:
            return False
        if kind.resource != QUOTAS:
            return True
        self.begin()
        return False

    def begin(self) -> None:
        """Fill the cache of quotas and work."""
        self.quotas = self.watch(QUOTAS)
        self.quotas.add_handler(self.quota_added, self.quota_updated)
        self.quotas.start()
        super().start()
        self.process.spawn(self.recount_regularly(), f"{self.name} full count")

    async def recount_regularly(self) -> None:
        """Count every quota, every five minutes."""
        while True:
            await sleep(self.period_ms, "counts all quotas", background=True)
            assert self.quotas is not None
            for quota in self.quotas.list():
                self.queue.add(key_of(quota))

    # -- events ------------------------------------------------------------------------------------

    def quota_added(self, quota: KubeObject) -> None:
        """A quota showed up."""
        self.queue.add(key_of(quota))

    def quota_updated(self, old: KubeObject, new: KubeObject) -> None:
        """A quota changed: only its limits matter, the status is this controller's or admission's."""
        if hard_of(old.raw) != hard_of(new.raw):
            self.queue.add(key_of(new))

    def object_updated(self, evaluator: Evaluator, old: KubeObject, new: KubeObject) -> None:
        """Something that quotas count changed, and may use less now."""
        if evaluator.was_freed(old.raw, new.raw, self.process.wall_ms):
            self.replenish(evaluator, new)

    def replenish(self, evaluator: Evaluator, obj: KubeObject) -> None:
        """Have the quotas counted that were about an object. O(quotas of the namespace)."""
        assert self.quotas is not None
        for quota in self.quotas.list(obj.namespace):
            if evaluator.tracked((quota.raw.get("status") or {}).get("hard") or ()):
                self.queue.add(key_of(quota))

    # -- one sync ----------------------------------------------------------------------------------

    async def sync(self, key: Key) -> None:
        """Count one quota and write its status if it is another one. O(objects that it counts)."""
        assert self.quotas is not None
        found = cast("KubeObject | None", self.quotas.get(key))
        if found is None:
            return
        names = tuple(hard_of(found.raw))
        evaluators = evaluators_for(names, self.environment.kinds.kinds)
        await self.fill_caches(evaluators)
        current = cast("KubeObject | None", self.quotas.get(key))
        if current is None or current.raw is not found.raw:
            self.queue.add(key)
            return
        await self.write_if_changed(current.raw, self.usage(current.raw, evaluators))

    async def fill_caches(self, evaluators: tuple[Evaluator, ...]) -> None:
        """Wait for the caches of what is to be counted, which may be new. O(evaluators)."""
        for evaluator in evaluators:
            if evaluator.resource not in self.counted:
                cache = self.watch(evaluator.resource)
                cache.add_handler(
                    on_update=partial(self.object_updated, evaluator),
                    on_delete=partial(self.replenish, evaluator),
                )
                cache.start()
                self.counted[evaluator.resource] = cache
        for evaluator in evaluators:
            if not self.counted[evaluator.resource].synced:
                await self.counted[evaluator.resource].wait_for_sync()

    def usage(self, quota: Json, evaluators: tuple[Evaluator, ...]) -> ResourceList:
        """What is used of the resources in a quota; what nobody can count stays as it was. O(objects)."""
        hard, scopes = hard_of(quota), requirements_of(quota)
        counted: ResourceList = {}
        for evaluator in evaluators:
            objects = self.counted[evaluator.resource].list(quota["metadata"]["namespace"])
            total = evaluator.total(
                hard, scopes, (obj.raw for obj in objects), self.process.wall_ms
            )
            counted = add(counted, total)
        before = read_resource_list((quota.get("status") or {}).get("used"))
        return only({**before, **counted}, hard)

    async def write_if_changed(self, quota: Json, used: ResourceList) -> None:
        """Replace the status of this very version of a quota, if it is not so already."""
        status, hard = quota.get("status") or {}, hard_of(quota)
        is_counted = "hard" in status and "used" in status
        if (
            is_counted
            and read_resource_list(status["hard"]) == hard
            and read_resource_list(status["used"]) == used
        ):
            return
        written = {"hard": resource_list_json(hard), "used": resource_list_json(used)}
        await self.client.update_status({**quota, "status": written})


def hard_of(quota: Json) -> ResourceList:
    """The limits in a quota's spec. O(resources)."""
    return read_resource_list((quota.get("spec") or {}).get("hard"))
