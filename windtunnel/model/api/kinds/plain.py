"""Plain kinds: objects the API serves without knowing what is in them.

Any object is accepted. One whose kind has no module of its own is kept as it is, but for its
metadata, which is read, checked and kept like everyone's. Well-known kinds are listed here, so
that their paths, scopes and status subresources are right; any other is derived from its
apiVersion and kind, as namespaced, with the plural that a client would guess.

Not modelled: defaulting, validation and unknown fields of plain kinds; in a strategic merge patch
their lists are replaced whole.
"""

from __future__ import annotations

from windtunnel.model.api.kind import Kind, Strategy, with_generation
from windtunnel.model.api.schema import Object, resource
from windtunnel.model.objects.json import Json

_NAMESPACED = {
    ("networking.k8s.io", "v1"): "NetworkPolicy",
    ("rbac.authorization.k8s.io", "v1"): "Role RoleBinding",
    ("storage.k8s.io", "v1"): "CSIStorageCapacity",
}
_CLUSTER_SCOPED = {
    ("storage.k8s.io", "v1"): "CSIDriver CSINode VolumeAttachment",
    ("rbac.authorization.k8s.io", "v1"): "ClusterRole ClusterRoleBinding",
    ("node.k8s.io", "v1"): "RuntimeClass",
    ("networking.k8s.io", "v1"): "IngressClass",
    ("apiextensions.k8s.io", "v1"): "CustomResourceDefinition",
    ("apiregistration.k8s.io", "v1"): "APIService",
    ("certificates.k8s.io", "v1"): "CertificateSigningRequest",
    ("admissionregistration.k8s.io", "v1"): (
        "ValidatingWebhookConfiguration MutatingWebhookConfiguration "
        "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"
    ),
    ("flowcontrol.apiserver.k8s.io", "v1"): "FlowSchema PriorityLevelConfiguration",
}
_WITH_STATUS = (
    "APIService",
    "CertificateSigningRequest",
    "CustomResourceDefinition",
    "FlowSchema",
    "PriorityLevelConfiguration",
    "VolumeAttachment",
)


class PlainStrategy(Strategy):
    """The rules of a kind without a status subresource.

    Every change outside of metadata is a generation.
    """

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1."""
        return with_generation(obj, 1)

    def prepare_for_update(self, new: Json, old: Json) -> Json:
        """Count a generation if anything outside of metadata differs."""
        generation = (old.get("metadata") or {}).get("generation", 0)
        changed = _content(new) != _content(old)
        return with_generation(new, generation + 1 if changed else generation)


class PlainStatusStrategy(Strategy):
    """The rules of a kind whose status is a subresource."""

    has_status = True
    counts_generation = True


def _content(obj: Json) -> Json:
    return {key: value for key, value in obj.items() if key != "metadata"}


def guess_plural(kind: str) -> str:
    """Return the plural that Kubernetes guesses for a kind: `ingresses`, `policies`, `widgets`."""
    singular = kind.lower()
    if singular == "endpoints":
        return singular
    if singular.endswith("s"):
        return singular + "es"
    if singular.endswith("y"):
        return singular[:-1] + "ies"
    return singular + "s"


def plain_kind(group: str, version: str, kind: str, *, namespaced: bool = True) -> Kind:
    """Return a Kind for objects about which nothing else is known. O(1)."""
    return Kind(
        kind,
        guess_plural(kind),
        group,
        version,
        namespaced=namespaced,
        schema=_open(kind),
        strategy=PlainStrategy(),
        custom=True,
    )


def _open(kind: str) -> Object:
    return Object(resource(kind, {}).fields, kind, open=True)


def _well_known(group: str, version: str, kind: str, namespaced: bool) -> Kind:
    subresources: tuple[str, ...] = ()
    strategy = Strategy()
    if kind in _WITH_STATUS:
        subresources, strategy = ("status",), PlainStatusStrategy()
    return Kind(
        kind,
        guess_plural(kind),
        group,
        version,
        namespaced=namespaced,
        schema=_open(kind),
        strategy=strategy,
        subresources=subresources,
    )


WELL_KNOWN = tuple(
    _well_known(group, version, kind, namespaced)
    for table, namespaced in ((_NAMESPACED, True), (_CLUSTER_SCOPED, False))
    for (group, version), kinds in table.items()
    for kind in kinds.split()
)
