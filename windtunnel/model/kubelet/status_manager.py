"""StatusManager: carries what the kubelet knows of its pods to the API, one pod after the other.

A status is sent only when it differs from what was sent or seen last. Before a write the pod is read afresh, so that a
status of an earlier pod of the same name is not written onto a later one, and a pod that somebody else declared over
stays over. That a pod is over is not said before all its containers have ended. A failed write is repeated after a
while. When a pod that is being deleted has ended on the node, and that is written, the manager removes it for good.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.client.client import Client
from windtunnel.model.kubelet.phase import TERMINAL
from windtunnel.model.kubelet.status import status_patch
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process

_OF_PHASE = ("phase", "reason", "message")


class _Entry:
    """The status of a pod; the revision that was last written, and what was seen of the pod during a write."""

    __slots__ = ("key", "seen", "status", "written")

    def __init__(self, key: Key, status: Json) -> None:
        self.key = key
        self.status = status
        self.written = 0
        self.seen: Pod | None = None


class StatusManager:
    """Owns the latest status of each pod and which are still to be sent. has_ended(uid): nothing of a pod is left."""

    def __init__(
        self, process: Process, client: Client, retry_ms: int, has_ended: Callable[[str], bool]
    ) -> None:
        self._process = process
        self._client = client
        self._retry_ms = retry_ms
        self._has_ended = has_ended
        self._entries: dict[str, _Entry] = {}
        self._dirty: dict[str, None] = {}
        self._failed: dict[str, None] = {}
        self._sending = False
        self._in_flight = ""

    def get(self, uid: str) -> Json | None:
        """The latest status of a pod, sent or not. O(1)."""
        entry = self._entries.get(uid)
        return entry.status if entry is not None else None

    def set(self, pod: Pod, status: Json) -> bool:
        """Keep a status, and send it if it says something new; says whether it does. O(size)."""
        uid = pod.metadata.uid
        entry = self._entries.get(uid)
        before: Json = entry.status if entry is not None else pod.raw.get("status") or {}
        if before.get("phase") in TERMINAL and status.get("phase") != before["phase"]:
            status = {**status, "phase": before["phase"]}
        if entry is None:
            self._entries[uid] = _Entry(Key(pod.metadata.namespace, pod.metadata.name), status)
        else:
            entry.status = status
        if not status_patch(before, status):
            return False
        self.send(uid)
        return True

    def send(self, uid: str) -> None:
        """Compare a pod's status with the API's soon, and finish its deletion where that is due. O(1)."""
        if uid not in self._entries:
            return
        self._dirty[uid] = None
        self._failed.pop(uid, None)
        if not self._sending:
            self._sending = True
            self._process.spawn(self._send_all(), "status manager")

    def reconcile(self, pod: Pod) -> None:
        """Somebody else changed what the kubelet says about a pod: say it again after a while. O(size)."""
        uid = pod.metadata.uid
        entry = self._entries.get(uid)
        if entry is None or uid in self._dirty:
            return
        if uid == self._in_flight:
            entry.seen = pod
        elif _revision(pod) > entry.written and self.difference(pod, entry.status):
            self._retry_later(uid)

    def forget(self, uid: str) -> None:
        """The pod is gone from the API. O(1)."""
        self._entries.pop(uid, None)
        self._dirty.pop(uid, None)
        self._failed.pop(uid, None)

    def busy(self) -> str | None:
        """Whose status is still to be sent. O(1)."""
        uid = next(iter(self._dirty), None) or next(iter(self._failed), None)
        entry = self._entries.get(uid) if uid is not None else None
        if entry is not None:
            return f"{self._process.name} has yet to send the status of {entry.key}"
        return f"{self._process.name} sends a status" if self._sending else None

    async def _send_all(self) -> None:
        while self._dirty:
            uid = next(iter(self._dirty))
            del self._dirty[uid]
            self._in_flight = uid
            try:
                await self._sync(uid)
            except (ApiError, NetworkError):
                self._retry_later(uid)
            self._in_flight = ""
            self._look_at_what_was_seen(uid)
        self._sending = False

    def _look_at_what_was_seen(self, uid: str) -> None:
        """What came from the API during a write may be older than what was written, or newer."""
        entry = self._entries.get(uid)
        if entry is not None and entry.seen is not None:
            seen, entry.seen = entry.seen, None
            self.reconcile(seen)

    async def _sync(self, uid: str) -> None:
        entry = self._entries.get(uid)
        if entry is None:
            return
        key = entry.key
        try:
            pod = await self._client.get("Pod", key)
        except ApiError as error:
            if not is_not_found(error):
                raise
            self.forget(uid)
            return
        if pod.metadata.uid != uid:
            self.forget(uid)
            return
        patch = self.difference(pod, entry.status)
        if patch:
            body = {"metadata": {"uid": uid}, "status": patch}
            pod = await self._client.patch(
                "Pod", key, body, patch_type="strategic", subresource="status"
            )
        entry.written = _revision(pod)
        if pod.metadata.deleting and self._has_ended(uid) and uid not in self._dirty:
            await self._delete(uid, key)

    def difference(self, pod: Pod, status: Json) -> Json:
        """What to patch into the pod as it stands in the API; a pod that is over stays in its phase. O(size)."""
        before = pod.raw.get("status") or {}
        if before.get("phase") in TERMINAL:
            status = {**status, "phase": before["phase"]}
        elif status.get("phase") in TERMINAL and not self._has_ended(pod.metadata.uid):
            said = {field: before[field] for field in _OF_PHASE if field in before}
            status = {**status, **dict.fromkeys(_OF_PHASE), **said}
        return status_patch(before, status)

    async def _delete(self, uid: str, key: Key) -> None:
        try:
            await self._client.delete("Pod", key, uid=uid, grace_period_seconds=0)
        except ApiError as error:
            if not is_not_found(error):
                raise
        self.forget(uid)

    def _retry_later(self, uid: str) -> None:
        if uid in self._dirty or uid not in self._entries:
            return
        if not self._failed:
            process = self._process
            process.loop.after(
                process.lasts_ms(self._retry_ms),
                process.name,
                "sends failed statuses again",
                self._retry,
                process.incarnation,
                background=False,
            )
        self._failed[uid] = None

    def _retry(self, incarnation: Any) -> None:
        if self._process.alive and self._process.incarnation == incarnation:
            for uid in list(self._failed):
                self.send(uid)


def _revision(pod: Pod) -> int:
    return int(pod.metadata.resource_version or 0)
