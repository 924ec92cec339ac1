"""ReplicationController: so many pods with these labels.

Its selector is a plain map. Without one it takes the labels of its template, and so do its own labels. A
delete that says nothing else leaves its pods behind.
"""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, required
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds.pod_template import (
    POD_TEMPLATE_SPEC,
    template_labels,
    validate_controller_template,
)
from windtunnel.model.api.kinds.replica_scale import (
    ReplicaStrategy,
    status_schema,
    validate_not_negative,
)
from windtunnel.model.api.schema import INTEGER, OMITTED_ZERO, STRING_MAP, Object, resource
from windtunnel.model.api.selectors.labels import from_match_labels
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

SCHEMA = resource(
    "ReplicationController",
    {
        "spec": Object(
            {
                "replicas": INTEGER,
                "minReadySeconds": OMITTED_ZERO,
                "selector": STRING_MAP,
                "template": POD_TEMPLATE_SPEC,
            },
            "ReplicationControllerSpec",
            shared=True,
        ),
        "status": status_schema("ReplicationController"),
    },
)


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    causes = validate_not_negative(spec, ("minReadySeconds",), "spec")
    selector, template = spec.get("selector"), spec.get("template")
    if not selector:
        causes.append(required("spec.selector"))
    causes += validate_not_negative(spec, ("replicas",), "spec")
    if template is None:
        causes.append(required("spec.template"))
    else:
        matches = from_match_labels(selector).matches(template_labels(template))
        causes += validate_controller_template(
            template, matches, "ReplicationController", "spec.template"
        )
    return tuple(causes)


class ReplicationControllerStrategy(ReplicaStrategy):
    """The rules of ReplicationControllers."""

    default_propagation = "Orphan"

    def default(self, obj: Json) -> Json:
        """Take the selector and the labels from the template where there are none."""
        obj = super().default(obj)
        spec, metadata = obj["spec"], obj.get("metadata") or {}
        labels = template_labels(spec.get("template") or {})
        if labels and not spec.get("selector"):
            obj = {**obj, "spec": {**spec, "selector": labels}}
        if labels and not metadata.get("labels"):
            obj = {**obj, "metadata": {**metadata, "labels": labels}}
        return obj

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check selector, replicas and template."""
        return list(_validate_spec(obj.get("spec") or {}))

    def selector_text(self, spec: Json) -> str:
        """Return the selector as text."""
        selector = spec.get("selector")
        return str(from_match_labels(selector)) if selector else ""


KIND = Kind(
    "ReplicationController",
    "replicationcontrollers",
    "",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=ReplicationControllerStrategy(),
    subresources=("status", "scale"),
    short_names=("rc",),
    categories=("all",),
)
