"""The pod garbage collector: which pods it removes, when, and which it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from tests.controllers.node_world import NodeWorld
from windtunnel.model.controllers.pod_gc.decision import terminated_in_excess
from windtunnel.model.facts import Committed
from windtunnel.model.objects.views import build_view
from windtunnel.model.settings import ControllerManagerSettings


@pytest.fixture
def world() -> NodeWorld:
    """Two nodes."""
    return NodeWorld("ab")


def test_the_pods_of_a_deleted_node_go_after_its_quarantine(world: NodeWorld) -> None:
    """They stay for at least 40 s and are gone within 81 s; a pod of another node stays."""
    world.bind("p", "a")
    world.bind("q", "b")
    world.do(world.client.delete("Node", "a"))
    deleted_ms = world.now_ms
    gone_ms = world.until(lambda: not world.exists("p"))
    assert 40_000 <= gone_ms - deleted_ms <= 81_000
    assert world.exists("q")


def test_an_orphan_is_marked_failed_and_told_why(world: NodeWorld) -> None:
    """The last version of a removed pod is Failed with a DisruptionTarget, and stays Ready until then."""
    world.bind("p", "a")
    seen: list[Any] = []
    world.world.facts.subscribe(Committed, lambda fact: seen.append(fact.change))
    world.do(world.client.delete("Node", "a"))
    world.run_for(30_000)
    assert world.pod("p").ready
    world.until(lambda: not world.exists("p"))
    statuses = [c.after.view.status for c in seen if c.after is not None and c.key.key.name == "p"]
    assert "Failed" == statuses[-1].phase
    targets = [each.reason for each in statuses[-1].conditions if each.type == "DisruptionTarget"]
    assert ["DeletionByPodGC"] == targets


def test_a_node_that_comes_back_in_time_keeps_its_pods(world: NodeWorld) -> None:
    """A node of the same name within the quarantine saves them."""
    world.bind("p", "a")
    world.do(world.client.delete("Node", "a"))
    world.run_for(30_000)
    world.do(world.client.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}}))
    world.run_for(200_000)
    assert world.exists("p")


def test_a_pod_bound_to_a_node_that_never_was_goes(world: NodeWorld) -> None:
    """A binding to nowhere is cleaned up."""
    world.bind("p", "nowhere")
    world.run_for(90_000)
    assert not world.exists("p")


def test_a_terminating_pod_without_a_node_is_marked_failed(world: NodeWorld) -> None:
    """A finalizer keeps it, but it does not stay Pending; and the collector does not go on for ever."""
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "default", "finalizers": ["a.b/c"]},
        "spec": {"schedulerName": "none", "containers": [{"name": "c", "image": "i:1"}]},
    }
    world.do(world.client.create(body))
    world.do(world.client.delete("Pod", "default/p"))
    world.run_for(60_000)
    assert "Failed" == world.pod("p").status.phase
    revision = world.pod("p").metadata.resource_version
    world.run_for(120_000)
    assert revision == world.pod("p").metadata.resource_version
    assert 0 == world.world.loop.foreground


def test_terminating_pods_on_a_node_out_of_service_go() -> None:
    """Only the terminating ones, and only once the node is not ready and has the taint."""
    world = NodeWorld()
    toleration = {"operator": "Exists"}
    world.bind("p", "a", tolerations=[toleration])
    world.bind("q", "a", tolerations=[toleration])
    world.do(world.client.delete("Pod", "default/p"))
    world.taint("a", {"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"})
    world.run_for(40_000)
    assert world.exists("p")
    world.silence("a")
    world.run_for(90_000)
    assert (False, True) == (world.exists("p"), world.exists("q"))


def test_too_many_terminated_pods_are_removed_oldest_first() -> None:
    """The threshold is what stays."""
    manager = evolve(ControllerManagerSettings(), terminated_pod_gc_threshold=2)
    world = NodeWorld("a", manager=manager)
    for name in ("p1", "p2", "p3", "p4"):
        world.bind(name, "a")
        world.run_for(1_000)
    for name in ("p4", "p1", "p2", "p3"):
        patch = {"status": {"phase": "Succeeded"}}
        world.do(world.client.patch("Pod", f"default/{name}", patch, "strategic", "status"))
    world.run_for(25_000)
    left = [name for name in ("p1", "p2", "p3", "p4") if world.exists(name)]
    assert ["p3", "p4"] == left


def test_an_api_server_that_is_away_only_delays_it(world: NodeWorld) -> None:
    """What could not be removed is removed later."""
    world.bind("p", "a")
    world.do(world.client.delete("Node", "a"))
    world.run_for(39_000)
    world.world.apiserver.crash()
    world.run_for(30_000)
    world.world.apiserver.start()
    world.run_for(120_000)
    assert not world.exists("p")


def test_nothing_is_looked_at_while_there_is_nothing_to_remove(world: NodeWorld) -> None:
    """A quiet cluster costs no event of the collector."""
    world.bind("p", "a")
    before = world.world.loop.step
    world.run_for(300_000)
    steps = world.world.loop.trace.steps[before:]
    assert [] == [step.what for step in steps if "pod-gc" in step.what]


def test_evicted_pods_are_the_first_to_go() -> None:
    """Then the oldest, then by name."""

    def pod(name: str, created: str, **status: str) -> Any:
        metadata = {"name": name, "creationTimestamp": f"2024-01-01T00:00:{created}Z"}
        return build_view("pods", {"metadata": metadata, "status": {"phase": "Failed", **status}})

    pods = [pod("b", "05"), pod("a", "05"), pod("old", "01"), pod("new", "09", reason="Evicted")]
    found = [each.name for each in terminated_in_excess(pods, 1)]
    assert ["new", "old", "a"] == found
    assert [] == terminated_in_excess(pods, 4)
