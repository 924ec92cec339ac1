"""The defaults of containers and volumes.

Every function returns the object it got if all defaults are there already, so that an update which changes
nothing is seen to change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.api.images import default_pull_policy
from windtunnel.model.objects.json import Json

DEFAULT_FILE_MODE = 0o644
TOKEN_EXPIRATION_SECONDS = 3600
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
LIFECYCLE_HANDLERS = ("postStart", "preStop")
_PROBE_DEFAULTS = {
    "timeoutSeconds": 1,
    "periodSeconds": 10,
    "successThreshold": 1,
    "failureThreshold": 3,
}
_NO_RESOURCES: Json = {}


def default_each(items: list[Json], default: Callable[[Json], Json]) -> list[Json]:
    """Return the list with each item defaulted; the same list if none changed. O(items)."""
    result = [default(item) for item in items]
    for before, after in zip(items, result, strict=True):
        if before is not after:
            return result
    return items


def completed(obj: Json, defaults: Json) -> Json:
    """Return the object with the defaults for the keys it lacks. O(defaults)."""
    missing = {key: value for key, value in defaults.items() if key not in obj}
    return {**obj, **missing} if missing else obj


def _default_http_get(handler: Json) -> Json:
    http_get = handler.get("httpGet")
    if http_get is None:
        return handler
    result = completed(http_get, {"path": "/", "scheme": "HTTP"})
    return handler if result is http_get else {**handler, "httpGet": result}


def _default_probe(probe: Json) -> Json:
    probe = completed(_default_http_get(probe), _PROBE_DEFAULTS)
    grpc = probe.get("grpc")
    if grpc is not None and "service" not in grpc:
        probe = {**probe, "grpc": {**grpc, "service": ""}}
    return probe


def _default_lifecycle(lifecycle: Json) -> Json:
    changed: dict[str, Any] = {}
    for key in LIFECYCLE_HANDLERS:
        handler = lifecycle.get(key)
        if handler is not None:
            result = _default_http_get(handler)
            if result is not handler:
                changed[key] = result
    return {**lifecycle, **changed} if changed else lifecycle


def _default_port(port: Json) -> Json:
    return port if "protocol" in port else {**port, "protocol": "TCP"}


def _default_source(source: Json) -> Json:
    """Default what an environment variable and a downward API file have in common."""
    changed: dict[str, Any] = {}
    field_ref = source.get("fieldRef")
    if field_ref is not None and "apiVersion" not in field_ref:
        changed["fieldRef"] = {**field_ref, "apiVersion": "v1"}
    resource_ref = source.get("resourceFieldRef")
    if resource_ref is not None and "divisor" not in resource_ref:
        changed["resourceFieldRef"] = {**resource_ref, "divisor": "0"}
    file_ref = source.get("fileKeyRef")
    if file_ref is not None and "optional" not in file_ref:
        changed["fileKeyRef"] = {**file_ref, "optional": False}
    return {**source, **changed} if changed else source


def _default_environment(variable: Json) -> Json:
    source = variable.get("valueFrom")
    if source is None:
        return variable
    result = _default_source(source)
    return variable if result is source else {**variable, "valueFrom": result}


def default_container(container: Json) -> Json:
    """Return the container with its defaults. O(fields)."""
    changed: dict[str, Any] = {}
    get = container.get
    if "terminationMessagePath" not in container:
        changed["terminationMessagePath"] = "/dev/termination-log"
    if "terminationMessagePolicy" not in container:
        changed["terminationMessagePolicy"] = "File"
    if "imagePullPolicy" not in container:
        changed["imagePullPolicy"] = default_pull_policy(get("image", ""))
    if "resources" not in container:
        changed["resources"] = _NO_RESOURCES
    ports = get("ports")
    if ports:
        result_list = default_each(ports, _default_port)
        if result_list is not ports:
            changed["ports"] = result_list
    environment = get("env")
    if environment:
        result_list = default_each(environment, _default_environment)
        if result_list is not environment:
            changed["env"] = result_list
    for key in PROBES:
        probe = get(key)
        if probe is not None:
            result = _default_probe(probe)
            if result is not probe:
                changed[key] = result
    lifecycle = get("lifecycle")
    if lifecycle is not None:
        result = _default_lifecycle(lifecycle)
        if result is not lifecycle:
            changed["lifecycle"] = result
    return {**container, **changed} if changed else container


def _default_projection(projection: Json) -> Json:
    token = projection.get("serviceAccountToken")
    if token is not None and "expirationSeconds" not in token:
        token = {**token, "expirationSeconds": TOKEN_EXPIRATION_SECONDS}
        return {**projection, "serviceAccountToken": token}
    downward = projection.get("downwardAPI")
    if downward is not None and downward.get("items"):
        items = default_each(downward["items"], _default_source)
        if items is not downward["items"]:
            return {**projection, "downwardAPI": {**downward, "items": items}}
    return projection


def default_volume(volume: Json) -> Json:
    """Return the volume with its defaults; a volume without a source is an emptyDir. O(fields)."""
    if len(volume) == 1:
        return {**volume, "emptyDir": {}}
    for key in ("secret", "configMap", "downwardAPI", "projected"):
        source = volume.get(key)
        if source is None:
            continue
        result = completed(source, {"defaultMode": DEFAULT_FILE_MODE})
        list_key, default = (
            ("sources", _default_projection) if key == "projected" else ("items", _default_source)
        )
        entries = result.get(list_key)
        if entries:
            defaulted = default_each(entries, default)
            if defaulted is not entries:
                result = {**result, list_key: defaulted}
        if result is not source:
            volume = {**volume, key: result}
    host_path = volume.get("hostPath")
    if host_path is not None and "type" not in host_path:
        volume = {**volume, "hostPath": {**host_path, "type": ""}}
    image = volume.get("image")
    if image is not None and "pullPolicy" not in image:
        policy = default_pull_policy(image.get("reference", ""))
        volume = {**volume, "image": {**image, "pullPolicy": policy}}
    return volume
