"""What is valid in a container, and in the containers of a pod together.

Init containers that run to their end may have neither probes nor hooks; those that restart (sidecars) may.
Names are unique over all containers of a pod, host ports over the app containers.

Not modelled: security profiles and capabilities, resize and restart rules, device paths: they are kept as
they are.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import lru_cache

from windtunnel.model.api.errors import (
    Cause,
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
)
from windtunnel.model.api.kinds.pod.environment_validation import validate_environment
from windtunnel.model.api.kinds.pod.handler_validation import (
    HOOK_HANDLERS,
    validate_handler,
    validate_probe,
)
from windtunnel.model.api.kinds.pod.resource_validation import validate_resources
from windtunnel.model.api.names import is_dns1123_label, is_port_name, is_port_number
from windtunnel.model.objects.json import Json

PROTOCOLS = ("SCTP", "TCP", "UDP")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
MESSAGE_POLICIES = ("FallbackToLogsOnError", "File")
PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_HIGHEST_ID = 2**31 - 1
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


@lru_cache(maxsize=4096)
def label_details(value: str) -> tuple[str, ...]:
    """Return what keeps the value from being a DNS label. O(1) once seen."""
    return tuple(is_dns1123_label(value))


@lru_cache(maxsize=4096)
def _port_name_details(name: str) -> tuple[str, ...]:
    return tuple(is_port_name(name))


def _validate_name(name: str, path: str, seen: set[str]) -> list[Cause]:
    if not name:
        return [required(path)]
    causes = [invalid(path, name, detail) for detail in label_details(name)]
    if name in seen:
        causes.append(duplicate(path, name))
    seen.add(name)
    return causes


def _validate_ports(ports: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    names: set[str] = set()
    for index, port in enumerate(ports):
        name = port.get("name")
        if name:
            details = _port_name_details(name)
            causes += [invalid(f"{path}[{index}].name", name, detail) for detail in details]
            if not details:
                if name in names:
                    causes.append(duplicate(f"{path}[{index}].name", name))
                names.add(name)
        number = port.get("containerPort", 0)
        if number == 0:
            causes.append(required(f"{path}[{index}].containerPort"))
        for detail in is_port_number(number) if number else ():
            causes.append(invalid(f"{path}[{index}].containerPort", number, detail))
        on_host = port.get("hostPort", 0)
        for detail in is_port_number(on_host) if on_host else ():
            causes.append(invalid(f"{path}[{index}].hostPort", on_host, detail))
        protocol = port.get("protocol", "")
        if protocol not in PROTOCOLS:
            where = f"{path}[{index}].protocol"
            causes.append(
                not_supported(where, protocol, PROTOCOLS) if protocol else required(where)
            )
    return causes


def _validate_mounts(mounts: Sequence[Json], volumes: Container[str], path: str) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for index, mount in enumerate(mounts):
        where = f"{path}[{index}]"
        name, mount_path = mount.get("name"), mount.get("mountPath")
        if not name:
            causes.append(required(f"{where}.name"))
        elif name not in volumes:
            causes.append(not_found(f"{where}.name", name))
        if not mount_path:
            causes.append(required(f"{where}.mountPath"))
        elif mount_path in seen:
            causes.append(invalid(f"{where}.mountPath", mount_path, "must be unique"))
        else:
            seen.add(mount_path)
        if mount.get("subPath") and mount.get("subPathExpr"):
            detail = "subPathExpr and subPath are mutually exclusive"
            causes.append(invalid(f"{where}.subPathExpr", mount["subPathExpr"], detail))
        for key in ("subPath", "subPathExpr"):
            inner = mount.get(key)
            if inner:
                if inner.startswith("/"):
                    causes.append(invalid(f"{where}.{key}", inner, "must be a relative path"))
                if ".." in inner.split("/"):
                    causes.append(invalid(f"{where}.{key}", inner, "must not contain '..'"))
        propagation = mount.get("mountPropagation")
        if propagation and propagation not in PROPAGATIONS:
            where = f"{where}.mountPropagation"
            causes.append(not_supported(where, propagation, PROPAGATIONS))
    return causes


def validate_ids(context: Json, keys: Sequence[str], path: str) -> list[Cause]:
    """Return what is wrong with the user and group numbers of a security context. O(keys)."""
    causes: list[Cause] = []
    for key in keys:
        number = context.get(key)
        if number is not None and not 0 <= number <= _HIGHEST_ID:
            detail = f"must be between 0 and {_HIGHEST_ID}, inclusive"
            causes.append(invalid(f"{path}.{key}", number, detail))
    return causes


def _validate_security_context(context: Json, path: str) -> list[Cause]:
    causes = validate_ids(context, ("runAsUser", "runAsGroup"), path)
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            causes.append(invalid(path, context, detail))
        if "SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
            detail = (
                "cannot set `allowPrivilegeEscalation` to false and "
                "`capabilities.Add` CAP_SYS_ADMIN"
            )
            causes.append(invalid(path, context, detail))
    return causes


def _validate_choice(container: Json, key: str, choices: Sequence[str], path: str) -> list[Cause]:
    value = container.get(key, "")
    if value in choices:
        return []
    where = f"{path}.{key}"
    return [not_supported(where, value, choices) if value else required(where)]


def _validate_container(
    container: Json, path: str, seen: set[str], volumes: Container[str]
) -> list[Cause]:
    get = container.get
    causes = _validate_name(get("name", ""), f"{path}.name", seen)
    image = get("image", "")
    if not image:
        causes.append(required(f"{path}.image"))
    elif image != image.strip():
        detail = "must not have leading or trailing whitespace"
        causes.append(invalid(f"{path}.image", image, detail))
    for key in _PROBES:
        if key in container:
            causes += validate_probe(container[key], key, f"{path}.{key}")
    if "lifecycle" in container:
        for hook in ("postStart", "preStop"):
            if hook in container["lifecycle"]:
                where = f"{path}.lifecycle.{hook}"
                causes += validate_handler(container["lifecycle"][hook], HOOK_HANDLERS, where)
    if "ports" in container:
        causes += _validate_ports(container["ports"], f"{path}.ports")
    if "env" in container or "envFrom" in container:
        causes += validate_environment(container, path)
    if "volumeMounts" in container:
        causes += _validate_mounts(container["volumeMounts"], volumes, f"{path}.volumeMounts")
    causes += _validate_choice(container, "imagePullPolicy", PULL_POLICIES, path)
    causes += _validate_choice(container, "terminationMessagePolicy", MESSAGE_POLICIES, path)
    if get("resources"):
        causes += validate_resources(container["resources"], f"{path}.resources")
    if get("securityContext"):
        where = f"{path}.securityContext"
        causes += _validate_security_context(container["securityContext"], where)
    return causes


def _validate_host_ports(containers: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for position, container in enumerate(containers):
        for index, port in enumerate(container.get("ports") or ()):
            number = port.get("hostPort")
            if not number:
                continue
            key = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{number}"
            if key in seen:
                causes.append(duplicate(f"{path}[{position}].ports[{index}].hostPort", key))
            seen.add(key)
    return causes


def _validate_host_network(containers: Sequence[Json], path: str) -> list[Cause]:
    detail = "must match `containerPort` when `hostNetwork` is true"
    return [
        invalid(f"{path}[{position}].ports[{index}].hostPort", port["hostPort"], detail)
        for position, container in enumerate(containers)
        for index, port in enumerate(container.get("ports") or ())
        if port.get("hostPort") and port["hostPort"] != port.get("containerPort")
    ]


def validate_containers(spec: Json, volumes: Container[str], path: str) -> list[Cause]:
    """Return what is wrong with the containers of a pod spec; volumes are the names it has. O(fields)."""
    causes: list[Cause] = []
    seen: set[str] = set()
    containers = spec.get("containers")
    if not containers:
        causes.append(required(f"{path}.containers"))
        containers = []
    for index, container in enumerate(containers):
        causes += _validate_container(container, f"{path}.containers[{index}]", seen, volumes)
    causes += _validate_host_ports(containers, f"{path}.containers")
    if spec.get("hostNetwork"):
        causes += _validate_host_network(containers, f"{path}.containers")
    for index, container in enumerate(spec.get("initContainers") or ()):
        where = f"{path}.initContainers[{index}]"
        causes += _validate_container(container, where, seen, volumes)
        if container.get("restartPolicy") == "Always":
            continue
        for key in ("lifecycle", *_PROBES):
            if key in container:
                detail = "may not be set for init containers without restartPolicy=Always"
                causes.append(forbidden(f"{where}.{key}", detail))
    for index, container in enumerate(spec.get("ephemeralContainers") or ()):
        where = f"{path}.ephemeralContainers[{index}]"
        causes += _validate_container(container, where, seen, volumes)
        for key in ("lifecycle", *_PROBES, "ports"):
            if key in container:
                detail = "cannot be set for an Ephemeral Container"
                causes.append(forbidden(f"{where}.{key}", detail))
    return causes
