"""The scheduling queue: who is tried next, who waits for what, and that no wake-up is lost."""

from __future__ import annotations

import pytest

from tests.scheduler.values import node, pod
from windtunnel.model.scheduler.framework import ClusterEvent
from windtunnel.model.scheduler.node_info import PodInfo
from windtunnel.model.scheduler.queue import QueuedPod, SchedulingQueue
from windtunnel.model.settings import SchedulerSettings

NODE_ADDED = ClusterEvent("node", "add", None, node("n1"))
POD_DELETED = ClusterEvent("pod", "delete", pod("other", "n1"), None)


def helps(info: PodInfo, plugin: str, event: ClusterEvent) -> bool:
    """The filter called nodes is helped by nodes, the one called pods by deleted pods."""
    return event.resource == plugin.removesuffix("s")


@pytest.fixture
def queue() -> SchedulingQueue:
    """An empty queue."""
    return SchedulingQueue(SchedulerSettings(), helps)


def pop(queue: SchedulingQueue, now_ms: int = 0) -> QueuedPod:
    """The next pod, which must be there."""
    found = queue.pop(now_ms)
    assert found is not None
    queue.check()
    return found


def test_the_important_come_first_then_those_who_wait_longest(queue: SchedulingQueue) -> None:
    """Priority decides, then time of arrival."""
    queue.add(pod("first"), 0)
    queue.add(pod("second"), 1)
    queue.add(pod("important", priority=10), 2)
    names = [pop(queue, 3).info.pod.name for _ in range(3)]
    assert ["important", "first", "second"] == names
    assert queue.pop(3) is None


def test_a_parked_pod_waits_for_an_event_that_helps(queue: SchedulingQueue) -> None:
    """Only what can help the filter that turned a pod away wakes it."""
    queue.add(pod("p"), 0)
    queue.put_back(pop(queue), 0, ("nodes",))
    assert not queue.on_event(POD_DELETED, 20_000)
    assert queue.pop(20_000) is None
    assert queue.on_event(NODE_ADDED, 20_000)
    assert "p" == pop(queue, 20_000).info.pod.name


def test_an_event_during_an_attempt_is_not_lost(queue: SchedulingQueue) -> None:
    """Capacity that is freed while a pod is being tried wakes the pod as soon as it is parked."""
    queue.add(pod("p"), 0)
    queued = pop(queue)
    queue.on_event(NODE_ADDED, 0)
    queue.put_back(queued, 0, ("nodes",))
    assert 1 == queue.backing_off
    assert "p" == pop(queue, 0).info.pod.name


def test_an_event_before_an_attempt_is_not_looked_at_again(queue: SchedulingQueue) -> None:
    """What happened before the attempt was seen by it."""
    queue.add(pod("p"), 0)
    queue.add(pod("q"), 1)
    first = pop(queue)
    queue.on_event(NODE_ADDED, 0)
    second = pop(queue)
    queue.put_back(second, 0, ("nodes",))
    assert not queue.can_pop()
    queue.put_back(first, 0, ("nodes",))
    assert queue.can_pop()


def test_errors_back_off_longer_each_time(queue: SchedulingQueue) -> None:
    """After errors a pod waits 1, 2, 4, 8 and then always 10 seconds, and is not tried early."""
    queue.add(pod("p"), 0)
    now_ms, waits = 0, []
    for _ in range(6):
        queue.put_back(pop(queue, now_ms), now_ms, (), error=True)
        assert queue.pop(now_ms) is None
        due_ms = queue.next_back_off_ms()
        assert due_ms is not None
        waits.append((due_ms - now_ms) // 1000)
        now_ms = due_ms
    assert [1, 2, 4, 8, 10, 10] == waits


def test_a_pod_in_back_off_is_tried_early_when_nothing_else_is(queue: SchedulingQueue) -> None:
    """An idle scheduler does not let a pod wait that an event may have helped, but active pods go first."""
    queue.add(pod("p"), 0)
    queue.put_back(pop(queue), 0, ("nodes",))
    queue.on_event(NODE_ADDED, 10)
    queue.add(pod("q"), 20)
    assert ["q", "p"] == [pop(queue, 20).info.pod.name for _ in range(2)]


def test_a_gated_pod_is_not_considered_until_its_gates_are_gone(queue: SchedulingQueue) -> None:
    """No event wakes a gated pod; removing the gates does."""
    queue.add(pod("p", schedulingGates=[{"name": "x"}]), 0)
    queue.on_event(NODE_ADDED, 0)
    queue.flush_unschedulable(10_000_000)
    assert queue.pop(10_000_000) is None
    queue.update(pod("p"), 10_000_001)
    assert "p" == pop(queue, 10_000_001).info.pod.name


def test_a_pod_parked_too_long_is_tried_again(queue: SchedulingQueue) -> None:
    """After five minutes a pod is tried again whatever has happened, at a flush every thirty seconds."""
    queue.add(pod("p"), 0)
    queue.put_back(pop(queue), 7_000, ("nodes",))
    assert 330_000 == queue.next_flush_ms()
    assert not queue.flush_unschedulable(300_000)
    assert queue.flush_unschedulable(330_000)
    assert "p" == pop(queue, 330_000).info.pod.name


def test_a_change_of_its_spec_wakes_a_parked_pod_and_its_status_does_not(
    queue: SchedulingQueue,
) -> None:
    """A pod that tolerates more may fit; the scheduler's own condition is no reason to try again."""
    queue.add(pod("p"), 0)
    queue.put_back(pop(queue), 0, ("nodes",))
    queue.update(pod("p"), 20_000)
    assert not queue.can_pop()
    queue.update(pod("p", tolerations=[{"operator": "Exists"}]), 20_000)
    assert queue.can_pop()


def test_a_deleted_pod_is_nowhere(queue: SchedulingQueue) -> None:
    """Deleting a pod takes it out of every place, also while it is in flight."""
    queue.add(pod("p"), 0)
    queued = pop(queue)
    queue.delete("uid-p")
    queue.put_back(queued, 0, ("nodes",))
    queue.check()
    assert (0, 0, 0) == (queue.active, queue.in_flight, len(list(queue.unschedulable())))
