"""A taint eviction controller that evicts at once who tolerates a taint only for a while."""

from __future__ import annotations

from windtunnel.model.controllers.taint_eviction.controller import TaintEviction
from windtunnel.model.objects.pod import Pod


class TaintEvictionWithoutPatience(TaintEviction):
    """Does not read tolerationSeconds."""

    def plan(self, pod: Pod, seconds: int) -> None:
        """Now."""
        super().plan(pod, 0)
