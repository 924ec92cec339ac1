"""A reflector that lists at resourceVersion 0: whatever the server has, however old (kubernetes#59848).

A kubelet that is restarted, and meets an API server that is behind, starts a pod again that was deleted meanwhile, and
that may run elsewhere under the same name.
"""

from __future__ import annotations

from windtunnel.model.client.reflector import Reflector


class ReflectorTrustingAnyServer(Reflector):
    """Takes any state for the state of now (kubernetes#59848)."""

    def list_revision(self) -> str:
        """Any."""
        return "0"
