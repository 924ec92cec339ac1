"""Probes: whether a container is reported as ready follows from the history of its probes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from windtunnel.invariants.meaning.probes import (
    READINESS,
    STARTUP,
    History,
    must_be_ready,
    probe_of,
)
from windtunnel.invariants.promise import always, asked, when_it_happens
from windtunnel.invariants.verdict import UNCONCERNED, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.apiserver.request import Request
from windtunnel.model.facts import CallBegun, Physical, ProbeRan, ProcessUp
from windtunnel.model.objects.pod import Container, Pod
from windtunnel.model.objects.record import Record

KUBELET = "kubelet-"
JUDGED = (READINESS, STARTUP)


@always(on=(ProbeRan, asked("patch", "update"), ProcessUp, Physical), applies=when_it_happens)
class ReadinessFollowsProbes:
    """Whenever a kubelet reports a running container, it is as ready as the history of its probes makes it."""

    def __init__(self) -> None:
        self.histories: dict[str, dict[tuple[str, str, str], History]] = {}
        self.up_ms: dict[str, int] = {}
        self.runtime_up_ms: dict[str, int] = {}
        self.sent: dict[str, Request] = {}

    def check(self, fact: Any, world: World) -> Any:
        """Keep up the histories; judge a report as it is sent. O(containers of the report)."""
        if isinstance(fact, CallBegun):
            request = fact.request
            if not fact.process.startswith(KUBELET) or not isinstance(request, Request):
                return UNCONCERNED
            if request.resource != "pods" or request.subresource != "status":
                return UNCONCERNED
            repeated = self.sent.get(fact.process) is request
            self.sent[fact.process] = request
            return UNCONCERNED if repeated else self._report(fact, request, world)
        if isinstance(fact, ProbeRan):
            self._probe(fact, world)
        elif isinstance(fact, ProcessUp):
            self._restarted(fact)
        elif fact.what == "runtime-up":
            self.runtime_up_ms[fact.node] = fact.now_ms
        return UNCONCERNED

    def _restarted(self, fact: ProcessUp) -> None:
        node = fact.process.removeprefix(KUBELET)
        self.up_ms[node] = fact.now_ms
        for history in self.histories.get(node, {}).values():
            history.forget()

    def _probe(self, fact: ProbeRan, world: World) -> None:
        container = _container(world.by_uid(fact.pod_uid), fact.container)
        probe = probe_of(container, fact.kind) if container is not None else None
        if probe is None or fact.kind not in JUDGED:
            return
        here = self.histories.setdefault(fact.node, {})
        uid, name, container_id = fact.pod_uid, fact.container, fact.container_id
        history = here.setdefault((uid, name, fact.kind), History())
        if history.container_id != container_id:
            began = self._began_here(fact.node, uid, name, container_id, world)
            history.begin(container_id, False if began else None)
        history.take(fact.outcome, fact.kind, probe, fact.now_ms)

    def _began_here(self, node: str, uid: str, name: str, container_id: str, world: World) -> bool:
        """Whether a container started under the kubelet that runs now, which therefore took nothing over."""
        machine = world.cluster.machines.get(node)
        pod = machine.pod(uid) if machine is not None else None
        instances = pod.instances.get(name, ()) if pod is not None else ()
        began_ms = self.up_ms.get(node, 0)
        return any(each.id == container_id and each.started_ms >= began_ms for each in instances)

    def _report(self, fact: CallBegun, request: Request, world: World) -> Iterator[Any]:
        node, body = fact.process.removeprefix(KUBELET), request.body
        uid = body.get("metadata", {}).get("uid", "") if isinstance(body, dict) else ""
        record = world.by_uid(uid)
        machine = world.cluster.machines.get(node)
        down = machine is not None and not machine.runtime_up
        # Without a runtime a kubelet only repeats what it last knew.
        if record is None or down or self.runtime_up_ms.get(node) == fact.now_ms:
            yield UNCONCERNED
            return
        status = body.get("status") or {}
        concerned = False
        for each in (
            *(status.get("initContainerStatuses") or ()),
            *(status.get("containerStatuses") or ()),
        ):
            container = _container(record, each["name"])
            if container is None or "running" not in (each.get("state") or {}):
                continue
            wanted = self._ready(node, container, each, record, world)
            concerned = concerned or wanted is not None
            if wanted is not None and wanted != bool(each.get("ready")):
                yield Violation(
                    f"container {container.name} is {_word(wanted)} by its probes",
                    f"it is reported as {_word(not wanted)}",
                    named(record),
                )
        if not concerned:
            yield UNCONCERNED

    def _ready(
        self,
        node: str,
        container: Container,
        status: Mapping[str, Any],
        record: Record,
        world: World,
    ) -> bool | None:
        metadata, container_id = record.view.metadata, status.get("containerID", "")
        began = self._began_here(node, metadata.uid, container.name, container_id, world)
        found: list[bool | None] = []
        for kind in (STARTUP, READINESS):
            if probe_of(container, kind) is None:
                found.append(True)
                continue
            history = self.histories.get(node, {}).get((metadata.uid, container.name, kind))
            if history is not None and history.container_id == container_id:
                found.append(history.at(world.now_ms))
            else:
                found.append(False if began else None)
        if metadata.deleting and found[0] is not True:
            # Of a pod that is ending only readiness is probed: its containers count as started.
            found[0] = None
        return must_be_ready(*found)


def _container(record: Record | None, name: str) -> Container | None:
    pod = record.view if record is not None else None
    if not isinstance(pod, Pod):
        return None
    for container in (*pod.spec.containers, *pod.spec.init_containers):
        if container.name == name and (
            container.restart_policy == "Always" or container in pod.spec.containers
        ):
            return container
    return None


def _word(ready: bool) -> str:
    return "ready" if ready else "not ready"
