"""ControllerRevision: one version of what a StatefulSet or DaemonSet was told. Its data never changes."""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, invalid, required
from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.kinds.replica_scale import NOT_NEGATIVE
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.schema import ANY, LONG, resource
from windtunnel.model.objects.json import Json


class ControllerRevisionStrategy(Strategy):
    """The rules of revisions."""

    def default(self, obj: Json) -> Json:
        """Show the number, be it zero."""
        return completed(obj, {"revision": 0})

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check that the number is one, and that there is data."""
        number = obj.get("revision", 0)
        causes = [invalid("revision", number, NOT_NEGATIVE)] if number < 0 else []
        if obj.get("data") is None:
            causes.append(required("data", "data is mandatory"))
        return causes

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the number, and that the data is the old one."""
        causes = self.validate_own(new)
        if new.get("data") != old.get("data"):
            causes.append(invalid("data", new.get("data"), IMMUTABLE))
        return causes


KIND = Kind(
    "ControllerRevision",
    "controllerrevisions",
    "apps",
    "v1",
    namespaced=True,
    schema=resource("ControllerRevision", {"data": ANY, "revision": LONG}),
    strategy=ControllerRevisionStrategy(),
)
