"""Event: what happened to an object, for people to read.

Not modelled: the view of the same events under `events.k8s.io`, and their expiry after an hour.
"""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import COMMON_FIELDS, Kind, Strategy
from windtunnel.model.api.names import is_qualified_name
from windtunnel.model.api.schema import (
    MICRO_TIME,
    OBJECT_REFERENCE,
    OMITTED_ZERO,
    POINTER_STRING,
    STRING,
    TIME,
    Object,
    resource,
)
from windtunnel.model.objects.json import Json

SCHEMA = resource(
    "Event",
    {
        "involvedObject": OBJECT_REFERENCE,
        "reason": STRING,
        "message": STRING,
        "source": Object({"component": STRING, "host": STRING}, "EventSource"),
        "firstTimestamp": TIME,
        "lastTimestamp": TIME,
        "count": OMITTED_ZERO,
        "type": STRING,
        "eventTime": MICRO_TIME,
        "series": Object({"count": OMITTED_ZERO, "lastObservedTime": MICRO_TIME}, "EventSeries"),
        "action": STRING,
        "related": OBJECT_REFERENCE,
        "reportingComponent": POINTER_STRING,
        "reportingInstance": POINTER_STRING,
    },
)
INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
MAX_FIELD_CHARACTERS = 128
MAX_MESSAGE_CHARACTERS = 1024


class EventStrategy(Strategy):
    """The rules of events."""

    allow_create_on_update = True
    supported_fields = (
        *COMMON_FIELDS,
        *(f"involvedObject.{each}" for each in INVOLVED),
        "reason",
        "reportingComponent",
        "source",
        "type",
    )

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check that the event lives beside its object, and the texts of a new-style event."""
        namespace = (obj.get("metadata") or {}).get("namespace", "")
        involved = (obj.get("involvedObject") or {}).get("namespace", "")
        causes: list[Cause] = []
        fits = namespace == involved if involved else namespace in ("", "default")
        if not fits:
            detail = "does not match event.namespace"
            causes.append(errors.invalid("involvedObject.namespace", involved, detail))
        if obj.get("eventTime"):
            causes += _validate_texts(obj)
        return causes

    def selectable_fields(self, obj: Json) -> dict[str, str]:
        """Add the object, the reason, the source and the type."""
        found = super().selectable_fields(obj)
        involved = obj.get("involvedObject") or {}
        for each in INVOLVED:
            found[f"involvedObject.{each}"] = involved.get(each, "")
        component = obj.get("reportingComponent", "")
        found["reason"] = obj.get("reason", "")
        found["reportingComponent"] = component
        found["source"] = (obj.get("source") or {}).get("component", "") or component
        found["type"] = obj.get("type", "")
        return found


def _validate_texts(obj: Json) -> list[Cause]:
    causes: list[Cause] = []
    component = obj.get("reportingComponent", "")
    if not component:
        causes.append(errors.required("reportingComponent"))
    else:
        for detail in is_qualified_name(component):
            causes.append(errors.invalid("reportingComponent", component, detail))
    for key in ("reportingInstance", "action", "reason"):
        value = obj.get(key, "")
        if not value:
            causes.append(errors.required(key))
        elif len(value) > MAX_FIELD_CHARACTERS:
            detail = f"can have at most {MAX_FIELD_CHARACTERS} characters"
            causes.append(errors.invalid(key, "", detail))
    if len(obj.get("message", "")) > MAX_MESSAGE_CHARACTERS:
        detail = f"can have at most {MAX_MESSAGE_CHARACTERS} characters"
        causes.append(errors.invalid("message", "", detail))
    return causes


KIND = Kind(
    "Event",
    "events",
    "",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=EventStrategy(),
    short_names=("ev",),
)
