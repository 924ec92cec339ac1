"""A bench for promises: a real store whose writes are told to a monitor, and facts that a test makes by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from windtunnel.invariants.monitor import Monitor
from windtunnel.invariants.promise import Promise
from windtunnel.model.apiserver.request import NO_OPTIONS, Options, Request
from windtunnel.model.facts import (
    CallAnswered,
    CallBegun,
    Committed,
    Fact,
    Finished,
    Healed,
    ProcessUp,
    Settled,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.outcome import PromiseResult, Verdict
from windtunnel.model.settings import Settings
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.loop import Loop
from windtunnel.model.store.store import Store

MANAGER = "system:serviceaccount:kube-system:replication-controller"
SETS = "system:serviceaccount:kube-system:replicaset-controller"
ENDPOINTS = "system:serviceaccount:kube-system:endpoint-controller"
COLLECTOR = "system:serviceaccount:kube-system:generic-garbage-collector"
KUBELET = "system:node:node-1"
USER = "kubernetes-admin"


class Bench:
    """One store, one clock, one monitor of the given promises."""

    def __init__(self, *promises: object, nodes: tuple[str, ...] = ("node-1",)) -> None:
        self.processes: dict[str, Any] = {}
        self.loop = Loop()
        self.facts = FactHub()
        self.store = Store()
        self.environment = SimpleNamespace(settings=Settings())
        self.machines = dict.fromkeys(nodes)
        self.faults: dict[str, Any] = {}
        assert all(isinstance(promise, Promise) for promise in promises)
        self.monitor = Monitor(self, promises)  # type: ignore[arg-type]
        self.calls = 0
        self.put("namespaces", "", "default", {})

    # -- writes ----------------------------------------------------------------------------------------------------

    def put(
        self,
        resource: str,
        namespace: str,
        name: str,
        raw: Json,
        by: str = USER,
        *,
        verb: str = "update",
        call: int = 0,
        subresource: str = "",
    ) -> Record:
        """Write an object as somebody; metadata is completed."""
        key = StoreKey(resource, namespace, name)
        metadata = {"name": name, "uid": f"uid-{name}", **raw.get("metadata", {})}
        if namespace:
            metadata["namespace"] = namespace
        before = self.store.get(key)
        verb = verb if before is not None else "create"
        record = self.store.put(
            key,
            {**raw, "metadata": metadata},
            None,
            by=by,
            call=call,
            verb=verb,
            subresource=subresource,
        )
        self.committed()
        return record

    def delete(self, resource: str, namespace: str, name: str, by: str = USER, **how: Any) -> None:
        """Remove an object as somebody."""
        how.setdefault("verb", "delete")
        self.store.delete(StoreKey(resource, namespace, name), None, by=by, **how)
        self.committed()

    def committed(self) -> None:
        """Tell the newest write."""
        change = self.store.latest
        assert change is not None
        self.emit(Committed, change)

    # -- other facts -----------------------------------------------------------------------------------------------

    def emit(self, kind: type[Fact], *values: Any) -> None:
        """Tell a fact of now, in a step of its own."""
        step = self.loop.note("test", kind.__name__)
        self.facts.emit(kind(step, self.loop.now_ms, *values))

    def begin(self, process: str, verb: str, resource: str, name: str = "", **more: Any) -> int:
        """A process sends a request; returns the number of the call."""
        self.calls += 1
        options: Options = more.pop("options", NO_OPTIONS)
        request = Request(verb, resource, "default", name, options=options, **more)
        self.emit(CallBegun, process, 1, "apiserver-0", self.calls, request)
        return self.calls

    def answer(
        self, process: str, request: Any, answer: Any, call: int = 0, error: Exception | None = None
    ) -> None:
        """A process hears the answer to a call."""
        self.emit(
            CallAnswered, process, 1, "apiserver-0", call or self.calls, request, answer, error
        )

    def up(self, process: str, incarnation: int = 1) -> None:
        """A process starts."""
        self.emit(ProcessUp, process, incarnation)

    def advance(self, duration_ms: int) -> None:
        """Let time pass."""
        self.loop.advance_to(self.loop.now_ms + duration_ms)

    def heal(self) -> None:
        """Every fault is over."""
        self.emit(Healed)

    def finish(self, *, settled: bool = True) -> None:
        """The run is over."""
        if settled:
            self.emit(Settled)
        self.emit(Finished, settled, "" if settled else "it was stopped")

    def heal_and_finish(self) -> None:
        """The liveness phase, long enough for every bound."""
        self.heal()
        self.advance(3_600_000)
        self.finish()

    # -- what came of it -------------------------------------------------------------------------------------------

    def result(self, promise: object) -> PromiseResult:
        """How a promise fared."""
        assert isinstance(promise, Promise)
        return next(each for each in self.monitor.results() if each.id == promise.id)

    def verdict(self, promise: object) -> Verdict:
        """The verdict of a promise."""
        return self.result(promise).verdict


# -- objects -------------------------------------------------------------------------------------------------------


def owned_by(kind: str, name: str, api_version: str = "v1") -> Json:
    """A controlling owner reference."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name,
        "uid": f"uid-{name}",
        "controller": True,
    }


def pod(
    labels: Json | None = None,
    owner: str = "",
    *,
    ip: str = "",
    ready: bool = False,
    phase: str = "Running",
    node: str = "node-1",
    deleting: bool = False,
    restarts: int = 0,
    uid: str = "",
) -> Json:
    """A pod; owner names a ReplicationController."""
    metadata: Json = {"labels": labels or {}}
    if uid:
        metadata["uid"] = uid
    if owner:
        metadata["ownerReferences"] = [owned_by("ReplicationController", owner)]
    if deleting:
        metadata["deletionTimestamp"] = "2024-01-01T00:00:00Z"
        metadata["deletionGracePeriodSeconds"] = 30
    status: Json = {
        "phase": phase,
        "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        "containerStatuses": [{"name": "main", "restartCount": restarts}],
    }
    if ip:
        status |= {"podIP": ip, "podIPs": [{"ip": ip}]}
    containers = [{"name": "main", "ports": [{"name": "http", "containerPort": 8080}]}]
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": containers, "nodeName": node},
        "status": status,
    }


def workload(replicas: int, labels: Json) -> Json:
    """A ReplicationController."""
    return {
        "kind": "ReplicationController",
        "metadata": {"generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": labels,
            "template": {"metadata": {"labels": labels}},
        },
    }


def service(selector: Json | None, port: int = 80, target: int | str = "http") -> Json:
    """A service with one port."""
    spec: Json = {
        "type": "ClusterIP",
        "clusterIP": "10.96.0.7",
        "ports": [{"port": port, "targetPort": target}],
    }
    if selector is not None:
        spec["selector"] = selector
    return {"kind": "Service", "spec": spec}


def endpoints(
    *addresses: tuple[str, str], not_ready: tuple[tuple[str, str], ...] = (), port: int = 8080
) -> Json:
    """Endpoints of (ip, pod name) pairs."""

    def listed(pairs: tuple[tuple[str, str], ...]) -> list[Json]:
        return [
            {"ip": ip, "targetRef": {"kind": "Pod", "name": name, "uid": f"uid-{name}"}}
            for ip, name in pairs
        ]

    subset: Json = {"ports": [{"port": port, "protocol": "TCP"}]}
    if addresses:
        subset["addresses"] = listed(addresses)
    if not_ready:
        subset["notReadyAddresses"] = listed(not_ready)
    return {"kind": "Endpoints", "subsets": [subset] if addresses or not_ready else []}
