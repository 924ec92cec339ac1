"""Conformance area `names`: the forms that names, keys, values, ports and addresses may have.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does
not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.api import addresses, names

Json = dict[str, Any]

_KINDS: dict[str, Callable[[Any], list[str]]] = {
    "dns1123Label": names.is_dns1123_label,
    "dns1123Subdomain": names.is_dns1123_subdomain,
    "dns1035Label": names.is_dns1035_label,
    "qualifiedName": names.is_qualified_name,
    "labelValue": names.is_label_value,
    "portName": names.is_port_name,
    "portNumber": names.is_port_number,
    "ipAddress": addresses.is_ip_address,
    "percent": names.is_percent,
    "envVarName": names.is_env_var_name,
    "configMapKey": names.is_config_map_key,
    "pathSegment": names.is_path_segment,
}


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given, expect = case["given"], case["expect"]
    details = _KINDS[given["kind"]](given["value"])
    if expect["valid"] == (not details):
        return None
    found = f"is refused because it {details[0]}" if details else "is accepted"
    return f"{given['kind']} {given['value']!r} {found}."
