"""Takes back DisruptionTarget from pods that were to go but did not: after two minutes the condition is set to False.

The kubelet's own announcements stay, and so do those on pods that are over.
"""

from __future__ import annotations

from typing import cast

from windtunnel.model.api.disruption import TARGET, with_target_condition
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.controllers.disruption.rechecks import Rechecks
from windtunnel.model.environment import Environment
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.process import Process

STALE_AFTER_MS = 120_000
BY_KUBELET = "TerminationByKubelet"


def stale_at_ms(pod: Pod) -> int | None:
    """When the condition of a pod becomes stale; None if it has none that can. O(conditions)."""
    if pod.metadata.deleting or pod.terminal:
        return None
    found = condition(pod.status.conditions, TARGET)
    if found is None or found.status != "True" or found.reason == BY_KUBELET:
        return None
    return (found.last_transition_time or 0) + STALE_AFTER_MS


class StaleConditions(QueueController):
    """Part of the disruption controller, with a queue of its own. Its keys are those of pods."""

    name = "disruption stale conditions"

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.rechecks = Rechecks(
            process, "looks whether DisruptionTarget is stale on", self.queue.add
        )
        self.pods = self.watch("pods")
        self.pods.add_handler(self.pod_seen, self.pod_updated, self.pod_deleted)

    def pod_seen(self, pod: Pod) -> None:
        """A pod is there: see when its condition becomes stale. O(conditions)."""
        self.rechecks.plan(key_of(pod), stale_at_ms(pod))

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """A pod changed."""
        if new.status.conditions is not old.status.conditions or new.metadata is not old.metadata:
            self.pod_seen(new)

    def pod_deleted(self, pod: Pod) -> None:
        """A pod is gone."""
        self.rechecks.plan(key_of(pod), None)

    async def sync(self, key: Key) -> None:
        """Set a stale condition to False."""
        pod = cast("Pod | None", self.pods.get(key))
        stale_ms = stale_at_ms(pod) if pod is not None else None
        if pod is not None and stale_ms is not None and stale_ms <= self.process.wall_ms:
            await self.client.update_status(
                with_target_condition(pod.raw, self.process.wall_ms, "False")
            )
