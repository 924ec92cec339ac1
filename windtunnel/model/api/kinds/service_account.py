"""ServiceAccount: the identity pods run under.

Not modelled: tokens (the subresource `token`).
"""

from __future__ import annotations

from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.schema import (
    BOOLEAN,
    LOCAL_OBJECT_REFERENCE,
    OBJECT_REFERENCE,
    ListOf,
    resource,
)
from windtunnel.model.objects.json import Json

SCHEMA = resource(
    "ServiceAccount",
    {
        "secrets": ListOf(OBJECT_REFERENCE, merge_key="name", strategy="merge"),
        "imagePullSecrets": ListOf(LOCAL_OBJECT_REFERENCE),
        "automountServiceAccountToken": BOOLEAN,
    },
)


class ServiceAccountStrategy(Strategy):
    """The rules of service accounts."""

    def prepare_for_create(self, obj: Json) -> Json:
        """Of the references to secrets only the names are kept."""
        return _names_only(obj)

    def prepare_for_update(self, new: Json, old: Json) -> Json:
        """Of the references to secrets only the names are kept."""
        return _names_only(new)


def _names_only(obj: Json) -> Json:
    secrets = obj.get("secrets") or []
    if all(list(each) == ["name"] for each in secrets):
        return obj
    names = [{"name": each["name"]} if each.get("name") else {} for each in secrets]
    return {**obj, "secrets": names}


KIND = Kind(
    "ServiceAccount",
    "serviceaccounts",
    "",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=ServiceAccountStrategy(),
    short_names=("sa",),
)
