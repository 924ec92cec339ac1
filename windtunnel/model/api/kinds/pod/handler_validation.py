"""What is valid in the handlers of a container: its probes and its lifecycle hooks."""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.api.errors import Cause, forbidden, invalid, not_supported, required
from windtunnel.model.api.kinds.pod.resource_validation import NOT_NEGATIVE
from windtunnel.model.api.names import is_http_header_name, is_port_name, is_port_number
from windtunnel.model.objects.json import Json

PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
SCHEMES = ("HTTP", "HTTPS")
_NUMBERS = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)


def validate_port_or_name(port: int | str, path: str) -> list[Cause]:
    """Return what is wrong with a port that may be given by number or by name. O(1)."""
    details = is_port_number(port) if isinstance(port, int) else is_port_name(port)
    return [invalid(path, port, detail) for detail in details]


def _validate_http_get(action: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    if not action.get("path"):
        causes.append(required(f"{path}.path"))
    causes += validate_port_or_name(action.get("port", 0), f"{path}.port")
    scheme = action.get("scheme", "")
    if scheme not in SCHEMES:
        causes.append(not_supported(f"{path}.scheme", scheme, SCHEMES))
    for header in action.get("httpHeaders") or ():
        name = header.get("name", "")
        for detail in is_http_header_name(name):
            causes.append(invalid(f"{path}.httpHeaders", name, detail))
    return causes


def validate_handler(handler: Json, kinds: Sequence[str], path: str) -> list[Cause]:
    """Return what is wrong with a handler, which must be exactly one of the given kinds. O(1)."""
    causes: list[Cause] = []
    present = [kind for kind in kinds if kind in handler]
    if not present:
        return [required(path, "must specify a handler type")]
    for kind in present[1:]:
        causes.append(forbidden(f"{path}.{kind}", "may not specify more than 1 handler type"))
    kind = present[0]
    action = handler[kind]
    if kind == "exec":
        if not action.get("command"):
            causes.append(required(f"{path}.exec.command"))
    elif kind == "httpGet":
        causes += _validate_http_get(action, f"{path}.httpGet")
    elif kind == "tcpSocket":
        causes += validate_port_or_name(action.get("port", 0), f"{path}.tcpSocket.port")
    elif kind == "grpc":
        causes += validate_port_or_name(action.get("port", 0), f"{path}.grpc.port")
    elif action.get("seconds", 0) < 0:
        detail = "must be a non-negative integer"
        causes.append(invalid(f"{path}.sleep", action["seconds"], detail))
    return causes


def validate_probe(probe: Json, role: str, path: str) -> list[Cause]:
    """Return what is wrong with a probe; role is its field, such as `livenessProbe`. O(1)."""
    causes = validate_handler(probe, PROBE_HANDLERS, path)
    for key in _NUMBERS:
        value = probe.get(key, 0)
        if value < 0:
            causes.append(invalid(f"{path}.{key}", value, NOT_NEGATIVE))
    grace = probe.get("terminationGracePeriodSeconds")
    if role == "readinessProbe":
        if grace is not None:
            detail = "must not be set for readinessProbes"
            causes.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, detail))
        return causes
    if grace is not None and grace <= 0:
        detail = "must be greater than 0"
        causes.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, detail))
    successes = probe.get("successThreshold", 0)
    if successes != 1:
        causes.append(invalid(f"{path}.successThreshold", successes, "must be 1"))
    return causes
