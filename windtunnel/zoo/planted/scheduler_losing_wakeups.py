"""A scheduler that never looks again at a pod that fitted nowhere, whatever happens in the cluster."""

from __future__ import annotations

from windtunnel.model.scheduler.framework import ClusterEvent
from windtunnel.model.scheduler.node_info import PodInfo
from windtunnel.model.scheduler.queue import SchedulingQueue
from windtunnel.model.scheduler.scheduler import Scheduler


class QueueWithoutFlush(SchedulingQueue):
    """Parks pods for good."""

    def flush_unschedulable(self, now_ms: int) -> bool:
        """Nobody is waiting, it thinks."""
        return False

    def next_flush_ms(self) -> int | None:
        """Never."""
        return None


class SchedulerLosingWakeups(Scheduler):
    """Takes no event for a help."""

    def make_queue(self) -> SchedulingQueue:
        """A queue that forgets."""
        return QueueWithoutFlush(self.settings, self.may_help)

    def may_help(self, pod: PodInfo, plugin: str, event: ClusterEvent) -> bool:
        """Nothing ever helps."""
        return False
