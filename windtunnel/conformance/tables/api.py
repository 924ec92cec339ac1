"""Area api: how the API server answers sequences of requests."""

from __future__ import annotations

from windtunnel.conformance.sequences import needs, run

__all__ = ["needs", "run"]
