"""The rules for the options of lists and watches: which go together, and what a resourceVersion may look like."""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError, Cause, ResourceName
from windtunnel.model.apiserver.request import Options

EXACT = "Exact"
NOT_OLDER_THAN = "NotOlderThan"

_LIST_OPTIONS = ResourceName("ListOptions", "listoptions", "meta.k8s.io")
_MATCH = "resourceVersionMatch"
_HIGHEST_REVISION = 2**64 - 1
_MOST_DIGITS = 20


def parse_revision(text: str) -> int:
    """The revision that a resourceVersion writes; '' is 0. Raises ValueError."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or len(text.lstrip("0")) > _MOST_DIGITS:
        raise ValueError(f"{text!r} is not a resource version")
    revision = int(text.lstrip("0") or "0")
    if revision > _HIGHEST_REVISION:
        raise ValueError(f"{text!r} is not a resource version")
    return revision


def unreadable_revision(text: str) -> ApiError:
    """500 without a reason: how a get or a watch answers a resourceVersion that is not a number."""
    cause = errors.invalid("resourceVersion", text, "must be a decimal number of 64 bits")
    return ApiError(500, "", str(cause))


def check_list_options(options: Options) -> None:
    """Raise 422 for options of a list that do not go together."""
    causes: list[Cause] = []
    match = options.resource_version_match
    if match:
        if not options.resource_version:
            causes.append(
                errors.forbidden(
                    _MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided"
                )
            )
        if options.continue_token:
            causes.append(_forbidden_with_continue())
        if match not in (EXACT, NOT_OLDER_THAN):
            causes.append(errors.not_supported(_MATCH, match, (EXACT, NOT_OLDER_THAN, "")))
        if match == EXACT and options.resource_version == "0":
            causes.append(
                errors.forbidden(_MATCH, f'{_MATCH} "exact" is forbidden for resourceVersion "0"')
            )
    if options.send_initial_events is not None:
        causes.append(
            errors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")
        )
    _raise(causes)


def check_watch_options(options: Options) -> None:
    """Raise 422 for options of a watch that do not go together."""
    causes: list[Cause] = []
    match = options.resource_version_match
    initial = options.send_initial_events is not None
    if initial and match != NOT_OLDER_THAN:
        causes.append(
            errors.forbidden(
                _MATCH, f"sendInitialEvents requires setting {_MATCH} to {NOT_OLDER_THAN}"
            )
        )
    if match:
        if not initial:
            causes.append(
                errors.forbidden(
                    _MATCH, f"{_MATCH} is forbidden for watch unless sendInitialEvents is provided"
                )
            )
        if match != NOT_OLDER_THAN:
            causes.append(errors.not_supported(_MATCH, match, (NOT_OLDER_THAN,)))
        if options.continue_token:
            causes.append(_forbidden_with_continue())
    _raise(causes)


def _forbidden_with_continue() -> Cause:
    return errors.forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided")


def _raise(causes: list[Cause]) -> None:
    if causes:
        raise errors.invalid_error(_LIST_OPTIONS, "", causes)
