"""Standings and the scan of all nodes come to the same decision."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scheduler.values import affinity, node, obj, pod, spread
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.cache import Cache
from windtunnel.model.scheduler.decision import TIE_POINT, Profile
from windtunnel.model.scheduler.filters.node_resources_fit import NodeResourcesFit
from windtunnel.model.scheduler.framework import Rejection
from windtunnel.model.scheduler.listers import listers_of
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.sim.choices import Choices

WEB = {"app": "web"}


def some_node(random: Any, name: str) -> Node:
    """A node of one of many sorts."""
    labels = {
        "kubernetes.io/hostname": name,
        "topology.kubernetes.io/zone": random.choice("xyz"),
        "zone": "1",
    }
    for key in list(labels):
        if random.random() < 0.1:
            del labels[key]
    effects = random.choice(((), (), (), ("PreferNoSchedule",), ("NoSchedule",)))
    taints = [{"key": "k", "effect": effect} for effect in effects]
    return node(name, cpu=random.choice("248"), pods="6", labels=labels, taints=taints)


def some_pod(random: Any, name: str) -> Pod:
    """A pod of one of a few sorts."""
    spec = random.choice(
        (
            {},
            {"tolerations": [{"operator": "Exists"}]},
            {"nodeSelector": {"zone": "1"}},
            {"topologySpreadConstraints": [spread(WEB, "topology.kubernetes.io/zone", soft=True)]},
            {"topologySpreadConstraints": [spread(WEB, "topology.kubernetes.io/zone", maxSkew=3)]},
            {"affinity": affinity("podAntiAffinity", {"app": "lonely"}, "kubernetes.io/hostname")},
        )
    )
    labels = random.choice((WEB, WEB, {}))
    return pod(name, cpu=random.choice(("", "100m", "500m")), labels=labels, **spec)


@given(random=st.randoms(use_true_random=True))
@settings(max_examples=12, deadline=None)
def test_an_attempt_that_remembers_decides_as_one_that_asks_every_node(random: Any) -> None:
    """Nodes and pods come, change and go; the decision, the reasons and the asked choices stay the same."""
    cache = Cache()
    services = [obj("services", "web", spec={"selector": WEB})]
    snapshot = Snapshot(listers=listers_of({"services": services}))
    remembering, forgetful = Profile(), Profile()
    forgetful.reuses_standings = False
    placed: list[str] = []
    reused = 0
    for number in range(120):
        name = f"n{random.randrange(8)}"
        if random.random() < 0.15 or number == 0:
            cache.set_node(some_node(random, name))
        elif random.random() < 0.05:
            cache.remove_node(name)
        if placed and random.random() < 0.3:
            cache.remove_pod(placed.pop(random.randrange(len(placed))))
        waiting = some_pod(random, f"p{number}")
        cache.update_snapshot(snapshot)
        tie = {TIE_POINT: {0: random.randrange(4)}}
        found = remembering.decide(PodInfo(waiting), snapshot, Choices(tie))
        expected = forgetful.decide(PodInfo(waiting), snapshot, Choices(tie))
        assert expected == found
        reused += remembering.standings(PodInfo(waiting), snapshot) is not None
        if found.node is not None:
            cache.assume(PodInfo(waiting), found.node.name)
            placed.append(waiting.uid)
    assert reused > 20


def test_a_snapshot_that_was_kept_does_not_change() -> None:
    """What was frozen shows the nodes of its moment, however much happens later."""
    cache, snapshot = Cache(), Snapshot()
    cache.set_node(node("a"))
    cache.update_snapshot(snapshot)
    frozen = snapshot.freeze()
    for number in range(600):
        cache.add_pod(pod(f"p{number}", "a"))
        cache.update_snapshot(snapshot)
    cache.remove_node("a")
    cache.set_node(node("b"))
    cache.update_snapshot(snapshot)
    assert {"a": 0} == {name: len(info.pods) for name, info in frozen.nodes.items()}
    assert ["b"] == list(snapshot.freeze().nodes)


def test_an_attempt_asks_only_the_nodes_that_changed() -> None:
    """With many nodes, one more pod of a sort that is known costs the look at one node."""
    asked: list[str] = []

    class Counting(NodeResourcesFit):
        def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
            asked.append(node.name)
            return super().filter(state, pod, node)

    cache, snapshot, profile = Cache(), Snapshot(), Profile([Counting()])
    for number in range(200):
        cache.set_node(node(f"n{number:03}"))
    counts = []
    for number in range(4):
        waiting = PodInfo(pod(f"p{number}", cpu="1"))
        cache.update_snapshot(snapshot)
        decision = profile.decide(waiting, snapshot, Choices())
        assert decision.node is not None
        cache.assume(waiting, decision.node.name)
        counts.append(len(asked))
    assert [200, 201, 202, 203] == counts
