"""What a conformance case is about, worked out from the case itself, as tags such as `role:endpoints` or `verb:watch`.

A case may have several: a transcript is about every controller that it needs, every kind it asks for and every verb
it uses, so the numbers of different lines of the page do not add up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from windtunnel.conformance.needs import role_of
from windtunnel.model.api.kinds import BUILT_IN
from windtunnel.model.objects.json import Json

Tags = tuple[str, ...]

ROLE_OF_AREA = {
    "replicaset": "replication",
    "deployment": "deployment",
    "statefulset": "statefulset",
    "hpa": "horizontal-pod-autoscaler",
    "pvbinding": "persistentvolume-binder",
    "proxy": "kube-proxy",
    "rbac": "rbac",
}
"""Tables about one component."""

PART_OF_AREA = {
    "labels": "part:label-selectors",
    "fields": "part:field-selectors",
    "names": "part:names",
    "quantities": "part:quantities",
    "podphase": "part:pod-phase",
}
"""Tables about one thing that is nobody's own."""

TAG_OF_KIND = {
    ("endpoints", "sliceEndpoint"): "role:endpointslice",
    ("endpoints", "sync"): "role:endpoints",
    ("endpoints", "repack"): "role:endpoints",
    ("nodelifecycle", "noExecute"): "role:taint-eviction",
    ("scheduler", "toleration"): "part:tolerations",
    ("scheduler", "nodeSelector"): "part:node-selectors",
    ("images", "defaultPolicy"): "part:image-names",
    ("images", "defaultTag"): "part:image-names",
    ("images", "shouldPull"): "part:images",
    ("images", "ensure"): "part:images",
    ("probes", "worker"): "part:probes",
    ("probes", "httpStatus"): "part:probes",
    ("probes", "execExit"): "part:probes",
    ("probes", "containerFlags"): "part:pod-status",
    ("probes", "podReady"): "part:pod-conditions",
    ("probes", "shouldRestart"): "part:pod-phase",
    ("probes", "crashLoop"): "part:back-off",
}
"""What the cases of one kind in a table are about."""

ADMISSION_AREAS = ("golden/api", "golden/policy", "conformance/api", "conformance/admission")
ADMISSION_MARKS = {
    "ServiceAccount": ('"serviceAccount', '"imagePullSecrets"'),
    "LimitRanger": ('"LimitRange"',),
    "ResourceQuota": ('"ResourceQuota"',),
    "TaintNodesByCondition": ('"effect": "NoSchedule", "key": "node.kubernetes.io/not-ready"',),
    "Priority": ('"priorityClassName"', '"priority"'),
    "DefaultTolerationSeconds": ('"tolerationSeconds": 300',),
}
"""Texts in a request or an answer by which an admission plug-in shows, where nobody but the API server is at work."""

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_PATCHES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
}
_KINDS = {kind.plural: kind.kind for kind in BUILT_IN}


def tags_of(area: str, case: Json) -> Tags:
    """What a case is about, each tag once, in a defined order. O(size of the case)."""
    sort, _, name = area.partition("/")
    found = _of_transcript(name, case) if sort == "golden" else _of_table(name, case["given"])
    return tuple(dict.fromkeys([*found, *_admission(area, case)]))


def _of_table(area: str, given: Json) -> Iterator[str]:
    kind = str(given.get("kind", ""))
    if kind == "sequence":
        yield f"area:{area}"
        yield from _of_sequence(given)
    elif area in ROLE_OF_AREA:
        yield f"role:{ROLE_OF_AREA[area]}"
    elif area in PART_OF_AREA:
        yield PART_OF_AREA[area]
    elif "plugin" in given:
        yield f"plugin:{given['plugin']}"
    elif (area, kind) in TAG_OF_KIND:
        yield TAG_OF_KIND[area, kind]
    elif area == "nodelifecycle":
        yield "role:node-lifecycle"


def _of_sequence(given: Json) -> Iterator[str]:
    for step in given["steps"]:
        for each in (step, *step.get("during", ())):
            yield from _kind(str(each["resource"]))
            part = str(each.get("subresource", ""))
            yield _verb(str(each["op"]), part, str(each.get("patchType", "")))


def _of_transcript(area: str, case: Json) -> Iterator[str]:
    yield f"area:{area}"
    for controller in case.get("controllers", ()):
        yield f"role:{role_of(controller)}"
    for step in case["steps"]:
        for what in ("request", "state", "watch", "foreach"):
            part = step.get(what)
            if not isinstance(part, dict) or "path" not in part:
                continue
            resource, name, subresource = parsed(part["path"])
            yield from _kind(resource)
            if what == "watch":
                yield "verb:watch"
            elif what == "request":
                yield _verb_of_request(part, name, subresource)


def parsed(path: str) -> tuple[str, str, str]:
    """Resource, name and subresource at a REST path, '' for what is not there. O(length)."""
    parts = [part for part in path.partition("?")[0].split("/") if part]
    rest = parts[2:] if parts[:1] == ["api"] else parts[3:] if parts[:1] == ["apis"] else []
    if rest[:1] == ["namespaces"] and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        rest = rest[2:]
    resource, name, subresource = [*rest[:3], "", "", ""][:3]
    return resource, name, subresource


def _verb_of_request(request: Json, name: str, subresource: str) -> str:
    method, patch = request["method"], _PATCHES.get(request.get("content_type", ""), "")
    if method == "GET":
        verb = "get" if name else "list"
    elif method == "DELETE":
        verb = "delete" if name else "deletecollection"
    else:
        verb = _VERBS.get(method, "other")
    return _verb(verb, subresource, patch)


def _verb(verb: str, subresource: str, patch: str) -> str:
    if subresource:
        return f"subresource:{subresource}"
    return f"verb:patch/{patch}" if verb == "patch" else f"verb:{verb}"


def _kind(plural: str) -> Iterator[str]:
    if plural in _KINDS:
        yield f"kind:{_KINDS[plural]}"


def _admission(area: str, case: Json) -> Iterator[str]:
    if area not in ADMISSION_AREAS:
        return
    text = json.dumps(case, sort_keys=True)
    found = [
        plugin for plugin, marks in ADMISSION_MARKS.items() if any(mark in text for mark in marks)
    ]
    for plugin in found:
        yield f"admission:{plugin}"
