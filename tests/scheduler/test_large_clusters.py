"""In a large cluster an attempt looks at a part of the nodes, and the next one at the next part."""

from __future__ import annotations

from tests.scheduler.values import node, pod
from windtunnel.model.scheduler.cache import Cache
from windtunnel.model.scheduler.decision import Decision, Profile
from windtunnel.model.scheduler.node_info import PodInfo
from windtunnel.model.scheduler.node_sampling import NodeSampling
from windtunnel.model.scheduler.node_tree import NodeTree
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.sim.choices import Choices

ZONE = "topology.kubernetes.io/zone"


def test_how_many_nodes_are_enough_follows_the_size_of_the_cluster() -> None:
    """All below a hundred; then half, and less the more there are, but a hundred at least and a twentieth."""
    sizes = (0, 99, 100, 200, 1_000, 5_000, 6_000, 20_000)
    assert [0, 99, 100, 100, 420, 500, 300, 1_000] == [NodeSampling().enough(n) for n in sizes]
    assert [99, 100, 300] == [NodeSampling(30).enough(n) for n in (99, 200, 1_000)]
    assert 1_000 == NodeSampling(100).enough(1_000)


def test_zones_take_turns() -> None:
    """The first node of each zone, then the second of each; zones in the order of their first node."""
    tree = NodeTree()
    for name, zone in (("a", "y"), ("b", "y"), ("c", "x"), ("d", "y"), ("e", "x"), ("f", "z")):
        assert tree.put(node(name, labels={ZONE: zone}), anew=True)
    assert ("a", "c", "f", "b", "e", "d") == tree.order
    assert not tree.put(node("b", labels={ZONE: "y"}), anew=False)
    assert tree.put(node("b", labels={ZONE: "z"}), anew=False)
    tree.remove("c")
    assert ["a", "e", "f", "d", "b"] == list(tree.order)


def test_a_node_that_comes_again_is_the_last_of_its_zone() -> None:
    """Another node of the same name is not the one that was there before, even if the snapshot saw both at once."""
    cache, snapshot = Cache(), Snapshot()
    for name in "abc":
        cache.set_node(node(name))
    cache.update_snapshot(snapshot)
    assert ["a", "b", "c"] == [info.name for info in snapshot.columns.row]
    cache.remove_node("a")
    again = node("a", uid="another")
    cache.set_node(again)
    cache.update_snapshot(snapshot)
    assert ["b", "c", "a"] == [info.name for info in snapshot.columns.row]


class _LargeCluster:
    """Two hundred nodes, of which every tenth is cordoned."""

    def __init__(self) -> None:
        self.cache, self.snapshot, self.profile = Cache(), Snapshot(), Profile()
        for number in range(200):
            self.cache.set_node(node(f"n{number:03}", unschedulable=number % 10 == 0))

    def decide(self, cpu: str = "1") -> Decision:
        """Try a pod, and put it where it fits."""
        self.cache.update_snapshot(self.snapshot)
        waiting = PodInfo(pod("p", cpu=cpu, uid=f"u{self.cache.next_generation()}"))
        decision = self.profile.decide(waiting, self.snapshot, Choices())
        if decision.node is not None:
            self.cache.assume(waiting, decision.node.name)
        return decision


def test_an_attempt_begins_where_the_last_one_stopped() -> None:
    """A hundred of two hundred nodes are enough; the cordoned ones that were passed count as seen."""
    cluster = _LargeCluster()
    chosen = [cluster.decide().node]
    assert 112 == cluster.profile.sampling.start
    chosen += [cluster.decide().node for _ in range(3)]
    assert ["n001", "n112", "n023", "n134"] == [each.name for each in chosen if each is not None]


def test_a_pod_that_fits_nowhere_was_shown_every_node() -> None:
    """Only nodes that take the pod are enough, so the reasons are about all of them."""
    decision = _LargeCluster().decide(cpu="9")
    assert decision.error is not None
    expected = "0/200 nodes are available: 180 Insufficient cpu, 20 node(s) were unschedulable."
    assert expected == decision.error.message()


def test_a_better_node_beyond_the_part_that_is_looked_at_is_not_found() -> None:
    """The only empty node is taken when its turn comes, and not before."""
    cache, snapshot, profile = Cache(), Snapshot(), Profile()
    for number in range(200):
        cache.set_node(node(f"n{number:03}"))
        if number != 150:
            cache.add_pod(pod(f"q{number}", f"n{number:03}", cpu="2"))
    cache.update_snapshot(snapshot)
    chosen = [
        profile.decide(PodInfo(pod(f"p{number}", cpu="1")), snapshot, Choices()).node
        for number in range(2)
    ]
    assert ["n000", "n150"] == [each.name for each in chosen if each is not None]
