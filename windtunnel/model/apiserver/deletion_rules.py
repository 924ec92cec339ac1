"""The rules of deletion as pure functions: marks, grace periods, and the finalizers of the garbage collector."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ResourceName
from windtunnel.model.apiserver.request import Options
from windtunnel.model.apiserver.storage import with_metadata
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.time import format_time, parse_time

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
PROPAGATION_POLICIES = ("Background", "Foreground", "Orphan")
_DELETE_OPTIONS = ResourceName("DeleteOptions", "deleteoptions", "meta.k8s.io")


def validate_delete_options(options: Options) -> None:
    """Raise 422 for options that contradict each other or name no known policy."""
    policy = options.propagation_policy
    if policy is None:
        return
    if options.orphan_dependents is not None:
        detail = "orphanDependents and deletionPropagation cannot be both set"
        cause = errors.invalid("propagationPolicy", policy, detail)
    elif policy not in PROPAGATION_POLICIES:
        cause = errors.not_supported(
            "propagationPolicy", policy, ("Foreground", "Background", "Orphan", "nil")
        )
    else:
        return
    raise errors.invalid_error(_DELETE_OPTIONS, "", [cause])


def requested_grace_period(options: Options) -> int | None:
    """The grace period in seconds that the request asks for; a negative one counts as 1."""
    asked = options.grace_period_seconds
    return 1 if asked is not None and asked < 0 else asked


def begin_graceful(
    raw: Json,
    options: Options,
    grace_period: Callable[[Json, int | None], int | None],
    now_ms: int,
) -> tuple[Json, bool, bool]:
    """The object as a deletion with grace leaves it; whether there is such a grace; whether one runs already.

    A grace period that runs can only be shortened. grace_period is the kind's rule: None where it knows no grace.
    """
    metadata = raw["metadata"]
    asked = requested_grace_period(options)
    if metadata.get("deletionTimestamp"):
        running = metadata.get("deletionGracePeriodSeconds")
        if not running:
            return raw, False, False
        if asked is None or asked >= running:
            return raw, False, True
        end_ms = parse_time(metadata["deletionTimestamp"]) + (asked - running) * 1000
        return _marked(raw, end_ms, asked, metadata.get("generation", 0)), True, False
    seconds = grace_period(raw, asked)
    if seconds is None:
        return raw, False, False
    generation = metadata.get("generation", 0)
    return (
        _marked(raw, now_ms + seconds * 1000, seconds, generation and generation + 1),
        True,
        False,
    )


def _marked(raw: Json, end_ms: int, seconds: int, generation: int) -> Json:
    changes = {
        "generation": generation or None,
        "deletionTimestamp": format_time(end_ms),
        "deletionGracePeriodSeconds": seconds,
    }
    return with_metadata(raw, changes)


def mark_as_deleting(raw: Json, now_ms: int) -> Json:
    """The object with the mark of a deletion without grace; the mark of an earlier one stays."""
    metadata = raw["metadata"]
    begun = metadata.get("deletionTimestamp")
    changes: Json = {"deletionGracePeriodSeconds": 0}
    if not begun or parse_time(begun) > now_ms:
        changes["deletionTimestamp"] = format_time(now_ms)
    if not begun and metadata.get("generation"):
        changes["generation"] = metadata["generation"] + 1
    return with_metadata(raw, changes)


def finalizers_for_garbage_collection(
    finalizers: Sequence[str], options: Options, default_propagation: str
) -> list[str] | None:
    """The finalizers with those that tell the garbage collector what becomes of dependents; None: as they are."""
    wanted = _wanted_finalizer(finalizers, options, default_propagation)
    found = [each for each in finalizers if each in (ORPHAN, FOREGROUND)]
    if found == ([wanted] if wanted else []):
        return None
    kept = [each for each in finalizers if each not in (ORPHAN, FOREGROUND)]
    return [*kept, wanted] if wanted else kept


def _wanted_finalizer(finalizers: Sequence[str], options: Options, default_propagation: str) -> str:
    if options.orphan_dependents is not None:
        return ORPHAN if options.orphan_dependents else ""
    if options.propagation_policy is not None:
        return {"Orphan": ORPHAN, "Foreground": FOREGROUND}.get(options.propagation_policy, "")
    for each in finalizers:
        if each in (ORPHAN, FOREGROUND):
            return each
    return ORPHAN if default_propagation == "Orphan" else ""
