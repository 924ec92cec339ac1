"""Request bodies: from bytes to a document, and from a document to an object of a kind.

A body is JSON or YAML, a patch is JSON. The parser notes repeated fields, of which the last one
counts. What cannot be parsed is a bad request, in the words of the real server. `read_object` does
what the real server's codec does before any handler sees an object: it checks apiVersion and kind,
drops unknown fields (or refuses them) and fills in the defaults.

Not modelled: protobuf and CBOR bodies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from windtunnel.model.api import errors
from windtunnel.model.api.decoder import Mode, decode
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.scalars import DecodeError, json_type
from windtunnel.model.api.yaml_body import YamlError, load_yaml
from windtunnel.model.objects.json import Json

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
PATCH_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH)

MAX_BODY_BYTES = 3 * 1024 * 1024
_SHOWN_BYTES = 30
_WHERE = {
    "Expecting value": "looking for beginning of value",
    "Expecting property name enclosed in double quotes": (
        "looking for beginning of object key string"
    ),
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Expecting ':' delimiter": "after object key",
    "Expecting ',' delimiter": "after object key:value pair",
    "Extra data": "after top-level value",
    "Invalid control character at": "in string literal",
}


class _Pairs(list[tuple[str, Any]]):
    """An object with its fields as they were written, repeated ones included."""


def _refuse_constant(text: str) -> NoReturn:
    raise DecodeError(f"invalid character '{text.lstrip('-')[0]}' looking for beginning of value")


def parse_json(body: bytes) -> tuple[Any, tuple[str, ...]]:
    """Return the document in a JSON text and the paths of repeated fields. O(len); DecodeError."""
    repeated = False

    def collect(pairs: list[tuple[str, Any]]) -> Json:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) != len(pairs)
        return found

    try:
        text = body.decode()
        document = json.loads(text, object_pairs_hook=collect, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise DecodeError(_syntax_error(error)) from None
    except (UnicodeDecodeError, RecursionError):
        raise DecodeError("invalid character in string literal") from None
    if not repeated:
        return document, ()
    return document, tuple(_repeated(json.loads(text, object_pairs_hook=_Pairs), ""))


def _syntax_error(error: json.JSONDecodeError) -> str:
    rest = error.doc[error.pos :].lstrip(" \t\r\n")
    if not rest or error.msg.startswith("Unterminated"):
        return "unexpected end of JSON input"
    return f"invalid character '{rest[0]}' {_WHERE.get(error.msg, 'in string escape code')}"


def _repeated(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, _Pairs):
        seen: list[str] = []
        for key, part in value:
            place = f"{path}.{key}" if path else key
            if key in seen:
                yield place
            seen.append(key)
            yield from _repeated(part, place)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _repeated(part, f"{path}[{index}]")


def media_type(content_type: str) -> str:
    """Return a content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def decode_body(
    body: bytes, content_type: str = "application/json", kind: str = ""
) -> tuple[Json, tuple[str, ...]]:
    """Return the document in a request body, and the paths of repeated fields.

    `kind` is the kind that is expected, for the message. Raises 400 for a broken body, 413 for one
    that is too large, 415 for a format that is not read. O(len).
    """
    if len(body) > MAX_BODY_BYTES:
        raise errors.request_entity_too_large(f"limit is {MAX_BODY_BYTES}")
    media = media_type(content_type) or "application/json"
    try:
        if media in ("application/json", "*/*"):
            document, duplicates = parse_json(body)
        elif media in ("application/yaml", "application/x-yaml", "text/yaml"):
            document, duplicates = load_yaml(body)
        else:
            raise errors.unsupported_media_type()
        if not isinstance(document, dict):
            raise DecodeError(
                f"json: cannot unmarshal {json_type(document)} "
                "into an object with apiVersion and kind"
            )
    except (DecodeError, YamlError) as error:
        shown = body[:_SHOWN_BYTES].hex() + (" ..." if len(body) > _SHOWN_BYTES else "")
        raise errors.bad_request(
            f"the object provided is unrecognized (must be of type {kind or 'object'}): "
            f"couldn't get version/kind; json parse error: {error} ({shown or '<empty>'})"
        ) from None
    return document, duplicates


def decode_patch(body: bytes, content_type: str) -> tuple[Any, tuple[str, ...]]:
    """Return the patch in a request body, and the paths of repeated fields.

    Raises 400 for a broken body, 413 for one too large, 415 for an unknown patch type. O(len).
    """
    if media_type(content_type) not in PATCH_TYPES:
        raise errors.unsupported_media_type()
    if len(body) > MAX_BODY_BYTES:
        raise errors.request_entity_too_large(f"limit is {MAX_BODY_BYTES}")
    try:
        return parse_json(body)
    except DecodeError as error:
        raise errors.bad_request(f"error decoding patch: {error}") from None


def read_object(
    kind: Kind,
    document: Json,
    mode: Mode = "ignore",
    duplicates: tuple[str, ...] = (),
    *,
    patched: bool = False,
) -> tuple[Json, tuple[str, ...]]:
    """Return the object of this kind in a document, with defaults, and warnings about its fields.

    A document without apiVersion and kind is taken for one of this kind. Raises 400 for another
    kind, for values of a wrong type (422 if the document is `patched`, the result of a patch) and,
    in mode `strict`, for unknown or repeated fields. O(document), O(1) for shared parts.
    """
    document = _of_kind(kind, document)
    obj, warnings = decode(
        kind.schema,
        document,
        mode,
        duplicates,
        kind=kind.kind,
        version=kind.version,
        patched=patched,
    )
    return kind.strategy.default(obj), warnings


def _of_kind(kind: Kind, document: Json) -> Json:
    api_version, name = document.get("apiVersion"), document.get("kind")
    if api_version == kind.api_version and name == kind.kind:
        return document
    if api_version and api_version != kind.api_version:
        raise errors.bad_request(
            f"the API version in the data ({api_version}) "
            f"does not match the expected API version ({kind.api_version})"
        )
    if name and name != kind.kind:
        source, target = f"{kind.version}.{name}", f"{kind.group or 'core'}.{kind.kind}"
        raise errors.bad_request(
            f'{name} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"converting ({source}) to ({target}): unknown conversion"
        )
    return {**document, "apiVersion": kind.api_version, "kind": kind.kind}
