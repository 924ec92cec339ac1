"""Service: one name and address for a changing set of pods."""

from windtunnel.model.api.kinds.service.strategy import KIND

__all__ = ["KIND"]
