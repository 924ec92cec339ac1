"""Errors of the Kubernetes API, as values that print like the real ones.

Validation returns a list of `Cause`: a machine-readable reason, a field path and a message. A
request that fails raises one `ApiError`, which knows its HTTP code and can turn itself into the
`Status` object a client would have received. The constructors compose their messages as the API
server does, because controllers, tests and people compare them.

A constructor that names a resource takes anything with `kind`, `plural` and `group`: a `Kind`, or
a `ResourceName` for things that have no kind of their own (`pods/binding`, the Scale of another
object).

Not modelled: `metadata.continue` and `remainingItemCount` of a Status.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from attrs import frozen

from windtunnel.model.api.causes import Cause as Cause
from windtunnel.model.api.causes import duplicate as duplicate
from windtunnel.model.api.causes import forbidden as forbidden
from windtunnel.model.api.causes import invalid as invalid
from windtunnel.model.api.causes import not_found as not_found
from windtunnel.model.api.causes import not_supported as not_supported
from windtunnel.model.api.causes import required as required
from windtunnel.model.api.causes import show as show
from windtunnel.model.api.causes import too_long as too_long
from windtunnel.model.api.causes import too_many as too_many
from windtunnel.model.api.causes import type_invalid as type_invalid
from windtunnel.model.objects.json import Json


class Resource(Protocol):
    """What an error message needs to know of a kind."""

    @property
    def kind(self) -> str:
        """The kind's name, such as `Pod`."""

    @property
    def plural(self) -> str:
        """The name in paths, such as `pods`."""

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""


@frozen
class ResourceName:
    """The names of a resource that is not a registered kind."""

    kind: str
    plural: str
    group: str = ""


class ApiError(Exception):
    """A request failed; what the client receives in place of the object."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        causes: Sequence[Cause] = (),
        kind: str = "",
        group: str = "",
        name: str = "",
        uid: str = "",
        retry_after_seconds: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = tuple(causes)
        self.kind = kind
        self.group = group
        self.name = name
        self.uid = uid
        self.retry_after_seconds = retry_after_seconds

    def __repr__(self) -> str:
        return f"ApiError({self.code} {self.reason}: {self.message})"

    def status(self) -> Json:
        """Return the Status object as the server sends it. O(causes)."""
        details: dict[str, Any] = {}
        for key, value in (
            ("name", self.name),
            ("group", self.group),
            ("kind", self.kind),
            ("uid", self.uid),
            ("causes", [cause.to_json() for cause in self.causes]),
            ("retryAfterSeconds", self.retry_after_seconds),
        ):
            if value:
                details[key] = value
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if details:
            status["details"] = details
        status["code"] = self.code
        return status


def error_from_status(status: Json) -> ApiError:
    """Return the error a Status object of a failed request stands for.

    The inverse of `status()`.
    """
    details = status.get("details") or {}
    return ApiError(
        status.get("code", 500),
        status.get("reason", ""),
        status.get("message", ""),
        causes=[
            Cause(each.get("reason", ""), each.get("field", ""), each.get("message", ""))
            for each in details.get("causes") or ()
        ],
        kind=details.get("kind", ""),
        group=details.get("group", ""),
        name=details.get("name", ""),
        uid=details.get("uid", ""),
        retry_after_seconds=details.get("retryAfterSeconds", 0),
    )


def qualified(resource: Resource) -> str:
    """Return the plural name with its group, as messages print it: `pods`, `replicasets.apps`."""
    return f"{resource.plural}.{resource.group}" if resource.group else resource.plural


def _about(
    code: int,
    reason: str,
    resource: Resource,
    name: str,
    message: str,
    *,
    causes: Sequence[Cause] = (),
    retry_after_seconds: int = 0,
) -> ApiError:
    return ApiError(
        code,
        reason,
        message,
        causes=causes,
        kind=resource.plural,
        group=resource.group,
        name=name,
        retry_after_seconds=retry_after_seconds,
    )


def not_found_error(resource: Resource, name: str) -> ApiError:
    """Return 404 for an object that does not exist."""
    return _about(404, "NotFound", resource, name, f"{qualified(resource)} {show(name)} not found")


def no_such_path() -> ApiError:
    """Return 404 for a path that leads to no resource type."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def already_exists(resource: Resource, name: str) -> ApiError:
    """Return 409 for a create whose name is taken."""
    message = f"{qualified(resource)} {show(name)} already exists"
    return _about(409, "AlreadyExists", resource, name, message)


def generate_name_conflict(resource: Resource, name: str) -> ApiError:
    """Return 409 for a create whose generated names were all taken.

    The client may try again at once.
    """
    message = (
        f"{qualified(resource)} {show(name)} already exists, "
        "the server was not able to generate a unique name for the object"
    )
    return _about(409, "AlreadyExists", resource, name, message, retry_after_seconds=1)


MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def conflict(resource: Resource, name: str, message: str = MODIFIED) -> ApiError:
    """Return 409 for a write based on a state that is no longer current."""
    text = f"Operation cannot be fulfilled on {qualified(resource)} {show(name)}: {message}"
    return _about(409, "Conflict", resource, name, text)


def invalid_error(resource: Resource, name: str, causes: Sequence[Cause]) -> ApiError:
    """Return 422 for an object that fails validation; equal messages are printed once.

    O(causes).
    """
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    messages = list(dict.fromkeys(str(cause) for cause in causes))
    text = f": {messages[0]}" if messages else ""
    if len(messages) > 1:
        text = f": [{', '.join(messages)}]"
    return ApiError(
        422,
        "Invalid",
        f"{kind} {show(name)} is invalid{text}",
        causes=causes,
        kind=resource.kind,
        group=resource.group,
        name=name,
    )


def unprocessable_entity() -> ApiError:
    """Return 422 for a patch that is well formed but cannot be applied to this object."""
    message = "the server rejected our request due to an error in our request"
    return ApiError(422, "Invalid", message)


def bad_request(message: str) -> ApiError:
    """Return 400 for a request the server cannot read."""
    return ApiError(400, "BadRequest", message)


def unauthorized(message: str = "Unauthorized") -> ApiError:
    """Return 401 for a caller that is not known."""
    return ApiError(401, "Unauthorized", message)


def forbidden_error(
    resource: Resource, name: str, message: str, causes: Sequence[Cause] = ()
) -> ApiError:
    """Return 403 for a request that admission or authorization refuses."""
    about = f"{qualified(resource)} {show(name)}" if name else qualified(resource)
    text = f"{about} is forbidden: {message}"
    return _about(403, "Forbidden", resource, name, text, causes=causes)


def method_not_allowed(resource: Resource | None = None, verb: str = "") -> ApiError:
    """Return 405 for a verb that the path, or (given a resource) the storage, does not have."""
    if resource is None or not verb:
        message = "the server does not allow this method on the requested resource"
        return ApiError(405, "MethodNotAllowed", message)
    message = f"{verb} is not supported on resources of kind {show(qualified(resource))}"
    return _about(405, "MethodNotAllowed", resource, "", message)


def gone(message: str) -> ApiError:
    """Return 410 Expired: the asked version of the data is compacted away."""
    return ApiError(410, "Expired", message)


def request_entity_too_large(message: str) -> ApiError:
    """Return 413 for a body over the server's limit."""
    return ApiError(413, "RequestEntityTooLarge", f"Request entity is too large: {message}")


def unsupported_media_type() -> ApiError:
    """Return 415 for a body in a format the server does not read."""
    return ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type")


def too_many_requests(
    message: str, retry_after_seconds: int = 0, causes: Sequence[Cause] = ()
) -> ApiError:
    """Return 429: not now, come back after the given seconds (0: the server names none)."""
    return ApiError(
        429, "TooManyRequests", message, causes=causes, retry_after_seconds=retry_after_seconds
    )


def internal_error(message: str) -> ApiError:
    """Return 500 for a fault inside the server."""
    return ApiError(
        500,
        "InternalError",
        f"Internal error occurred: {message}",
        causes=(Cause("", "", message),),
    )


def unexplained(message: str) -> ApiError:
    """Return 500 for an error from below that the server passes on as it is: it has no reason and no details."""
    return ApiError(500, "", message)


def server_timeout(resource: Resource, verb: str, retry_after_seconds: int = 0) -> ApiError:
    """Return 500 ServerTimeout: the server gave up, and the client should try again."""
    message = (
        f"The {verb} operation against {qualified(resource)} could not be completed at this time, "
        "please try again."
    )
    return _about(
        500, "ServerTimeout", resource, "", message, retry_after_seconds=retry_after_seconds
    )


def service_unavailable(message: str) -> ApiError:
    """Return 503: the server cannot serve at the moment."""
    return ApiError(503, "ServiceUnavailable", message)


def timeout(message: str, retry_after_seconds: int = 0, causes: Sequence[Cause] = ()) -> ApiError:
    """Return 504: the request took too long; whether it had an effect is not known."""
    return ApiError(
        504,
        "Timeout",
        f"Timeout: {message}",
        causes=causes,
        retry_after_seconds=retry_after_seconds,
    )


def too_large_resource_version(asked: int, current: int, retry_after_seconds: int = 1) -> ApiError:
    """Return 504 for a read at a version this server has not seen yet."""
    return timeout(
        f"Too large resource version: {asked}, current: {current}",
        retry_after_seconds,
        (Cause("ResourceVersionTooLarge", "", "Too large resource version"),),
    )


def _has_reason(error: BaseException, *reasons: str) -> bool:
    return isinstance(error, ApiError) and error.reason in reasons


def is_not_found(error: BaseException) -> bool:
    """Tell whether the error says that the object does not exist."""
    return _has_reason(error, "NotFound")


def is_already_exists(error: BaseException) -> bool:
    """Tell whether the error says that the name of a create is taken."""
    return _has_reason(error, "AlreadyExists")


def is_conflict(error: BaseException) -> bool:
    """Tell whether the error says that a write was based on an old state."""
    return _has_reason(error, "Conflict")


def is_gone(error: BaseException) -> bool:
    """Tell whether the error says that the asked version is no longer available."""
    return _has_reason(error, "Expired", "Gone")


def is_invalid(error: BaseException) -> bool:
    """Tell whether the error says that validation failed."""
    return _has_reason(error, "Invalid")


def is_too_large_resource_version(error: BaseException) -> bool:
    """Tell whether the error says that the server has not seen the asked version yet."""
    return isinstance(error, ApiError) and any(
        cause.reason == "ResourceVersionTooLarge" for cause in error.causes
    )
