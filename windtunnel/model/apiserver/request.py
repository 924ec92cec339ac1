"""Requests inside the cluster: typed values on the one handler that the REST entry decodes into as well."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record

WRITES = frozenset(("create", "update", "patch", "delete", "deletecollection"))


@frozen
class Options:
    """What a request may ask for beside its object: query parameters and DeleteOptions, decoded."""

    resource_version: str = ""
    resource_version_match: str = ""
    label_selector: str = ""
    field_selector: str = ""
    limit: int = 0
    continue_token: str = ""
    allow_watch_bookmarks: bool = False
    send_initial_events: bool | None = None
    timeout_seconds: int | None = None
    dry_run: bool = False
    field_validation: str = ""
    field_manager: str = ""
    grace_period_seconds: int | None = None
    propagation_policy: str | None = None
    orphan_dependents: bool | None = None
    precondition_uid: str | None = None
    precondition_resource_version: str | None = None


NO_OPTIONS = Options()


@frozen
class Request:
    """One request. resource is the plural with its group where not core: pods, replicasets.apps."""

    verb: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    body: Any = None
    patch_type: str = ""
    options: Options = NO_OPTIONS
    user: str = ""
    groups: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether the request can change the store."""
        return self.verb in WRITES and not self.options.dry_run

    def __str__(self) -> str:
        text = f"{self.verb} {self.resource}"
        for part in (self.namespace, self.name, self.subresource):
            if part:
                text = f"{text}/{part}"
        return text


@frozen
class ListAnswer:
    """The answer of a list: records in key order, the revision they are from, and how to go on."""

    items: tuple[Record, ...]
    revision: int
    continue_token: str = ""
    remaining: int | None = None


@frozen
class StatusAnswer:
    """A Status object where no object comes back (delete of many, binding)."""

    body: Json
    code: int = 200


@frozen
class WatchEvent:
    """One message of a watch stream. ERROR carries a Status in status; BOOKMARK has only the revision."""

    type: str
    record: Record | None
    revision: int
    status: Json | None = None
    initial_events_end: bool = False
