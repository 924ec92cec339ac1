"""What names may look like: one function for each form that Kubernetes knows.

Each function takes a value and returns what is wrong with it, a list of short details that a
validation puts behind the field and the value ("must not contain dots"); an empty list means that
the value is fine. A value can be wrong in several ways at once, and each is its own detail,
because the API server reports each as its own cause.

Lengths are counted in bytes. Addresses have a module of their own, `addresses`.

Not modelled: the wording of the longer explanations, which here are our own.
"""

from __future__ import annotations

import re
from functools import lru_cache

LABEL_LIMIT_BYTES = 63
SUBDOMAIN_LIMIT_BYTES = 253
PORT_NAME_LIMIT_BYTES = 15
LOWEST_PORT = 1
HIGHEST_PORT = 65535

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_is_label = re.compile(_LABEL).fullmatch
_is_subdomain = re.compile(rf"{_LABEL}(\.{_LABEL})*").fullmatch
_is_dns1035_label = re.compile("[a-z]([-a-z0-9]*[a-z0-9])?").fullmatch
_is_name_part = re.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?").fullmatch
_is_port_name = re.compile("[-a-z0-9]+").fullmatch
_has_letter = re.compile("[a-z]").search
_is_percent = re.compile("[0-9]+%").fullmatch
_is_environment_name = re.compile("[-._a-zA-Z][-._a-zA-Z0-9]*").fullmatch
_is_relaxed_environment_name = re.compile("[ -<>-~]+").fullmatch
_is_config_map_key = re.compile("[-._a-zA-Z0-9]+").fullmatch
_is_http_header_name = re.compile("[-A-Za-z0-9]+").fullmatch

_LABEL_FORM = (
    "must be a lower-case DNS label (RFC 1123): letters a-z, digits and '-', with a letter or "
    "digit at either end, as in 'my-name' or '123-abc'"
)
_SUBDOMAIN_FORM = (
    "must be a lower-case DNS subdomain (RFC 1123): letters a-z, digits, '-' and '.', each part "
    "with a letter or digit at either end, as in 'example.com'"
)
_DNS1035_FORM = (
    "must be a lower-case DNS label (RFC 1035): letters a-z, digits and '-', with a letter first "
    "and a letter or digit last, as in 'my-name' or 'abc-123'"
)
_NAME_PART_FORM = (
    "must be letters, digits, '-', '_' and '.', with a letter or digit at either end, "
    "as in 'MyName', 'my.name' or '123-abc'"
)


def max_length(limit_bytes: int) -> str:
    """Return the detail for a value of more than limit_bytes bytes."""
    return f"must be no more than {limit_bytes} bytes"


def _is_longer(value: str, limit_bytes: int) -> bool:
    length = len(value)
    if length > limit_bytes or value.isascii():
        return length > limit_bytes
    return len(value.encode("utf-8", "surrogatepass")) > limit_bytes


def _check(value: str, limit_bytes: int, has_form: bool, form: str) -> list[str]:
    details = [max_length(limit_bytes)] if _is_longer(value, limit_bytes) else []
    if not has_form:
        details.append(form)
    return details


def is_dns1123_label(value: str) -> list[str]:
    """Return what keeps value from being a DNS label, the form of Namespace and Service names.

    O(len).
    """
    if _is_label(value):
        return _check(value, LABEL_LIMIT_BYTES, True, "")
    form = "must not contain dots" if _is_subdomain(value) else _LABEL_FORM
    return _check(value, LABEL_LIMIT_BYTES, False, form)


def is_dns1123_subdomain(value: str) -> list[str]:
    """Return what keeps value from being a DNS subdomain, the form of most object names. O(len)."""
    return _check(value, SUBDOMAIN_LIMIT_BYTES, bool(_is_subdomain(value)), _SUBDOMAIN_FORM)


def is_dns1035_label(value: str) -> list[str]:
    """Return what keeps value from being a DNS label that starts with a letter. O(len)."""
    return _check(value, LABEL_LIMIT_BYTES, bool(_is_dns1035_label(value)), _DNS1035_FORM)


def is_qualified_name(value: str) -> list[str]:
    """Return what keeps value from being a label key: a name, or a DNS subdomain, '/', a name.

    The same form serves taints, finalizers and conditions, and annotations after lowering.
    O(len) at first, then O(1).
    """
    return list(_qualified_name_details(value))


@lru_cache(maxsize=4096)
def _qualified_name_details(value: str) -> tuple[str, ...]:
    prefix, slash, name = value.rpartition("/")
    details = []
    if slash:
        if "/" in prefix:
            return (f"a name {_NAME_PART_FORM}; before it may stand one DNS subdomain and one '/'",)
        if not prefix:
            details.append("prefix part must be non-empty")
        else:
            details.extend(f"prefix part {detail}" for detail in is_dns1123_subdomain(prefix))
    if not name:
        details.append("name part must be non-empty")
    elif _is_longer(name, LABEL_LIMIT_BYTES):
        details.append(f"name part {max_length(LABEL_LIMIT_BYTES)}")
    if not _is_name_part(name):
        details.append(f"name part {_NAME_PART_FORM}")
    return tuple(details)


def is_label_value(value: str) -> list[str]:
    """Return what keeps value from being the value of a label; the empty string is one. O(len)."""
    has_form = not value or bool(_is_name_part(value))
    return _check(
        value, LABEL_LIMIT_BYTES, has_form, f"a label value {_NAME_PART_FORM}, or be empty"
    )


def is_port_name(value: str) -> list[str]:
    """Return what keeps value from being the name of a port, such as 'http' or 'dns-tcp'.

    O(len).
    """
    details = []
    if _is_longer(value, PORT_NAME_LIMIT_BYTES):
        details.append(max_length(PORT_NAME_LIMIT_BYTES))
    if not _is_port_name(value):
        details.append("must contain only a-z, 0-9 and '-'")
    if not _has_letter(value):
        details.append("must contain at least one letter (a-z)")
    if "--" in value:
        details.append("must not contain '--'")
    if value.startswith("-") or value.endswith("-"):
        details.append("must not begin or end with '-'")
    return details


def is_port_number(value: int) -> list[str]:
    """Return what keeps value from being the number of a port. O(1)."""
    if LOWEST_PORT <= value <= HIGHEST_PORT:
        return []
    return [f"must be between {LOWEST_PORT} and {HIGHEST_PORT}, inclusive"]


def is_percent(value: str) -> list[str]:
    """Return what keeps value from being a percentage; more than 100 % is one. O(len)."""
    return (
        []
        if _is_percent(value)
        else ["must be a whole number followed by '%', as in '1%' or '93%'"]
    )


def _path_details(value: str) -> list[str]:
    if value in (".", ".."):
        return [f"must not be '{value}'"]
    return ["must not start with '..'"] if value.startswith("..") else []


def is_env_var_name(value: str) -> list[str]:
    """Return what keeps value from being the name of an environment variable in the narrow sense.

    O(len).
    """
    details = []
    if not _is_environment_name(value):
        details.append("must be letters, digits, '_', '-' and '.', and not start with a digit")
    return details + _path_details(value)


def is_relaxed_env_var_name(value: str) -> list[str]:
    """Return what keeps value from being a name that a container's `env` accepts. O(len).

    That is any printable ASCII but '='.
    """
    if not value:
        return ["must be non-empty"]
    if not _is_relaxed_environment_name(value):
        return ["must be printable ASCII characters other than '='"]
    return []


def is_config_map_key(value: str) -> list[str]:
    """Return what keeps value from being a key of a ConfigMap or a Secret: it becomes a file name.

    O(len).
    """
    has_form = bool(_is_config_map_key(value))
    details = _check(
        value, SUBDOMAIN_LIMIT_BYTES, has_form, "must be letters, digits, '-', '_' and '.'"
    )
    return details + _path_details(value)


def is_http_header_name(value: str) -> list[str]:
    """Return what keeps value from being the name of an HTTP header in a probe. O(len)."""
    return [] if _is_http_header_name(value) else ["must be letters, digits and '-'"]


def is_path_segment(value: str) -> list[str]:
    """Return what keeps value from being a segment of a URL path, as any object name must be.

    O(len). The empty string is one: that a name is required is said elsewhere.
    """
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{character}'" for character in "/%" if character in value]


def mask_trailing_dash(prefix: str) -> str:
    """Return a `generateName` prefix as it is checked: a last '-' is no end of it. O(len)."""
    if len(prefix) > 1 and prefix.endswith("-"):
        return prefix[:-2] + "a"
    return prefix
