"""When the change happened that a write of Endpoints is about: the oldest change since the last sync.

A pod's change is the last transition of its Ready condition, a service's is its creation. A service seen for the first
time counts from its creation.
"""

from __future__ import annotations

from collections.abc import Iterable

from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.service import Service


class TriggerTimes:
    """Remembers, for each service, the times that its last sync saw."""

    def __init__(self) -> None:
        self._seen: dict[Key, tuple[int | None, dict[str, int]]] = {}

    def changed_at_ms(self, service: Service, pods: Iterable[Pod]) -> int | None:
        """The oldest change since this service's last sync; None if nothing changed. O(pods)."""
        key = Key(service.namespace, service.name)
        known = self._seen.get(key)
        service_before, pods_before = known or (None, {})
        changes: list[int] = []
        times: dict[str, int] = {}
        for pod in pods:
            ready = condition(pod.status.conditions, "Ready")
            if ready is None or ready.last_transition_time is None:
                continue
            times[pod.name] = ready.last_transition_time
            before = pods_before.get(pod.name)
            if before is None or ready.last_transition_time > before:
                changes.append(ready.last_transition_time)
        created = service.metadata.creation_timestamp
        if created is not None and (service_before is None or created > service_before):
            changes.append(created)
        self._seen[key] = (created, times)
        if known is None:
            return created
        return min(changes, default=None)

    def forget(self, key: Key) -> None:
        """The service is gone. O(1)."""
        self._seen.pop(key, None)
