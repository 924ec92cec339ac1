"""Area services: defaulting, validation, and the allocation of cluster IPs and node ports."""

from __future__ import annotations

from windtunnel.conformance.sequences import needs, run

__all__ = ["needs", "run"]
