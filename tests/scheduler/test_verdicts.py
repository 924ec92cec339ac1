"""What is remembered of nodes, and what is worked out for all of them at once, changes no decision."""

from __future__ import annotations

from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scheduler.values import affinity, node, obj, pod, spread
from windtunnel.model.api.selectors.labels import Selector, from_match_labels
from windtunnel.model.api.shared_json import share
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.views import build_view
from windtunnel.model.scheduler.cache import Cache
from windtunnel.model.scheduler.decision import Profile
from windtunnel.model.scheduler.filters import default_filters
from windtunnel.model.scheduler.filters.node_resources_fit import NodeResourcesFit
from windtunnel.model.scheduler.framework import SKIP, Rejection
from windtunnel.model.scheduler.known_verdicts import KnownVerdicts
from windtunnel.model.scheduler.listers import listers_of
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.ranking import TIE_POINT
from windtunnel.model.scheduler.scores import default_scores
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
    both = [
        spread(WEB, "topology.kubernetes.io/zone", soft=True),
        spread(WEB, "kubernetes.io/hostname", soft=True),
    ]
    spec = random.choice(
        (
            {},
            {"tolerations": [{"operator": "Exists"}]},
            {"nodeSelector": {"zone": "1"}},
            {"topologySpreadConstraints": [spread(WEB, "topology.kubernetes.io/zone", soft=True)]},
            {"topologySpreadConstraints": [spread(WEB, "topology.kubernetes.io/zone", maxSkew=3)]},
            {"affinity": affinity("podAntiAffinity", {"app": "lonely"}, "kubernetes.io/hostname")},
            {"affinity": affinity("podAffinity", WEB, "topology.kubernetes.io/zone", weight=5)},
            {"nodeSelector": {"kubernetes.io/hostname": f"n{random.randrange(8)}"}},
            {"topologySpreadConstraints": both},
        )
    )
    labels = random.choice((WEB, WEB, {}))
    return pod(name, cpu=random.choice(("", "100m", "500m")), labels=labels, **spec)


def decide_naively(
    profile: Profile, pod: PodInfo, nodes: list[NodeInfo], snapshot: Snapshot, choices: Choices
) -> tuple[str | None, dict[str, str]]:
    """The chosen node and the plugins that turned the others away: every plugin is asked about every node."""
    filters = [(each, each.prepare(pod, snapshot)) for each in profile.filters]
    rejected: dict[str, str] = {}
    left = []
    for info in nodes:
        for each, state in filters:
            assert not isinstance(state, Rejection)
            found = None if state is SKIP else each.filter(state, pod, info)
            if found is not None:
                rejected[info.name] = found.plugin
                break
        else:
            left.append(info)
    if not left:
        return None, rejected
    totals = [0] * len(left)
    for plugin, weight in profile.scores:
        state = plugin.prepare(pod, left, snapshot)
        if state is not SKIP:
            points = plugin.normalise([plugin.score(state, pod, info) for info in left])
            totals = [total + weight * each for total, each in zip(totals, points, strict=True)]
    equals = [info for info, total in zip(left, totals, strict=True) if total == max(totals)]
    return equals[choices(TIE_POINT, len(equals)) if len(equals) > 1 else 0].name, rejected


@given(random=st.randoms(use_true_random=True))
@settings(max_examples=12, deadline=None)
def test_an_attempt_that_remembers_decides_as_one_that_asks_every_node(random: Any) -> None:
    """Nodes and pods come, change and go; the decision, the reasons and the asked choices stay the same."""
    cache = Cache()
    services = [obj("services", "web", spec={"selector": WEB})]
    snapshot = Snapshot(listers=listers_of({"services": services}))
    profile = Profile()
    placed: list[str] = []
    for number in range(120):
        name = f"n{random.randrange(8)}"
        if random.random() < 0.15 or number == 0:
            cache.set_node(some_node(random, name))
        elif random.random() < 0.05:
            cache.remove_node(name)
        if placed and random.random() < 0.3:
            cache.remove_pod(placed.pop(random.randrange(len(placed))))
        waiting = PodInfo(some_pod(random, f"p{number}"))
        cache.update_snapshot(snapshot)
        tie = {TIE_POINT: {0: random.randrange(4)}}
        found = profile.decide(waiting, snapshot, Choices(tie))
        nodes = list(snapshot.columns.everything)
        expected = decide_naively(profile, waiting, nodes, snapshot, Choices(tie))
        if found.node is not None:
            assert expected[0] == found.node.name
            cache.assume(waiting, found.node.name)
            placed.append(waiting.uid)
        else:
            assert found.error is not None
            rejections = found.error.rejections
            assert expected == (None, {name: each.plugin for name, each in rejections.items()})


@given(random=st.randoms(use_true_random=True))
@settings(max_examples=5, deadline=None)
def test_the_columns_of_a_snapshot_are_those_of_a_new_one(random: Any) -> None:
    """However nodes and pods come, change and go: what is carried along is what one would count from scratch."""
    cache, carried = Cache(), Snapshot()
    selector = from_match_labels(WEB)
    placed: list[str] = []
    for number in range(120):
        name = f"n{random.randrange(8)}"
        if random.random() < 0.2 or number == 0:
            cache.set_node(some_node(random, name))
        elif random.random() < 0.05:
            cache.remove_node(name)
        if placed and random.random() < 0.3:
            cache.remove_pod(placed.pop(random.randrange(len(placed))))
        cache.update_snapshot(carried)
        if carried.nodes:
            where = random.choice(list(carried.nodes))
            cache.assume(PodInfo(some_pod(random, f"p{number}")), where)
            placed.append(f"uid-p{number}")
            cache.update_snapshot(carried)
        scratch = Snapshot(list(carried.columns.everything))
        # From scratch the zones come in another order, so the columns are compared by name.
        assert _columns(scratch, selector) == _columns(carried, selector)


def _columns(snapshot: Snapshot, selector: Selector) -> Any:
    columns = snapshot.columns
    peers = columns.peers("default", selector, str(selector))
    zones = columns.domains("topology.kubernetes.io/zone")
    names = [info.name for info in columns.row]
    likes = dict(zip(names, columns.likes, strict=True))
    alike = {(a, b): likes[a] == likes[b] for a in sorted(likes) for b in sorted(likes)}
    return (
        dict(zip(names, peers.column, strict=True)),
        dict(peers.in_domains("topology.kubernetes.io/zone")),
        dict(zip(names, zones.column, strict=True)),
        zones.nodes,
        alike,
        peers.on,
    )


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


def test_nodes_that_are_alike_are_asked_once() -> None:
    """The first pod of a kind costs a look at each sort of node, the next one a look at the node that changed."""
    asked: list[str] = []

    class Counting(NodeResourcesFit):
        def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
            asked.append(node.name)
            return super().filter(state, pod, node)

    cache, snapshot, profile = Cache(), Snapshot(), Profile([Counting()])
    for number in range(99):
        cache.set_node(node(f"n{number:03}", cpu="24"[number % 2]))
    counts = []
    for number in range(4):
        waiting = PodInfo(pod(f"p{number}", cpu="1"))
        cache.update_snapshot(snapshot)
        decision = profile.decide(waiting, snapshot, Choices())
        assert decision.node is not None
        cache.assume(waiting, decision.node.name)
        counts.append(len(asked))
    assert [2, 3, 3, 3] == counts


def test_a_node_is_asked_by_itself_where_the_pod_asks_for_a_name() -> None:
    """Nodes that differ in nothing but the host name are not alike for a pod that wants one of them."""
    cache, snapshot, profile = Cache(), Snapshot(), Profile()
    for name in "abc":
        cache.set_node(node(name, labels={"kubernetes.io/hostname": name}))
    cache.update_snapshot(snapshot)
    for name in "cab":
        waiting = PodInfo(pod(f"p-{name}", nodeSelector={"kubernetes.io/hostname": name}))
        decision = profile.decide(waiting, snapshot, Choices())
        assert decision.node is not None
        assert name == decision.node.name


def test_pods_of_one_template_are_signed_once_and_a_changed_spec_anew() -> None:
    """A pod whose tolerations changed while it waited is not taken for one of its template."""
    template = share({"containers": [{"name": "c", "image": "img:1"}]})
    raw = {"metadata": {"name": "p", "namespace": "default", "uid": "u"}, "spec": template}
    first, second = (PodInfo(cast(Pod, build_view("pods", raw))) for _ in range(2))
    known = KnownVerdicts(default_filters(), default_scores())
    assert known.signature(first) == known.signature(second)
    assert first.template is second.template is not None
    tolerant = {**raw, "spec": {**template, "tolerations": [{"operator": "Exists"}]}}
    renewed = first.renewed(cast(Pod, build_view("pods", tolerant)))
    assert known.signature(first) != known.signature(renewed)
