"""The continue token of a page: where the next page begins, and at which revision the list is.

A token is opaque to clients: JSON in URL-safe base64, as Kubernetes has it. Its revision may be compacted before the
next page is asked for; the answer is then 410 with a token that goes on at whatever is current (revision -1), which
makes the list inconsistent but never skips an object that was there all along.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.objects.json import Json

LATEST = -1
_VERSION = "meta.k8s.io/v1"
_AFTER = "\0"


def encode(path: str, prefix: str, revision: int) -> str:
    """The token for the page after a path, which lies below the prefix of the list. O(len)."""
    start = path.removeprefix(prefix) + _AFTER
    text = json.dumps({"v": _VERSION, "rv": revision, "start": start}, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(token: str, prefix: str) -> tuple[str, int]:
    """The path after which a token goes on, and its revision (LATEST: any). Raises 400."""
    try:
        text = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        content = json.loads(text)
        version, revision, start = (
            content.get("v", ""),
            content.get("rv", 0),
            content.get("start", ""),
        )
    except (Base64Error, ValueError, AttributeError) as error:
        raise _refused(f"continue key is not valid: {error}") from error
    if version != _VERSION or not isinstance(revision, int) or not isinstance(start, str):
        raise _refused(f"continue key is not valid: not of version {_VERSION}")
    if revision == 0:
        raise _refused("continue key is not valid: it has no revision")
    if not start or start.startswith("/") or ".." in start.split("/"):
        raise _refused("continue key is not valid: it does not lie in the list")
    return prefix + start.removesuffix(_AFTER), revision


def _refused(why: str) -> ApiError:
    return errors.bad_request(f"invalid continue token: {why}")


class ContinueExpired(ApiError):
    """410 for a page whose list is compacted; its Status carries a token to go on inconsistently."""

    def __init__(self, path: str, prefix: str) -> None:
        super().__init__(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result. Start a new list, or go "
            "on with the continue token of this answer and take objects as they are now.",
        )
        self.continue_token = encode(path, prefix, LATEST)

    def status(self) -> Json:
        """The Status object, with the token in its metadata."""
        return {**super().status(), "metadata": {"continue": self.continue_token}}
