"""ReplicaSet: the ReplicationController of today, with a structured selector that never changes."""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, invalid, required
from windtunnel.model.api.kind import Kind, with_part
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
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.schema import INTEGER, LABEL_SELECTOR, OMITTED_ZERO, Object, resource
from windtunnel.model.api.selectors.labels import (
    SelectorError,
    from_label_selector,
    validate_label_selector,
)
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

SCHEMA = resource(
    "ReplicaSet",
    {
        "spec": Object(
            {
                "replicas": INTEGER,
                "minReadySeconds": OMITTED_ZERO,
                "selector": LABEL_SELECTOR,
                "template": POD_TEMPLATE_SPEC,
            },
            "ReplicaSetSpec",
            shared=True,
        ),
        "status": status_schema("ReplicaSet"),
    },
)


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    causes = validate_not_negative(spec, ("replicas", "minReadySeconds"), "spec")
    selector = spec.get("selector")
    if selector is None:
        causes.append(required("spec.selector"))
    else:
        causes += validate_label_selector(selector, "spec.selector")
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            detail = "empty selector is invalid for deployment"
            causes.append(invalid("spec.selector", selector, detail))
    template = spec.get("template") or {}
    try:
        matches = from_label_selector(selector).matches(template_labels(template))
    except SelectorError:
        causes.append(invalid("spec.selector", selector, "invalid label selector"))
    else:
        causes += validate_controller_template(template, matches, "ReplicaSet", "spec.template")
    return tuple(causes)


class ReplicaSetStrategy(ReplicaStrategy):
    """The rules of ReplicaSets."""

    def default(self, obj: Json) -> Json:
        """Fill in the defaults of the template too where there is none: it is no pointer here."""
        spec = obj.get("spec") or {}
        if "template" not in spec:
            obj = with_part(obj, "spec", {**spec, "template": {}})
        return super().default(obj)

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check selector, replicas and template."""
        return list(_validate_spec(obj.get("spec") or {}))

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the spec, and that the selector is the old one."""
        causes = self.validate_own(new)
        selector = (new.get("spec") or {}).get("selector")
        if selector != (old.get("spec") or {}).get("selector"):
            causes.append(invalid("spec.selector", selector, IMMUTABLE))
        return causes


KIND = Kind(
    "ReplicaSet",
    "replicasets",
    "apps",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=ReplicaSetStrategy(),
    subresources=("status", "scale"),
    short_names=("rs",),
    categories=("all",),
)
