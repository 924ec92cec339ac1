"""Priority: the number behind a pod's priorityClassName, 0 for a pod without one.

The two classes of the system are always there; others are PriorityClass objects in the store.

Not modelled: that at most one PriorityClass is the global default (the first by name counts).
"""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.apiserver.admission.plugin import Plugin
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.storage import Storage
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import StoreKey

SYSTEM_CLASSES = {
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}
CLASSES = "priorityclasses.scheduling.k8s.io"
PREEMPT = "PreemptLowerPriority"


class Priority(Plugin):
    """Resolves the priority of pods."""

    resources = ("pods",)

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """A new pod: 403 for a class that does not exist, or a number that is not the class's."""
        spec = obj.get("spec") or {}
        name = spec.get("priorityClassName", "")
        value, policy = await self.resolve(context, obj, name)
        given = spec.get("priority")
        if given is not None and given != value:
            message = (
                f"the integer value of priority ({given}) must not be provided in pod spec; "
                f"priority admission controller computed {value} from the given PriorityClass name"
            )
            raise self.refusal(context, obj, message)
        chosen = spec.get("preemptionPolicy")
        if chosen is not None and chosen != policy:
            message = (
                f"the string value of PreemptionPolicy ({chosen}) must not be provided in pod spec; "
                f"priority admission controller computed {policy} from the given PriorityClass name"
            )
            raise self.refusal(context, obj, message)
        return {**obj, "spec": with_priority(spec, value, policy)}

    def update(self, context: RequestContext, obj: Json, old: Json) -> Json:
        """A changed pod keeps the priority that it leaves out."""
        spec, before = obj.get("spec") or {}, old.get("spec") or {}
        if context.request.subresource or spec is before:
            return obj
        kept = {
            key: before[key]
            for key in ("priority", "preemptionPolicy")
            if key in before and key not in spec
        }
        return {**obj, "spec": {**spec, **kept}} if kept else obj

    async def resolve(self, context: RequestContext, obj: Json, name: str) -> tuple[int, str]:
        """The number and the preemption policy behind the name of a class."""
        if not name:
            return 0, PREEMPT
        if name in SYSTEM_CLASSES:
            return SYSTEM_CLASSES[name], PREEMPT
        record = await self.storage.read(StoreKey(CLASSES, "", name))
        if record is None:
            raise self.refusal(context, obj, f"no PriorityClass with name {name} was found")
        return record.raw.get("value", 0), record.raw.get("preemptionPolicy", PREEMPT)

    def refusal(self, context: RequestContext, obj: Json, message: str) -> errors.ApiError:
        """The error that refuses a pod."""
        name = (obj.get("metadata") or {}).get("name", "")
        return errors.forbidden_error(context.kind, name, message)


@remembered
def with_priority(spec: Json, value: int, policy: str) -> Json:
    """The spec of a pod with its priority. Remembered."""
    if spec.get("priority") == value and spec.get("preemptionPolicy") == policy:
        return spec
    return {**spec, "priority": value, "preemptionPolicy": policy}
