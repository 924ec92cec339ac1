"""The subresource Scale: how many replicas are wanted and counted, whatever the kind.

An autoscaler needs nothing else of an object, so every kind that has `spec.replicas` shows it in the same small shape.
"""

from __future__ import annotations

from windtunnel.model.api.kind import Strategy
from windtunnel.model.api.selectors.labels import SelectorError, from_label_selector
from windtunnel.model.objects.json import Json

_SCALE_METADATA = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


class ScalableStrategy(Strategy):
    """The rules of kinds with a status, a counted generation and the subresource Scale."""

    has_status = True
    counts_generation = True

    def selector_text(self, spec: Json) -> str:
        """Return the selector of a spec as text; nothing if there is none that can be read. O(selector)."""
        selector = spec.get("selector")
        try:
            return str(from_label_selector(selector)) if selector else ""
        except SelectorError:
            return ""

    def scale(self, obj: Json) -> Json:
        """Return the Scale: replicas wanted and counted, and the selector as text. O(selector)."""
        metadata, spec = obj.get("metadata") or {}, obj.get("spec") or {}
        replicas = spec.get("replicas", 0)
        status = {"replicas": (obj.get("status") or {}).get("replicas", 0)}
        selector = self.selector_text(spec)
        return {
            "kind": "Scale",
            "apiVersion": "autoscaling/v1",
            "metadata": {key: metadata[key] for key in _SCALE_METADATA if key in metadata},
            "spec": {"replicas": replicas} if replicas else {},
            "status": {**status, "selector": selector} if selector else status,
        }

    def apply_scale(self, obj: Json, scale: Json) -> Json:
        """Return the object with the replicas of the Scale; the same one if it has them."""
        replicas = (scale.get("spec") or {}).get("replicas", 0)
        spec = obj.get("spec") or {}
        if spec.get("replicas") == replicas:
            return obj
        return {**obj, "spec": {**spec, "replicas": replicas}}
