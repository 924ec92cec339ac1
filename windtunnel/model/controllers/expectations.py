"""What a controller has asked for and not yet seen in its cache.

Before it creates or deletes pods, a controller notes how many it expects; each one that its cache shows lowers the
count, and a request that failed lowers it too. While something is outstanding the controller does not count pods, for
its cache is known to be behind. Expectations that nobody meets lapse after a while (5 minutes), because an object can
come and go without the cache ever showing it.

Correction: when expectations lapse the controller is called at once. Kubernetes 1.36 does not call it before the next
event about the controller or its pods, or the next resync, 12 to 24 hours later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import define

from windtunnel.model.objects.record import Key
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.process import Process


@define(eq=False)
class Outstanding:
    """What is expected for one key: creations by number, deletions by the pods' UIDs."""

    set_at_ms: int
    creations: int
    deletions: dict[str, None]
    lapse: Event | None = None

    @property
    def fulfilled(self) -> bool:
        """Whether nothing is outstanding."""
        return self.creations <= 0 and not self.deletions


class Expectations:
    """The expectations of one controller, by the key of the workload that it acts for."""

    def __init__(self, process: Process, timeout_ms: int, lapsed: Callable[[Key], None]) -> None:
        self._process = process
        self._incarnation = process.incarnation
        self._timeout_ms = timeout_ms
        self._lapsed = lapsed
        self._by_key: dict[Key, Outstanding] = {}
        self._open: dict[Key, None] = {}
        """The keys whose expectations are not yet met, so that asking for them costs nothing at rest."""

    def satisfied(self, key: Key) -> bool:
        """Whether the controller may act: nothing is outstanding, or it has been for too long. O(1)."""
        found = self._by_key.get(key)
        return (
            found is None
            or found.fulfilled
            or self._process.now_ms - found.set_at_ms >= self._timeout_ms
        )

    def expect_creations(self, key: Key, count: int) -> None:
        """From now on so many pods are to show up. O(log n)."""
        self._set(key, count, ())

    def expect_deletions(self, key: Key, pod_uids: Iterable[str]) -> None:
        """From now on these pods are to be deleted, or marked as such. O(pods)."""
        self._set(key, 0, pod_uids)

    def creation_observed(self, key: Key) -> None:
        """A pod showed up, or its creation failed. O(1)."""
        found = self._by_key.get(key)
        if found is not None:
            found.creations -= 1
            self._check(key, found)

    def deletion_observed(self, key: Key, pod_uid: str) -> None:
        """A pod is gone or going, or its deletion failed. O(1)."""
        found = self._by_key.get(key)
        if found is not None:
            found.deletions.pop(pod_uid, None)
            self._check(key, found)

    def forget(self, key: Key) -> None:
        """The workload is gone. O(1)."""
        found = self._by_key.pop(key, None)
        self._open.pop(key, None)
        if found is not None:
            self._cancel(found)

    def outstanding(self) -> str | None:
        """In words what is still outstanding, or None. O(keys with something outstanding)."""
        for key in self._open:
            if not self.satisfied(key):
                found = self._by_key[key]
                what = (
                    f"{found.creations} pods that were created"
                    if found.creations > 0
                    else f"{len(found.deletions)} deletions"
                )
                return f"{key} waits for its cache to show {what}"
        return None

    def _set(self, key: Key, creations: int, pod_uids: Iterable[str]) -> None:
        self.forget(key)
        process = self._process
        found = Outstanding(process.now_ms, creations, dict.fromkeys(pod_uids))
        found.lapse = process.loop.after(
            process.lasts_ms(self._timeout_ms),
            process.name,
            f"gives up waiting for pods of {key}",
            self._lapse,
            key,
            background=True,
        )
        self._by_key[key] = found
        self._open[key] = None

    def _lapse(self, key: Key) -> None:
        # The timer is a background one, so that a process that died does not keep the cluster from settling; what it
        # brings is foreground work.
        process = self._process
        process.loop.after(0, process.name, f"{key} goes on", self._go_on, key, background=False)

    def _go_on(self, key: Key) -> None:
        if self._process.alive and self._process.incarnation == self._incarnation:
            self._lapsed(key)

    def _check(self, key: Key, found: Outstanding) -> None:
        if found.fulfilled:
            self._open.pop(key, None)
            self._cancel(found)

    def _cancel(self, found: Outstanding) -> None:
        if found.lapse is not None:
            self._process.loop.cancel(found.lapse)
            found.lapse = None
