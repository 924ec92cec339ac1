"""What the fields of an API object are: one declarative schema per kind.

A schema is built of five types: `Scalar`, `Object` (known fields only), `ListOf`, `MapOf` and
`ANY` (free JSON, never looked into). It drives reading (unknown fields are dropped, wrong types
refused, quantities and times brought into their canonical form) and the strategic merge patch
(merge keys).

Reading follows what a round trip through the real server's types does to a document: a null field
is absent; an empty list or map is absent; an empty string is absent, except in a `POINTER_STRING`.
A false boolean and a zero number stay, except in a `FLAG` and an `OMITTED_ZERO`, which are for
fields that are plain values in the real types (`hostNetwork`, `hostPort`) and not pointers
(`replicas`, `optional`).

`decoder.py` compiles a schema to a function once. `QUANTITIES` (requests, limits, capacity) are
kept in whole thousandths, as the real defaults do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

ScalarType = Literal[
    "string",
    "integer",
    "long",
    "boolean",
    "number",
    "quantity",
    "resource-quantity",
    "int-or-string",
    "time",
    "micro-time",
    "bytes",
    "any",
]


@frozen(eq=False)
class Scalar:
    """A value without parts; `omit_zero` says that "", 0 and false count as absent in a field."""

    type: ScalarType
    omit_zero: bool = False


@frozen(eq=False)
class Object:
    """A JSON object with known fields; `name` is the type's name in error messages (`PodSpec`).

    With `shared` the decoded object is a `Shared` one that remembers results: for large parts that
    are passed on unchanged, such as a pod's spec. An `open` object keeps fields it does not know
    as they are.
    """

    fields: Mapping[str, Type]
    name: str = ""
    shared: bool = False
    open: bool = False


@frozen(eq=False)
class ListOf:
    """A JSON array; `strategy` and `merge_key` say how a strategic merge patch treats it.

    `atomic` lists are replaced whole. `merge` lists of objects are joined by `merge_key`; `merge`
    lists of scalars (`set_like`) are joined as sets.
    """

    item: Type
    merge_key: str | None = None
    strategy: Literal["atomic", "merge"] = "atomic"
    set_like: bool = False
    keep_empty: bool = False

    @property
    def merges(self) -> bool:
        """Tell whether a strategic merge patch joins this list instead of replacing it."""
        return self.strategy == "merge" or self.merge_key is not None or self.set_like


@frozen(eq=False)
class MapOf:
    """A JSON object with free keys and values of one type."""

    value: Type
    keep_empty: bool = False


Type = Scalar | Object | ListOf | MapOf

STRING = Scalar("string", omit_zero=True)
POINTER_STRING = Scalar("string")
INTEGER = Scalar("integer")
OMITTED_ZERO = Scalar("integer", omit_zero=True)
LONG = Scalar("long")
OMITTED_ZERO_LONG = Scalar("long", omit_zero=True)
BOOLEAN = Scalar("boolean")
FLAG = Scalar("boolean", omit_zero=True)
NUMBER = Scalar("number")
QUANTITY = Scalar("quantity")
RESOURCE_QUANTITY = Scalar("resource-quantity")
INT_OR_STRING = Scalar("int-or-string")
TIME = Scalar("time")
MICRO_TIME = Scalar("micro-time")
BYTES = Scalar("bytes")
ANY = Scalar("any")

STRINGS = ListOf(STRING)
STRING_MAP = MapOf(STRING)
QUANTITIES = MapOf(RESOURCE_QUANTITY)

OBJECT_REFERENCE = Object(
    {
        "kind": STRING,
        "namespace": STRING,
        "name": STRING,
        "uid": STRING,
        "apiVersion": STRING,
        "resourceVersion": STRING,
        "fieldPath": STRING,
    },
    "ObjectReference",
)
LOCAL_OBJECT_REFERENCE = Object({"name": STRING}, "LocalObjectReference")
LABEL_SELECTOR = Object(
    {
        "matchLabels": STRING_MAP,
        "matchExpressions": ListOf(
            Object(
                {"key": STRING, "operator": STRING, "values": STRINGS}, "LabelSelectorRequirement"
            )
        ),
    },
    "LabelSelector",
)
OWNER_REFERENCE = Object(
    {
        "apiVersion": STRING,
        "kind": STRING,
        "name": STRING,
        "uid": STRING,
        "controller": BOOLEAN,
        "blockOwnerDeletion": BOOLEAN,
    },
    "OwnerReference",
)
OBJECT_META = Object(
    {
        "name": STRING,
        "generateName": STRING,
        "namespace": STRING,
        "selfLink": STRING,
        "uid": STRING,
        "resourceVersion": STRING,
        "generation": OMITTED_ZERO_LONG,
        "creationTimestamp": TIME,
        "deletionTimestamp": TIME,
        "deletionGracePeriodSeconds": LONG,
        "labels": STRING_MAP,
        "annotations": STRING_MAP,
        "ownerReferences": ListOf(OWNER_REFERENCE, merge_key="uid", strategy="merge"),
        "finalizers": ListOf(STRING, strategy="merge", set_like=True),
        "managedFields": ListOf(ANY),
    },
    "ObjectMeta",
)
META_CONDITION = Object(
    {
        "type": POINTER_STRING,
        "status": POINTER_STRING,
        "observedGeneration": OMITTED_ZERO_LONG,
        "lastTransitionTime": TIME,
        "reason": POINTER_STRING,
        "message": POINTER_STRING,
    },
    "Condition",
)
"""The condition that kinds share; its texts are kept where they are empty."""
CONDITION = Object(
    {
        "type": STRING,
        "status": STRING,
        "observedGeneration": OMITTED_ZERO_LONG,
        "lastTransitionTime": TIME,
        "reason": STRING,
        "message": STRING,
    },
    "Condition",
)


def resource(name: str, fields: Mapping[str, Type]) -> Object:
    """Return the schema of a whole object: apiVersion, kind, metadata and the given fields."""
    head: dict[str, Type] = {"apiVersion": STRING, "kind": STRING, "metadata": OBJECT_META}
    return Object({**head, **fields}, name)
