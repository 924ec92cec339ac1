"""SchedulingQueue: the pods that wait for a node, in three places.

Active pods are tried next, the most important first, then the one that waits longest. A pod that fitted nowhere is
parked as unschedulable until an event that can help one of the filters that turned it away, or for five minutes. A
pod that is woken before its back-off (1 s, doubling to 10 s) is over waits in the back-off queue; when nothing else
is active, such a pod is tried early, but one that failed with an error is not.

An event that comes while a pod is being tried, or bound, is not lost: it is remembered and looked at when the pod is
parked.

Not modelled: the one-second windows in which Kubernetes orders the back-off queue; pod groups.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.scheduler.framework import ClusterEvent
from windtunnel.model.scheduler.node_info import PodInfo
from windtunnel.model.settings import SchedulerSettings

FLUSH_INTERVAL_MS = 30_000

ACTIVE = "active"
BACK_OFF = "back-off"
ERROR_BACK_OFF = "back-off after an error"
UNSCHEDULABLE = "unschedulable"
GATED = "gated"
IN_FLIGHT = "in flight"
GONE = "gone"


class QueuedPod:
    """A pod in the queue, with the history of its attempts."""

    __slots__ = (
        "added_ms", "attempts", "errors", "info", "parked_ms", "place", "plugins", "ready_ms",
        "ticket", "unschedulables",
    )  # fmt: skip

    def __init__(self, info: PodInfo, added_ms: int) -> None:
        self.info = info
        self.added_ms = added_ms
        self.parked_ms = 0
        self.ready_ms = 0
        self.attempts = 0
        self.unschedulables = 0
        self.errors = 0
        self.plugins: tuple[str, ...] = ()
        self.place = GONE
        self.ticket = 0

    @property
    def key(self) -> Key:
        """Namespace and name."""
        metadata = self.info.pod.metadata
        return Key(metadata.namespace, metadata.name)


def _differs(before: Pod, after: Pod) -> bool:
    if before.metadata.labels != after.metadata.labels:
        return True
    return before.raw.get("spec") is not after.raw.get("spec") and before.spec != after.spec


class SchedulingQueue:
    """Owns the waiting pods. may_help(pod, plugin name, event) asks a filter whether an event is worth another try."""

    def __init__(
        self, settings: SchedulerSettings, may_help: Callable[[PodInfo, str, ClusterEvent], bool]
    ) -> None:
        self._settings = settings
        self._may_help = may_help
        self._pods: dict[str, QueuedPod] = {}
        self._active: list[tuple[int, int, int, QueuedPod]] = []
        self._back_off: dict[str, list[tuple[int, int, QueuedPod]]] = {
            BACK_OFF: [],
            ERROR_BACK_OFF: [],
        }
        self._unschedulable: dict[str, QueuedPod] = {}
        self._in_flight: dict[str, int] = {}
        self._events: list[ClusterEvent] = []
        self._events_dropped = 0
        self._tickets = 0
        self._counts = {ACTIVE: 0, BACK_OFF: 0, ERROR_BACK_OFF: 0}

    # -- pods come and go ------------------------------------------------------------------------------------------

    def add(self, pod: Pod, now_ms: int) -> None:
        """A pod without a node came. O(log n)."""
        queued = QueuedPod(PodInfo(pod), now_ms)
        self._pods[queued.info.uid] = queued
        if pod.spec.scheduling_gates:
            self._place(queued, GATED)
        else:
            self._activate(queued)

    def update(self, pod: Pod, now_ms: int) -> None:
        """A pod that waits changed: a change of its own can make it fit, a change of its status cannot. O(log n)."""
        queued = self._pods.get(pod.metadata.uid)
        if queued is None:
            self.add(pod, now_ms)
            return
        before = queued.info.pod
        queued.info = queued.info.renewed(pod)
        if queued.place == GATED:
            if not pod.spec.scheduling_gates:
                self._activate(queued)
        elif queued.place == UNSCHEDULABLE and _differs(before, pod):
            self._wake(queued, now_ms)

    def delete(self, uid: str) -> None:
        """A pod is gone, or has a node now. O(1)."""
        queued = self._pods.pop(uid, None)
        if queued is None:
            return
        self._unschedulable.pop(uid, None)
        self._done(uid)
        self._place(queued, GONE)

    # -- attempts --------------------------------------------------------------------------------------------------

    def pop(self, now_ms: int) -> QueuedPod | None:
        """The pod to try next, in flight from now on; None when there is none to try now. O(log n)."""
        self.flush_back_off(now_ms)
        queued = self._next_active() or self._next_of(BACK_OFF)
        if queued is None:
            return None
        self._place(queued, IN_FLIGHT)
        queued.attempts += 1
        self._in_flight[queued.info.uid] = self._events_dropped + len(self._events)
        return queued

    def done(self, uid: str) -> None:
        """A pod was bound: it no longer waits. O(1)."""
        self.delete(uid)

    def put_back(
        self, queued: QueuedPod, now_ms: int, plugins: tuple[str, ...], *, error: bool = False
    ) -> None:
        """An attempt failed: back off after an error, else park until an event helps; one may have come. O(events)."""
        uid = queued.info.uid
        start = self._in_flight.get(uid)
        if self._pods.get(uid) is not queued or start is None:
            return
        missed = self._events[start - self._events_dropped :]
        self._done(uid)
        queued.plugins = plugins
        if error:
            queued.errors += 1
            failures = queued.errors
        else:
            queued.errors = 0
            queued.unschedulables += 1
            failures = queued.unschedulables
        queued.added_ms = now_ms
        queued.ready_ms = now_ms + self.back_off_ms(failures)
        if error:
            self._to_back_off(queued, ERROR_BACK_OFF)
        elif any(self._is_help(queued, event) for event in missed):
            self._to_back_off(queued, BACK_OFF)
        else:
            self._park(queued, now_ms)

    def back_off_ms(self, failures: int) -> int:
        """How long a pod backs off after so many failures. O(1)."""
        initial_ms, most_ms = (
            self._settings.pod_initial_backoff_ms,
            self._settings.pod_max_backoff_ms,
        )
        return min(initial_ms << min(max(failures - 1, 0), 20), most_ms)

    def activate(self, uid: str) -> bool:
        """Try a pod at once, whatever it waits for; says whether it waited. O(log n)."""
        queued = self._pods.get(uid)
        if queued is None or queued.place not in (UNSCHEDULABLE, BACK_OFF, ERROR_BACK_OFF):
            return False
        self._unschedulable.pop(uid, None)
        self._activate(queued)
        return True

    # -- what wakes pods -------------------------------------------------------------------------------------------

    def on_event(self, event: ClusterEvent, now_ms: int) -> bool:
        """Wake the parked pods that an event can help; says whether there was one. O(parked pods)."""
        if self._in_flight:
            self._events.append(event)
        woken = [pod for pod in self._unschedulable.values() if self._is_help(pod, event)]
        for queued in woken:
            self._wake(queued, now_ms)
        return bool(woken)

    def flush_unschedulable(self, now_ms: int) -> bool:
        """Wake the pods that have been parked too long; says whether there was one. O(parked pods)."""
        limit_ms = now_ms - self._settings.unschedulable_flush_ms
        parked = [pod for pod in self._unschedulable.values() if pod.parked_ms <= limit_ms]
        for queued in parked:
            self._wake(queued, now_ms)
        return bool(parked)

    def flush_back_off(self, now_ms: int) -> None:
        """Activate the pods whose back-off is over. O(log n) each."""
        for place, heap in self._back_off.items():
            while self._counts[place] and heap and heap[0][0] <= now_ms:
                _, ticket, queued = heapq.heappop(heap)
                if queued.ticket == ticket:
                    self._activate(queued)

    def next_back_off_ms(self) -> int | None:
        """When the next back-off is over, None without one. Amortised O(log n)."""
        due = []
        for heap in self._back_off.values():
            while heap and heap[0][2].ticket != heap[0][1]:
                heapq.heappop(heap)
            if heap:
                due.append(heap[0][0])
        return min(due, default=None)

    def next_flush_ms(self) -> int | None:
        """When the flush next finds a pod that was parked too long, None without one. O(1)."""
        first = next(iter(self._unschedulable.values()), None)  # they are in the order of parking
        if first is None:
            return None
        due_ms = first.parked_ms + self._settings.unschedulable_flush_ms
        return -(-due_ms // FLUSH_INTERVAL_MS) * FLUSH_INTERVAL_MS

    # -- questions -------------------------------------------------------------------------------------------------

    def get(self, uid: str) -> QueuedPod | None:
        """The entry of a pod. O(1)."""
        return self._pods.get(uid)

    def can_pop(self) -> bool:
        """Whether there is a pod to try now. O(1)."""
        return bool(self._counts[ACTIVE] or self._counts[BACK_OFF])

    @property
    def active(self) -> int:
        """How many pods can be tried now. O(1)."""
        return self._counts[ACTIVE]

    @property
    def backing_off(self) -> int:
        """How many pods back off. O(1)."""
        return self._counts[BACK_OFF] + self._counts[ERROR_BACK_OFF]

    @property
    def in_flight(self) -> int:
        """How many pods are being tried or bound. O(1)."""
        return len(self._in_flight)

    def unschedulable(self) -> Iterable[QueuedPod]:
        """The parked pods. O(1) a step."""
        return self._unschedulable.values()

    def check(self) -> None:
        """Each pod is in the one place that it says it is in. Raises AssertionError. O(pods)."""
        places = (*self._counts, UNSCHEDULABLE, GATED, IN_FLIGHT, GONE)
        counts = dict.fromkeys(places, 0)
        for uid, queued in self._pods.items():
            counts[queued.place] += 1
            if (queued.place == UNSCHEDULABLE) is not (uid in self._unschedulable):
                raise AssertionError(f"{queued.key} is not {queued.place}")
            if (queued.place == IN_FLIGHT) is not (uid in self._in_flight):
                raise AssertionError(f"{queued.key} is not {queued.place}")
        if counts[GONE] or any(counts[place] != n for place, n in self._counts.items()):
            raise AssertionError(f"{counts} pods, {self._counts} counted")

    # -- moves -----------------------------------------------------------------------------------------------------

    def _is_help(self, queued: QueuedPod, event: ClusterEvent) -> bool:
        if not queued.plugins:
            return True
        return any(self._may_help(queued.info, plugin, event) for plugin in queued.plugins)

    def _wake(self, queued: QueuedPod, now_ms: int) -> None:
        del self._unschedulable[queued.info.uid]
        if queued.ready_ms > now_ms:
            self._to_back_off(queued, BACK_OFF)
        else:
            self._activate(queued)

    def _activate(self, queued: QueuedPod) -> None:
        self._place(queued, ACTIVE)
        priority = queued.info.pod.spec.priority
        heapq.heappush(self._active, (-priority, queued.added_ms, queued.ticket, queued))

    def _to_back_off(self, queued: QueuedPod, place: str) -> None:
        self._place(queued, place)
        heapq.heappush(self._back_off[place], (queued.ready_ms, queued.ticket, queued))

    def _park(self, queued: QueuedPod, now_ms: int) -> None:
        self._place(queued, UNSCHEDULABLE)
        queued.parked_ms = now_ms
        self._unschedulable[queued.info.uid] = queued

    def _place(self, queued: QueuedPod, place: str) -> None:
        if queued.place in self._counts:
            self._counts[queued.place] -= 1
        if place in self._counts:
            self._counts[place] += 1
        queued.place = place
        # A heap entry of an earlier place has an older ticket and is passed over.
        self._tickets += 1
        queued.ticket = self._tickets

    def _next_active(self) -> QueuedPod | None:
        while self._active:
            _, _, ticket, queued = heapq.heappop(self._active)
            if queued.ticket == ticket:
                return queued
        return None

    def _next_of(self, place: str) -> QueuedPod | None:
        heap = self._back_off[place]
        while heap:
            _, ticket, queued = heapq.heappop(heap)
            if queued.ticket == ticket:
                return queued
        return None

    def _done(self, uid: str) -> None:
        if self._in_flight.pop(uid, None) is None:
            return
        # Events are kept from the start of the oldest attempt that is still on its way.
        oldest = next(iter(self._in_flight.values()), None)
        if oldest is None:
            self._events_dropped += len(self._events)
            self._events = []
        elif oldest - self._events_dropped > 256:
            del self._events[: oldest - self._events_dropped]
            self._events_dropped = oldest
