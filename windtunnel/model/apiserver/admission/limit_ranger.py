"""LimitRanger: gives containers the requests and limits that they leave out, and refuses what is out of bounds.

The defaults come before the object is validated, the bounds are checked afterwards. Pods are looked at when they are
made, as their resources do not change later; claims also when they change.

Not modelled: the subresource resize of pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from windtunnel.model.api import errors
from windtunnel.model.api.quantity import Quantity
from windtunnel.model.api.resource_list import read_resource_list
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.apiserver.admission.limits import violations
from windtunnel.model.apiserver.admission.namespaced_lister import NamespacedLister
from windtunnel.model.apiserver.admission.plugin import Plugin
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.storage import Storage
from windtunnel.model.objects.json import Json

LIMIT_RANGES = "limitranges"
CLAIMS = "persistentvolumeclaims"
ANNOTATION = "kubernetes.io/limit-ranger"

Amounts = tuple[tuple[str, str], ...]


class LimitRanger(Plugin):
    """Applies the LimitRanges of a namespace to its pods and claims."""

    resources = ("pods", CLAIMS)

    def __init__(self, storage: Storage) -> None:
        self.lister = NamespacedLister(storage, LIMIT_RANGES)

    def concerns(self, resource: str, method: str) -> bool:
        """Defaults are for pods; of updates only those of claims are looked at."""
        if method == "create":
            return resource == "pods"
        if method == "validate_update":
            return resource == CLAIMS
        return super().concerns(resource, method)

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """A new pod: fill in the defaults."""
        if self.lister.is_unused:
            return obj
        for limit_range in await self.lister.list(context.namespace):
            obj = self.with_defaults(obj, limit_range.raw)
        return obj

    async def validate_create(self, context: RequestContext, obj: Json) -> None:
        """A new pod or claim: 403 for one that is out of bounds."""
        if not self.lister.is_unused:
            await self.check(context, obj)

    async def validate_update(self, context: RequestContext, obj: Json, old: Json) -> None:
        """A changed claim, unless it is on its way out."""
        going = (old.get("metadata") or {}).get("deletionTimestamp")
        if not (self.lister.is_unused or going or context.request.subresource):
            await self.check(context, obj)

    def with_defaults(self, pod: Json, limit_range: Json) -> Json:
        """The pod with the defaults of one LimitRange, and with a note of what was filled in."""
        requests, limits = default_amounts(limit_range.get("spec") or {})
        if not requests and not limits:
            return pod
        spec = pod.get("spec") or {}
        notes = default_notes(spec, requests, limits)
        if not notes:
            return pod
        metadata = pod.get("metadata") or {}
        annotations = {
            **(metadata.get("annotations") or {}),
            ANNOTATION: f"LimitRanger plugin set: {'; '.join(notes)}",
        }
        return {
            **pod,
            "metadata": {**metadata, "annotations": annotations},
            "spec": with_default_resources(spec, requests, limits),
        }

    async def check(self, context: RequestContext, obj: Json) -> None:
        """Raise 403 with all that one LimitRange has against the object."""
        for limit_range in await self.lister.list(context.namespace):
            found = self.violations(context, obj, limit_range.raw)
            if found:
                name = (obj.get("metadata") or {}).get("name", "")
                text = found[0] if len(found) == 1 else f"[{', '.join(found)}]"
                raise errors.forbidden_error(context.kind, name, text)

    def violations(self, context: RequestContext, obj: Json, limit_range: Json) -> tuple[str, ...]:
        """What one LimitRange has against the object, each once."""
        items = (limit_range.get("spec") or {}).get("limits") or ()
        return violations(context.kind.kind, obj.get("spec") or {}, items)


@remembered
def default_amounts(spec: Json) -> tuple[Amounts, Amounts]:
    """The default requests and limits of containers in the spec of a LimitRange, by name. O(limits), remembered."""
    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}
    for item in spec.get("limits") or ():
        if item.get("type") == "Container":
            requests.update(read_resource_list(item.get("defaultRequest")))
            limits.update(read_resource_list(item.get("default")))
    return _sorted(requests), _sorted(limits)


def _sorted(amounts: Mapping[str, Quantity]) -> Amounts:
    return tuple((name, str(amounts[name])) for name in sorted(amounts))


@remembered
def with_default_resources(spec: Json, requests: Amounts, limits: Amounts) -> Json:
    """The spec of a pod whose containers have these unless they have their own. O(containers), remembered."""
    changed = {
        part: [_completed(container, requests, limits) for container in spec[part]]
        for part in ("containers", "initContainers")
        if spec.get(part)
    }
    return {**spec, **changed}


def _completed(container: Json, requests: Amounts, limits: Amounts) -> Json:
    resources = container.get("resources") or {}
    completed = dict(resources)
    for part, defaults in (("limits", limits), ("requests", requests)):
        amounts = {**dict(defaults), **(resources.get(part) or {})}
        if amounts:
            completed[part] = amounts
    return {**container, "resources": completed}


@remembered
def default_notes(spec: Json, requests: Amounts, limits: Amounts) -> tuple[str, ...]:
    """What is filled in where, as the annotation tells it. O(containers), remembered."""
    notes: list[str] = []
    for part, title in (("containers", "container"), ("initContainers", "init container")):
        for container in spec.get(part) or ():
            resources = container.get("resources") or {}
            for sort, defaults in (("request", requests), ("limit", limits)):
                lacking = _lacking(defaults, resources.get(f"{sort}s") or {})
                if lacking:
                    notes.append(f"{lacking} {sort} for {title} {container.get('name', '')}")
    return tuple(notes)


def _lacking(defaults: Iterable[tuple[str, str]], given: Mapping[str, str]) -> str:
    return ", ".join(name for name, _ in defaults if name not in given)
