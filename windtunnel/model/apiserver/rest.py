"""The REST entry: from HTTP's method, path, query, headers and body to a Request, and from its answer to JSON.

It is a codec over the same handler that typed requests go through. The caller is taken for an administrator, unless the
Impersonate headers name somebody else. A watch is answered with the open stream; `event_json` encodes its messages.

Not modelled: protobuf, tables and partial metadata in answers; watches by the old /watch/ paths; the proxy paths.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from windtunnel.model.api import errors
from windtunnel.model.api.body import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_MERGE_PATCH,
    decode_body,
    decode_patch,
    media_type,
)
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kind import Kind
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.discovery import document_at
from windtunnel.model.apiserver.options import is_true, options_from_query, with_delete_options
from windtunnel.model.apiserver.request import (
    ListAnswer,
    Options,
    Request,
    StatusAnswer,
    WatchEvent,
)
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record
from windtunnel.model.sim.network import NetworkError, Stream
from windtunnel.model.sim.process import Process
from windtunnel.model.store.errors import StoreTrouble

ADMINISTRATOR = "kubernetes-admin"
ADMINISTRATOR_GROUPS = ("system:masters", "system:authenticated")
PATCH_TYPES = {JSON_PATCH: "json", MERGE_PATCH: "merge", STRATEGIC_MERGE_PATCH: "strategic"}
VERBS = {
    "GET": "get",
    "HEAD": "get",
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}
COLLECTION_VERBS = {"GET": "list", "HEAD": "list", "POST": "create", "DELETE": "deletecollection"}
OWN_BODIES = {"binding": "Binding", "eviction": "Eviction", "scale": "Scale"}
INITIAL_EVENTS_END = "k8s.io/initial-events-end"

Headers = Mapping[str, str | Sequence[str]]


@frozen
class RestAnswer:
    """What goes back over HTTP: a JSON document or a line of text, or the stream of a watch."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(factory=dict)
    stream: Stream | None = None
    kind: Kind | None = None


@frozen
class Target:
    """What a path leads to."""

    kind: Kind
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""


async def rest(
    server: ApiServer,
    method: str,
    path: str,
    query: Mapping[str, str] | None = None,
    headers: Headers | None = None,
    body: bytes = b"",
    client: Process | None = None,
) -> RestAnswer:
    """Serve one HTTP request; an error is an answer like any other. client is where a watch's events go."""
    try:
        return await _serve(server, method, path, query or {}, headers or {}, body, client)
    except (ApiError, NetworkError, StoreTrouble) as error:
        return _error_answer(server.as_api_error(error))


async def _serve(
    server: ApiServer,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Headers,
    body: bytes,
    client: Process | None,
) -> RestAnswer:
    parts = tuple(part for part in path.split("/") if part)
    target = find_target(server, parts)
    if target is None:
        document = document_at(server.environment.kinds, parts)
        if document is None:
            raise errors.no_such_path()
        if method not in ("GET", "HEAD"):
            raise errors.method_not_allowed()
        return RestAnswer(200, document)
    request, duplicates = read_request(target, method, query, headers, body)
    context = RequestContext(request, target.kind, 0, client, duplicates)
    status, answer = await server.answer(context)
    warnings = ", ".join(f"299 - {json.dumps(text)}" for text in context.warnings)
    given = {"Warning": warnings} if warnings else {}
    if isinstance(answer, Stream):
        return RestAnswer(status, None, given, answer, target.kind)
    return RestAnswer(status, encode(target.kind, answer), given, None, target.kind)


# -- requests


def find_target(server: ApiServer, parts: tuple[str, ...]) -> Target | None:
    """The resource at a path; None for a path that is none of a resource."""
    if parts[:1] == ("api",) and len(parts) > 2:
        group, version, rest_of_path = "", parts[1], parts[2:]
    elif parts[:1] == ("apis",) and len(parts) > 3:
        group, version, rest_of_path = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if (
        rest_of_path[0] == "namespaces"
        and len(rest_of_path) > 2
        and not (not group and rest_of_path[2] in ("status", "finalize") and len(rest_of_path) == 3)
    ):
        namespace, rest_of_path = rest_of_path[1], rest_of_path[2:]
    if len(rest_of_path) > 3:
        return None
    plural, name, subresource = (*rest_of_path, "", "")[:3]
    kinds = server.environment.kinds
    if (group, version, plural) == ("", "v1", "bindings"):
        pods = kinds.by_resource("", "v1", "pods")
        return Target(pods, "bindings", namespace) if pods is not None and not name else None
    kind = kinds.by_resource(group, version, plural)
    if (
        kind is None
        or (namespace and not kind.namespaced)
        or (name and kind.namespaced and not namespace)
    ):
        return None
    return Target(kind, kind.resource, namespace, name, subresource)


def read_request(
    target: Target, method: str, query: Mapping[str, str], headers: Headers, body: bytes
) -> tuple[Request, tuple[str, ...]]:
    """The request in an HTTP message, and the fields that its body had twice. Raises 400, 405, 413, 415."""
    verb = (VERBS if target.name else COLLECTION_VERBS).get(method)
    if verb is None or (verb == "create" and target.name and not target.subresource):
        raise errors.method_not_allowed()
    if verb == "list" and "watch" in query and is_true(query["watch"]):
        verb = "watch"
    if verb == "create" and target.kind.namespaced and not target.namespace:
        raise errors.method_not_allowed()
    options = options_from_query(query)
    if verb in ("create", "update", "patch") and not options.field_validation:
        options = evolve(options, field_validation="Warn")
    content_type = header(headers, "Content-Type") or "application/json"
    document: Any = None
    duplicates: tuple[str, ...] = ()
    patch_type = ""
    if verb in ("create", "update"):
        expected = OWN_BODIES.get(target.subresource, target.kind.kind)
        document, duplicates = decode_body(body, content_type, expected)
    elif verb == "patch":
        document, duplicates = decode_patch(body, content_type)
        patch_type = PATCH_TYPES[media_type(content_type)]
    elif verb in ("delete", "deletecollection") and body:
        options = _delete_options(options, body, content_type)
    user = header(headers, "Impersonate-User")
    groups = header_values(headers, "Impersonate-Group")
    request = Request(
        verb, target.resource, target.namespace, target.name, target.subresource, document, patch_type,
        options, user or ADMINISTRATOR, groups if user else ADMINISTRATOR_GROUPS,
    )  # fmt: skip
    return request, duplicates


def _delete_options(options: Options, body: bytes, content_type: str) -> Options:
    document, _ = decode_body(body, content_type, "DeleteOptions")
    return with_delete_options(options, document)


def header_values(headers: Headers, name: str) -> tuple[str, ...]:
    """All values of a header; names do not distinguish case. O(headers)."""
    for key, value in headers.items():
        if key.lower() == name.lower():
            return (value,) if isinstance(value, str) else tuple(value)
    return ()


def header(headers: Headers, name: str) -> str:
    """The first value of a header, '' where it is missing."""
    return next(iter(header_values(headers, name)), "")


# -- answers


def encode(kind: Kind, answer: Record | ListAnswer | StatusAnswer) -> Json:
    """The JSON document of an answer. O(items)."""
    if isinstance(answer, Record):
        return answer.raw
    if isinstance(answer, StatusAnswer):
        return answer.body
    metadata: Json = {"resourceVersion": str(answer.revision)}
    if answer.continue_token:
        metadata["continue"] = answer.continue_token
    if answer.remaining is not None:
        metadata["remainingItemCount"] = answer.remaining
    return {
        "kind": kind.list_kind,
        "apiVersion": kind.api_version,
        "metadata": metadata,
        "items": [
            {key: value for key, value in record.raw.items() if key not in ("kind", "apiVersion")}
            for record in answer.items
        ],
    }


def event_json(kind: Kind, event: WatchEvent) -> Json:
    """One message of a watch as a JSON document."""
    if event.status is not None:
        return {"type": event.type, "object": event.status}
    if event.record is not None:
        return {"type": event.type, "object": event.record.raw}
    metadata: Json = {"resourceVersion": str(event.revision), "creationTimestamp": None}
    if event.initial_events_end:
        metadata["annotations"] = {INITIAL_EVENTS_END: "true"}
    obj = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
    return {"type": event.type, "object": obj}


def _error_answer(error: ApiError) -> RestAnswer:
    headers = {}
    if error.retry_after_seconds:
        headers["Retry-After"] = str(error.retry_after_seconds)
    return RestAnswer(error.code, error.status(), headers)


def to_bytes(document: Any) -> bytes:
    """A document as the body of a message."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
