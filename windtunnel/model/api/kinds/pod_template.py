"""Pod templates: the pod inside a ReplicationController or ReplicaSet, and the PodTemplate kind.

A template has the defaults and the rules of a pod spec, at the path of the template. The rules that all
long-running controllers add to it (the selector must match its labels, its pods must restart always) are
here too.
"""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, forbidden, invalid, not_supported
from windtunnel.model.api.kind import Kind, Strategy, with_generation
from windtunnel.model.api.kinds.pod.defaults import default_pod_spec
from windtunnel.model.api.kinds.pod.schema import POD_SPEC
from windtunnel.model.api.kinds.pod.validation import validate_pod_annotations, validate_pod_spec
from windtunnel.model.api.metadata import validate_annotations, validate_labels
from windtunnel.model.api.schema import OBJECT_META, Object, resource
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

POD_TEMPLATE_SPEC = Object(
    {"metadata": OBJECT_META, "spec": POD_SPEC}, "PodTemplateSpec", shared=True
)
MISMATCH = "`selector` does not match template `labels`"


@remembered
def default_template(template: Json) -> Json:
    """Return the template with the defaults of its pod spec. O(containers), remembered."""
    before = template.get("spec")
    spec = default_pod_spec(before if before is not None else {})
    return template if spec is before else {**template, "spec": spec}


@remembered
def validate_template(template: Json, path: str) -> tuple[Cause, ...]:
    """Return what is wrong with a template at the path. O(fields), remembered."""
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    causes: list[Cause] = []
    if metadata.get("labels"):
        causes += validate_labels(metadata["labels"], f"{path}.labels")
    annotations = metadata.get("annotations")
    if annotations:
        causes += validate_annotations(annotations, f"{path}.annotations")
        causes += validate_pod_annotations(annotations, spec, f"{path}.annotations")
    causes += validate_pod_spec(spec, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        detail = "ephemeral containers not allowed in pod template"
        causes.append(forbidden(f"{path}.spec.ephemeralContainers", detail))
    return tuple(causes)


def template_labels(template: Json) -> Json:
    """Return the labels that pods of the template will have. O(1)."""
    labels: Json = (template.get("metadata") or {}).get("labels") or {}
    return labels


def validate_controller_template(
    template: Json, matches: bool, controller: str, path: str
) -> list[Cause]:
    """Return what is wrong with the template of a controller (its kind's name). O(fields), remembered.

    `matches` says whether the controller's selector selects the pods of the template.
    """
    causes: list[Cause] = []
    spec = template.get("spec") or {}
    if not matches:
        labels = template_labels(template)
        causes.append(invalid(f"{path}.metadata.labels", labels, MISMATCH))
    causes += validate_template(template, path)
    policy = spec.get("restartPolicy", "")
    if policy != "Always":
        causes.append(not_supported(f"{path}.spec.restartPolicy", policy, ("Always",)))
    if spec.get("activeDeadlineSeconds") is not None:
        detail = f"activeDeadlineSeconds in {controller} is not Supported"
        causes.append(forbidden(f"{path}.spec.activeDeadlineSeconds", detail))
    return causes


class PodTemplateStrategy(Strategy):
    """The rules of PodTemplates, whose generation counts changes of the template."""

    def default(self, obj: Json) -> Json:
        """Fill in the defaults of the template."""
        before = obj.get("template")
        template = default_template(before if before is not None else {})
        return obj if template is before else {**obj, "template": template}

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1."""
        return with_generation(obj, 1)

    def prepare_for_update(self, new: Json, old: Json) -> Json:
        """Count a generation if the template changed."""
        generation = (old.get("metadata") or {}).get("generation", 0)
        changed = new.get("template") != old.get("template")
        return with_generation(new, generation + 1 if changed else generation)

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check the template."""
        return list(validate_template(obj.get("template") or {}, "template"))


KIND = Kind(
    "PodTemplate",
    "podtemplates",
    "",
    "v1",
    namespaced=True,
    schema=resource("PodTemplate", {"template": POD_TEMPLATE_SPEC}),
    strategy=PodTemplateStrategy(),
)
