"""Manifests as starting objects: files of YAML or JSON, several documents each, Lists, and dumps of `kubectl get`.

What a server filled in (uid, resourceVersion, status, …) is taken away, and so is what controllers will make again
(pods with a controlling owner, managed Endpoints, Events). Every object is then decoded, defaulted and validated by the
very functions of the API server, so that a mistake is reported before anything runs: file, document, object, field.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from windtunnel.model import roles
from windtunnel.model.api.decoder import decode
from windtunnel.model.api.errors import ApiError, Cause
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.api.kinds.service.allocation import IPV4_ONLY, begin_create
from windtunnel.model.objects.json import Json
from windtunnel.strategies.yaml_documents import InputError, read_documents, read_file

SERVER_FIELDS = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink",
                 "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences")  # fmt: skip
NOT_YET_GIVEN = "00000000-0000-0000-0000-000000000000"
NOT_STARTED = ("Node", "Event", "Lease", "EndpointSlice")
MANAGED_NAMES = (("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default"), ("Service", "kubernetes"),
                 ("Endpoints", "kubernetes"))  # fmt: skip
POD_MAKERS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
ROLE_OF_KIND = {
    "Deployment": "deployment", "StatefulSet": "statefulset", "DaemonSet": "daemonset", "Job": "job",
    "CronJob": "cronjob", "HorizontalPodAutoscaler": "horizontal-pod-autoscaler", "PodDisruptionBudget": "disruption",
}  # fmt: skip
"""The role whose class does what objects of a kind ask for; without one in the model, they are only kept."""


@frozen
class Manifests:
    """Starting objects in order, what was left out or is not run (one notice each), and where each came from."""

    objects: tuple[Json, ...]
    notices: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
    """Workloads in kinds that the model keeps but does not run, as "Deployment default/web"."""


def load_manifests(paths: Sequence[str], kinds: KindRegistry | None = None) -> Manifests:
    """Read manifest files; "-" is standard input. Raises InputError with one sentence."""
    sources = []
    for path in paths:
        if path == "-":
            sources.append(("standard input", sys.stdin.buffer.read()))
            continue
        where = Path(path)
        if where.is_dir():
            files = sorted(p for p in where.iterdir() if p.suffix in (".yaml", ".yml", ".json"))
            if not files:
                raise InputError(
                    f"{path}: a folder without .yaml, .yml or .json files; name manifests"
                )
            sources += [(str(file), read_file(file)) for file in files]
        else:
            sources.append((path, read_file(where)))
    return read_manifests(sources, kinds or KindRegistry(BUILT_IN))


def read_manifests(sources: Sequence[tuple[str, bytes]], kinds: KindRegistry) -> Manifests:
    """Read manifests from bytes, each with a name for messages. Raises InputError."""
    found: list[tuple[str, Json]] = []
    for name, data in sources:
        documents = read_documents(data, name)
        if not documents:
            raise InputError(f"{name}: no object in it; give a Kubernetes manifest")
        for number, document in documents:
            found += _objects_of(document, f"{name}: document {number}")
    if not found and sources:
        names = ", ".join(name for name, _ in sources)
        raise InputError(f"{names}: a List without items; give a Kubernetes manifest")
    return _prepare(found, kinds)


def _objects_of(document: Any, where: str) -> list[tuple[str, Json]]:
    if not isinstance(document, dict):
        raise InputError(
            f"{where}: not an object but {_article(document)}; give a Kubernetes manifest"
        )
    kind = document.get("kind")
    if not isinstance(kind, str) or not kind:
        raise InputError(f"{where}: has no kind; write apiVersion and kind")
    if not isinstance(document.get("apiVersion"), str) or not document["apiVersion"]:
        raise InputError(f"{where} ({kind}): has no apiVersion; write one, such as v1")
    if kind.endswith("List") and "items" in document:
        item_kind = kind.removesuffix("List")
        items = [] if document["items"] is None else document["items"]
        if not isinstance(items, list):
            raise InputError(f"{where} ({kind}): items is {_article(items)}; it must be a list")
        found = []
        for number, item in enumerate(items):
            if isinstance(item, dict) and item_kind and "kind" not in item:
                item = {"apiVersion": document["apiVersion"], "kind": item_kind, **item}
            found += _objects_of(item, f"{where}, items[{number}]")
        return found
    return [(where, document)]


def _article(value: object) -> str:
    return {
        "str": "a text",
        "list": "a list",
        "dict": "an object",
        "int": "a number",
        "float": "a number",
        "bool": "a boolean",
        "NoneType": "null",
    }.get(type(value).__name__, type(value).__name__)


def _prepare(found: list[tuple[str, Json]], kinds: KindRegistry) -> Manifests:
    objects: list[Json] = []
    notices: list[str] = []
    not_run: list[str] = []
    seen: dict[tuple[str, str, str], str] = {}
    selecting = _selecting_services(found)
    for where, document in found:
        metadata = document.get("metadata")
        if not isinstance(metadata, dict) or not (
            metadata.get("name") or metadata.get("generateName")
        ):
            raise InputError(f"{where} ({document['kind']}): metadata.name is missing; write one")
        kind = kinds.for_object(document)
        reason = _left_out(document, metadata, selecting)
        title = f"{document['kind']} {metadata.get('name') or metadata.get('generateName')}"
        if reason:
            notices.append(f"{title} is left out: {reason}")
            continue
        cleaned = _clean(document, metadata, kind)
        identity = (
            kind.resource,
            cleaned["metadata"].get("namespace", ""),
            str(metadata.get("name", "")),
        )
        if identity[2] and identity in seen:
            raise InputError(
                f"{where}: {title} is there twice, first in {seen[identity]}; remove one"
            )
        seen[identity] = where
        unknown = check_object(kind, cleaned, f"{where} ({title})")
        if unknown:
            notices.append(
                f"{title}: {', '.join(unknown)}: left out, as the model does not know it"
            )
        if kind.is_plain:
            notices.append(f"{title} is kept as a plain object: the model does not know its kind")
        elif not is_run(kind):
            notices.append(f"{title} is kept but not run: the model has no controller for its kind")
            if kind.kind in POD_MAKERS:
                not_run.append(title)
        objects.append(cleaned)
    return Manifests((*_namespaces(objects), *objects), tuple(notices), tuple(not_run))


def _selecting_services(found: list[tuple[str, Json]]) -> dict[tuple[str, str], None]:
    """The services whose Endpoints the endpoints controller makes."""
    services: dict[tuple[str, str], None] = {}
    for _, document in found:
        spec, metadata = document.get("spec"), document.get("metadata")
        if document["kind"] != "Service" or not isinstance(metadata, dict):
            continue
        if isinstance(spec, dict) and spec.get("selector"):
            services[str(metadata.get("namespace", "default")), str(metadata.get("name"))] = None
    return services


def _left_out(document: Json, metadata: Json, selecting: dict[tuple[str, str], None]) -> str:
    kind, name = document["kind"], metadata.get("name")
    if kind in NOT_STARTED:
        return "the cluster makes its own" if kind != "Node" else "nodes come from --nodes"
    if (kind, name) in MANAGED_NAMES:
        return "the cluster makes its own"
    owners = metadata.get("ownerReferences")
    for owner in owners if isinstance(owners, list) else ():
        if isinstance(owner, dict) and owner.get("controller"):
            return f"making it is up to its controller, {owner.get('kind')} {owner.get('name')}"
    if kind == "Endpoints" and (str(metadata.get("namespace", "default")), str(name)) in selecting:
        return "the endpoints controller will make it"
    return ""


def _clean(document: Json, metadata: Json, kind: Kind) -> Json:
    kept = {key: value for key, value in metadata.items() if key not in SERVER_FIELDS}
    if kind.namespaced:
        kept.setdefault("namespace", "default")
    cleaned: Json = {**document, "metadata": kept}
    cleaned.pop("status", None)
    spec = cleaned.get("spec")
    if document["kind"] == "Service" and isinstance(spec, dict) and "uid" in metadata:
        # A dump's addresses belong to the cluster it came from.
        given = {k: v for k, v in spec.items() if k not in ("clusterIP", "clusterIPs")}
        cleaned["spec"] = (
            {**given, "clusterIP": "None"} if spec.get("clusterIP") == "None" else given
        )
    if document["kind"] == "Pod" and isinstance(spec, dict) and "uid" in metadata:
        cleaned["spec"] = {k: v for k, v in spec.items() if k != "nodeName"}
    return cleaned


def is_run(kind: Kind) -> bool:
    """Whether something in the model acts on objects of this kind, as far as they ask for it."""
    return kind.kind not in ROLE_OF_KIND or ROLE_OF_KIND[kind.kind] in roles.BUILT_IN


def check_object(kind: Kind, obj: Json, where: str) -> tuple[str, ...]:
    """Decode, default and validate as a create would; says which fields are unknown. Raises InputError."""
    try:
        decoded, unknown = decode(
            kind.schema, obj, mode="warn", kind=kind.kind, version=kind.version
        )
    except ApiError as error:
        raise InputError(f"{where}: {error.message}") from None
    strategy = kind.strategy
    # Validation of a Job asks for the UID that its selector is made of.
    metadata = {**decoded["metadata"], "uid": NOT_YET_GIVEN}
    obj = strategy.default({**decoded, "metadata": metadata})
    causes: Sequence[Cause] = ()
    if kind.resource == "services":
        obj, causes = begin_create(obj, IPV4_ONLY)
    causes = causes or strategy.validate(strategy.prepare_for_create(obj))
    if causes:
        more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
        raise InputError(f"{where}: {causes[0]}{more}")
    return unknown


def _namespaces(objects: list[Json]) -> list[Json]:
    """The namespaces that objects are in and no manifest creates."""
    made = {obj["metadata"].get("name") for obj in objects if obj["kind"] == "Namespace"}
    made |= {"default", "kube-system", "kube-public", "kube-node-lease"}
    wanted = dict.fromkeys(obj["metadata"].get("namespace", "default") for obj in objects)
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in wanted
        if name not in made
    ]
