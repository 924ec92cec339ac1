"""Cached results of probes, by container instance: what the last probes of each kind came to.

Results are kept by container ID, so that a new instance of a container never inherits what the old one earned.
"""

from __future__ import annotations

from collections.abc import Callable

READINESS, LIVENESS, STARTUP = "readiness", "liveness", "startup"
KINDS = (STARTUP, LIVENESS, READINESS)

SUCCESS, FAILURE, UNKNOWN = "Success", "Failure", "Unknown"
INITIAL = {READINESS: FAILURE, LIVENESS: SUCCESS, STARTUP: UNKNOWN}


class ProbeResults:
    """Owns the results of one kubelet; on_change(pod_uid, kind) is called when one changes."""

    def __init__(self, on_change: Callable[[str, str], None] = lambda pod_uid, kind: None) -> None:
        self._results: dict[tuple[str, str], str] = {}
        self._on_change = on_change

    def get(self, kind: str, container_id: str) -> str | None:
        """The cached result, None where there is none. O(1)."""
        return self._results.get((kind, container_id))

    def set(self, kind: str, container_id: str, result: str, pod_uid: str) -> None:
        """Keep a result and tell of it if it is news. O(1)."""
        if self._results.get((kind, container_id)) != result:
            self._results[kind, container_id] = result
            self._on_change(pod_uid, kind)

    def begin(self, kind: str, container_id: str, result: str) -> None:
        """Keep the result that an instance starts from; that is no news to anybody. O(1)."""
        self._results[kind, container_id] = result

    def remove(self, kind: str, container_id: str) -> None:
        """Forget a result. O(1)."""
        self._results.pop((kind, container_id), None)
