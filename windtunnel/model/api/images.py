"""Image names: what a container's `image` refers to when parts of it are left out.

A name is `[registry/]path[:tag][@digest]`. Without tag and digest the tag is `latest`, and `latest` is
what makes the default pull policy `Always` instead of `IfNotPresent`. A name that cannot be parsed has no
tag at all: it gets `IfNotPresent` from the API server, and the kubelet reports `InvalidImageName`.

Not modelled: short-name aliases of a container runtime.
"""

from __future__ import annotations

import re
from functools import lru_cache

from attrs import frozen

DEFAULT_REGISTRY = "docker.io"
DEFAULT_TAG = "latest"
MAX_NAME_LENGTH = 255

_DOMAIN_COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_IPV6 = r"\[(?:[a-fA-F0-9:]+)\]"
_DOMAIN = rf"(?:{_DOMAIN_COMPONENT}(?:\.{_DOMAIN_COMPONENT})*|{_IPV6})(?::[0-9]+)?"
_PATH_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*"
_PATH = rf"{_PATH_COMPONENT}(?:/{_PATH_COMPONENT})*"
_TAG = r"[\w][\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(
    rf"(?P<name>{_DOMAIN}/{_PATH})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?", re.ASCII
)
_BARE_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}


@frozen
class Image:
    """A parsed image name; `tag` is `latest` when the text names neither tag nor digest."""

    repository: str
    tag: str
    digest: str


def _with_registry(text: str) -> str | None:
    """Return the name with its registry spelled out, None if its path is not lower case."""
    first, slash, rest = text.partition("/")
    named = slash and (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    )
    if named:
        registry, remainder = first, rest
    else:
        registry, remainder = DEFAULT_REGISTRY, text
    if registry == DEFAULT_REGISTRY and "/" not in remainder:
        remainder = f"library/{remainder}"
    path = remainder.partition(":")[0]
    return f"{registry}/{remainder}" if path == path.lower() else None


@lru_cache(maxsize=4096)
def parse(text: str) -> Image | None:
    """Return the parts of an image name, None if the name is not valid. O(length), cached."""
    if not text or _BARE_IDENTIFIER.fullmatch(text):
        return None
    full = _with_registry(text)
    match = _REFERENCE.fullmatch(full) if full else None
    if match is None or len(match["name"]) > MAX_NAME_LENGTH:
        return None
    tag, digest = match["tag"] or "", match["digest"] or ""
    if digest:
        algorithm, _, value = digest.partition(":")
        if len(value) != _DIGEST_LENGTHS.get(algorithm) or value != value.lower():
            return None
    if not tag and not digest:
        tag = DEFAULT_TAG
    return Image(match["name"], tag, digest)


def with_default_tag(text: str) -> str | None:
    """Return the name as the kubelet hands it to the runtime, None if it is not valid. O(length)."""
    image = parse(text)
    if image is None:
        return None
    if not image.digest and not text.endswith(f":{image.tag}"):
        return f"{text}:{image.tag}"
    return text


def default_pull_policy(text: str) -> str:
    """Return the imagePullPolicy of a container that names none. O(length), cached."""
    image = parse(text)
    return "Always" if image is not None and image.tag == DEFAULT_TAG else "IfNotPresent"
