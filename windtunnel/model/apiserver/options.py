"""Query parameters and DeleteOptions as they come over the wire, read into Options.

Not modelled: pretty, continue with another limit of the page, table output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ResourceName
from windtunnel.model.api.selectors.requirement import parse_integer
from windtunnel.model.apiserver.request import Options
from windtunnel.model.objects.json import Json

_TEXTS = {
    "resourceVersion": "resource_version",
    "resourceVersionMatch": "resource_version_match",
    "labelSelector": "label_selector",
    "fieldSelector": "field_selector",
    "continue": "continue_token",
    "fieldValidation": "field_validation",
    "fieldManager": "field_manager",
    "propagationPolicy": "propagation_policy",
}
_NUMBERS = {
    "limit": "limit",
    "timeoutSeconds": "timeout_seconds",
    "gracePeriodSeconds": "grace_period_seconds",
}
_FLAGS = {
    "allowWatchBookmarks": "allow_watch_bookmarks",
    "sendInitialEvents": "send_initial_events",
    "orphanDependents": "orphan_dependents",
}


def is_true(text: str) -> bool:
    """Whether a flag in a query is set: present without a value counts, "0" and "false" do not."""
    return text.lower() not in ("0", "false")


def options_from_query(query: Mapping[str, str]) -> Options:
    """The options in a query. Raises 400 for a number that is none, 422 for an unknown dryRun. O(parameters)."""
    given: dict[str, Any] = {}
    for name, value in query.items():
        if name in _TEXTS:
            given[_TEXTS[name]] = value
        elif name in _NUMBERS:
            given[_NUMBERS[name]] = _number(name, value)
        elif name in _FLAGS:
            given[_FLAGS[name]] = is_true(value)
        elif name == "dryRun":
            given["dry_run"] = _dry_run([value])
    return Options(**given)


def _number(name: str, text: str) -> int:
    number = parse_integer(text)
    if number is None:
        message = f'strconv.ParseInt: parsing "{text}": invalid syntax'
        raise errors.bad_request(f"{name}: {message}")
    return number


def _dry_run(values: list[str]) -> bool:
    wrong = [value for value in values if value not in ("All", "")]
    if wrong:
        cause = errors.not_supported("dryRun", wrong, ("All",))
        raise errors.invalid_error(ResourceName("Options", "", "meta.k8s.io"), "", [cause])
    return "All" in values


def with_delete_options(options: Options, body: Json) -> Options:
    """The options with those of a DeleteOptions body on top. Raises 400 for values of a wrong type."""
    given: dict[str, Any] = {}
    for name, attribute, sort in (
        ("gracePeriodSeconds", "grace_period_seconds", int),
        ("propagationPolicy", "propagation_policy", str),
        ("orphanDependents", "orphan_dependents", bool),
    ):
        value = body.get(name)
        if value is not None:
            given[attribute] = _typed(name, value, sort)
    preconditions = body.get("preconditions") or {}
    for name, attribute in (
        ("uid", "precondition_uid"),
        ("resourceVersion", "precondition_resource_version"),
    ):
        if preconditions.get(name) is not None:
            given[attribute] = _typed(name, preconditions[name], str)
    if body.get("dryRun"):
        given["dry_run"] = _dry_run(list(body["dryRun"]))
    return attrs.evolve(options, **given) if given else options


def _typed(name: str, value: Any, sort: type) -> Any:
    if type(value) is not sort:
        raise errors.bad_request(
            f"json: cannot unmarshal into Go struct field DeleteOptions.{name} of type {sort.__name__}"
        )
    return value
