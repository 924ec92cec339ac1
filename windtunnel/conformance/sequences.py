"""Runs request sequences: the cases of the areas api, services and admission.

Each step is a request to a fresh namespace `ns`; each answer is compared with what the case lists, and with nothing
else. The namespaces are made first and the API server is then started again, so that the versions before the case
count as old, as they do on a server that has been up for a while.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from windtunnel.conformance.golden_settings import settings_for
from windtunnel.conformance.matching import look_up
from windtunnel.conformance.needs import kind_need, unmet
from windtunnel.conformance.world import WatchReader, World
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds import BUILT_IN
from windtunnel.model.apiserver.rest import RestAnswer
from windtunnel.model.objects.json import Json

NAMESPACE = "ns"
METHODS = {
    "create": "POST", "get": "GET", "list": "GET", "watch": "GET", "update": "PUT", "patch": "PATCH",
    "delete": "DELETE", "deletecollection": "DELETE",
}  # fmt: skip
PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}
WATCH_MS = 1_000
_PLACEHOLDER = re.compile(r"\$\{([a-z]+\.[^}]+)\}")


def needs(case: Json) -> tuple[str, ...]:
    """What the sequence needs that the model does not have."""
    steps = case["given"]["steps"]
    resources = [step["resource"] for step in steps]
    resources += [each["resource"] for step in steps for each in step.get("during", ())]
    return unmet(kind_need(kind.group, kind.plural) for kind in map(_kind, resources) if kind)


def _kind(plural: str) -> Kind | None:
    return next((kind for kind in BUILT_IN if kind.plural == plural), None)


def run(case: Json, *, service_accounts: bool = False) -> str | None:
    """Run a sequence; None if every answer is as listed, else the first difference in one sentence."""
    sequence = _Sequence(service_accounts)
    answers = zip(case["given"]["steps"], case["expect"]["steps"], strict=True)
    for number, (step, expected) in enumerate(answers, 1):
        found = sequence.step(step, expected)
        if found:
            title = f"{step['op']} {step['resource']} {step.get('name', '')}".strip()
            return f"step {number} ({title}): {found}"
    return None


class _Sequence:
    """One run of one sequence. Owns its world and what earlier answers are remembered for."""

    def __init__(self, service_accounts: bool) -> None:
        self.world = World(settings_for({}, service_accounts=service_accounts))
        for name in ("default", "kube-system", NAMESPACE):
            self.world.http("POST", "/api/v1/namespaces", body={"metadata": {"name": name}})
        self.world.restart_apiserver()
        self.saved: dict[str, str] = {}
        self.seen: dict[tuple[str, str, str], Json] = {}
        self.created: dict[str, Json] = {}

    def step(self, step: Json, expected: Json) -> str | None:
        """Send one step and compare its answer."""
        if step["op"] == "watch":
            return self.watch(step, expected)
        answer = self.send(step)
        body = answer.body if isinstance(answer.body, dict) else {}
        if answer.status != expected["code"]:
            return (
                f"code is {answer.status} ({body.get('message', '')}), expected {expected['code']}"
            )
        if answer.status >= 400:
            return self.check_error(body, expected)
        self.save(step, body)
        found = self.check(step, body, expected)
        self.remember(step, body)
        return found

    def send(self, step: Json) -> RestAnswer:
        """The request of a step."""
        query = self.fill(step.get("query", {}))
        body = self.fill(step.get("patch", step.get("object", step.get("options"))))
        content_type = PATCH_TYPES.get(step.get("patchType", ""), "application/json")
        return self.world.http(METHODS[step["op"]], self.path(step), query, body, content_type)

    def path(self, step: Json) -> str:
        """The REST path of a step."""
        kind = _kind(step["resource"])
        if kind is None:
            return f"/api/v1/namespaces/{NAMESPACE}/{step['resource']}"
        parts = ["apis", kind.group, kind.version] if kind.group else ["api", kind.version]
        if kind.namespaced:
            parts += ["namespaces", step.get("namespace", NAMESPACE)]
        parts.append(kind.plural)
        name = step.get("name", "")
        if name and step["op"] not in ("list", "deletecollection") and self.is_named(step):
            parts.append(name)
        if step.get("subresource"):
            parts.append(step["subresource"])
        return "/" + "/".join(parts)

    def is_named(self, step: Json) -> bool:
        """Whether the path of a step ends in the object's name: not when an object is created."""
        return step["op"] != "create" or bool(step.get("subresource"))

    def fill(self, value: Any) -> Any:
        """A value with its placeholders replaced by what was saved."""
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: self.saved.get(found[1], found[0]), value)
        if isinstance(value, dict):
            return {key: self.fill(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.fill(part) for part in value]
        return value

    def save(self, step: Json, body: Json) -> None:
        """Remember the version, uid and continue token of an answer under the step's name."""
        metadata = body.get("metadata") or {}
        if "save" in step:
            name = step["save"]
            self.saved[f"rv.{name}"] = metadata.get("resourceVersion", "")
            self.saved[f"uid.{name}"] = metadata.get("uid", "")
            self.saved[f"continue.{name}"] = metadata.get("continue", "")

    def remember(self, step: Json, body: Json) -> None:
        """Remember the metadata of an answer, for the next answer that has this object."""
        metadata = body.get("metadata") or {}
        if "uid" in metadata and "dryRun" not in step.get("query", {}):
            self.seen[self.place(step, metadata)] = metadata
            if step["op"] == "create":
                self.created.setdefault(metadata["name"], body)

    def place(self, step: Json, metadata: Json) -> tuple[str, str, str]:
        """Which object an answer is about."""
        return step["resource"], metadata.get("namespace", ""), metadata.get("name", "")

    # -- comparing

    def check_error(self, body: Json, expected: Json) -> str | None:
        """Compare a Status object."""
        if "reason" in expected and body.get("reason") != expected["reason"]:
            return f"reason is {body.get('reason')!r}, expected {expected['reason']!r}"
        if "causes" in expected:
            causes = (body.get("details") or {}).get("causes") or ()
            found = _sorted((cause.get("field"), cause.get("reason")) for cause in causes)
            wanted = _sorted(
                (cause.get("field"), cause.get("reason")) for cause in expected["causes"]
            )
            if found != wanted:
                return f"causes are {found}, expected {wanted} ({body.get('message', '')})"
        return None

    def check(self, step: Json, body: Json, expected: Json) -> str | None:
        """Compare a successful answer."""
        actual = self.actual(step, body)
        for key, wanted in expected.items():
            if key in ("code", "fields", "metadata"):
                continue
            found = actual.get(key)
            if found != wanted:
                return f"{key} is {found!r}, expected {wanted!r}"
        for path, wanted in expected.get("fields", {}).items():
            found = self.field(step, body, path, wanted)
            if found != wanted:
                return f"{path} is {found!r}, expected {wanted!r}"
        metadata = _metadata(body.get("metadata") or {})
        for key, wanted in expected.get("metadata", {}).items():
            if metadata.get(key) != wanted:
                return f"metadata {key} is {metadata.get(key)!r}, expected {wanted!r}"
        return None

    def actual(self, step: Json, body: Json) -> Json:
        """What can be said of a successful answer, by the names that cases use."""
        metadata = body.get("metadata") or {}
        given = (step.get("object") or {}).get("metadata") or {}
        before = self.seen.get(self.place(step, metadata))
        created = self.created.get(metadata.get("name", ""), {})
        found: Json = {
            "status": body.get("status") if body.get("kind") == "Status" else None,
            "uidIsClientValue": metadata.get("uid") == given.get("uid"),
            "creationTimestampIsClientValue": metadata.get("creationTimestamp")
            == given.get("creationTimestamp"),
            "clusterIPUnchanged": look_up(body, "spec.clusterIP")
            == look_up(created, "spec.clusterIP"),
            "nodePortUnchanged": _node_ports(body) == _node_ports(created),
            "serviceAccount": _service_account(body.get("spec") or {}),
        }
        if before is not None:
            found["resourceVersionChanged"] = metadata.get("resourceVersion") != before.get(
                "resourceVersion"
            )
            found["uidChanged"] = metadata.get("uid") != before.get("uid")
        if "items" in body:
            found["names"] = [item["metadata"]["name"] for item in body["items"]]
            found["hasContinue"] = bool(metadata.get("continue"))
            found["remainingItemCount"] = metadata.get("remainingItemCount")
        conditions = look_up(body, "status.conditions") if found["status"] is None else None
        if isinstance(conditions, list):
            found["conditions"] = {c["type"]: c["status"] for c in conditions}
        prefix = given.get("generateName", "")
        if prefix:
            found["generated"] = _generated(prefix, metadata)
        return found

    def field(self, step: Json, body: Json, path: str, wanted: Any) -> Any:
        """The value at a path as the cases write it: what the server chose itself is `allocated`."""
        address = look_up(body, "spec.clusterIP")
        if path == "clusterIPsMatch":
            return look_up(body, "spec.clusterIPs") == ([address] if address else None)
        if path == "clusterIP":
            if address is None:
                return "absent"
            return (
                "allocated" if wanted == "allocated" and address.startswith("10.0.0.") else address
            )
        value = look_up(body, path)
        if path == "spec.ports" and isinstance(value, list) and isinstance(wanted, list):
            return [_port(port, like) for port, like in zip(value, wanted, strict=False)]
        return value

    # -- watches

    def watch(self, step: Json, expected: Json) -> str | None:
        """Open a watch, do what happens during it, and compare its events."""
        query = {**self.fill(step.get("query", {})), "watch": "1"}
        answer = self.world.http("GET", self.path(step), query)
        if answer.status != expected.get("code", 200):
            return f"code is {answer.status}, expected {expected.get('code')}"
        if answer.stream is None:
            return self.check_error(answer.body, expected)
        reader = WatchReader(self.world, answer)
        for each in step.get("during", ()):
            self.send(each)
        self.world.run_for(WATCH_MS)
        events = [_event(event) for event in reader.take() if event["type"] != "BOOKMARK"]
        if "events" in expected and events != expected["events"]:
            return f"events are {events}, expected {expected['events']}"
        return None


def _sorted(causes: Iterable[tuple[Any, Any]]) -> list[tuple[str, str]]:
    return sorted((str(field or ""), str(reason or "")) for field, reason in causes)


def _metadata(metadata: Json) -> Json:
    return {**metadata, "deleting": "deletionTimestamp" in metadata}


def _node_ports(body: Json) -> list[Any]:
    return [port.get("nodePort") for port in look_up(body, "spec.ports") or ()]


def _port(port: Json, like: Json) -> Json:
    if like.get("nodePort") == "allocated" and 30000 <= port.get("nodePort", 0) <= 32767:
        return {**port, "nodePort": "allocated"}
    return port


def _event(event: Json) -> Json:
    obj = event["object"]
    if event["type"] == "ERROR":
        return {"type": "ERROR", "code": obj.get("code"), "reason": obj.get("reason")}
    metadata = obj["metadata"]
    return {"type": event["type"], "name": metadata["name"], "labels": metadata.get("labels", {})}


def _generated(prefix: str, metadata: Json) -> Json:
    name = metadata.get("name", "")
    kept = prefix[:58]
    suffix = name[len(kept) :]
    alphabet = "bcdfghjklmnpqrstvwxz2456789"
    known = name.startswith(kept) and all(letter in alphabet for letter in suffix)
    return {
        "generateNameKept": metadata.get("generateName") == prefix,
        "prefix": kept,
        "suffixAlphabet": alphabet if known else "another",
        "suffixLength": len(suffix),
    }


def _service_account(spec: Json) -> Json:
    volumes = [
        v["name"] for v in spec.get("volumes") or () if v["name"].startswith("kube-api-access-")
    ]
    mounted = [
        container
        for container in spec.get("containers") or ()
        if any(mount["name"] in volumes for mount in container.get("volumeMounts") or ())
    ]
    return {
        "serviceAccountName": spec.get("serviceAccountName", ""),
        "tokenVolumes": len(volumes),
        "containersWithTokenMount": len(mounted),
        "imagePullSecrets": [secret["name"] for secret in spec.get("imagePullSecrets") or ()],
    }
