"""The documents that describe the server itself: which groups, versions and resources it serves, and that it is well.

Not modelled: aggregated discovery, OpenAPI, metrics.
"""

from __future__ import annotations

from windtunnel.model.api.kinds import KindRegistry
from windtunnel.model.objects.json import Json

VERSION: Json = {"major": "1", "minor": "36", "gitVersion": "v1.36.2", "platform": "linux/amd64"}
HEALTH = ("healthz", "livez", "readyz")


def document_at(kinds: KindRegistry, parts: tuple[str, ...]) -> Json | str | None:
    """The document at a path that leads to no resource; None where there is none. O(kinds)."""
    match parts:
        case ("version",):
            return VERSION
        case (check,) if check in HEALTH:
            return "ok"
        case ("api",):
            return kinds.api_versions()
        case ("apis",):
            return kinds.api_group_list()
        case ("api", version):
            return kinds.api_resource_list("", version)
        case ("apis", group):
            return kinds.api_group(group)
        case ("apis", group, version):
            return kinds.api_resource_list(group, version)
    return None
