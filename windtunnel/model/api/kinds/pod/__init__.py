"""Pod: the unit that is scheduled and run; by far the largest schema and the most rules."""

from windtunnel.model.api.kinds.pod.strategy import KIND

__all__ = ["KIND"]
