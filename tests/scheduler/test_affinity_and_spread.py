"""The filters and scores that look at the whole cluster: affinity between pods, and topology spread."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scheduler.values import affinity, node, obj, pod, snapshot_of, spread
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.decision import Profile
from windtunnel.model.scheduler.filters.inter_pod_affinity import InterPodAffinity
from windtunnel.model.scheduler.filters.pod_topology_spread import PodTopologySpread
from windtunnel.model.scheduler.framework import SKIP, ClusterEvent
from windtunnel.model.scheduler.listers import Listers, listers_of
from windtunnel.model.scheduler.node_info import PodInfo
from windtunnel.model.sim.choices import Choices

WEB, DB = {"app": "web"}, {"app": "db"}
ZONES = [
    node("a", labels={"zone": "1"}),
    node("b", labels={"zone": "1"}),
    node("c", labels={"zone": "2"}),
]


def fits(
    filter_: Any,
    waiting: Pod,
    *there: Pod,
    nodes: list[Node] = ZONES,
    listers: Listers | None = None,
) -> str:
    """The names of the nodes that the filter lets through, in a row."""
    info, snapshot = PodInfo(waiting), snapshot_of(nodes, there, listers)
    state = filter_.prepare(info, snapshot)
    return "".join(
        name
        for name, each in snapshot.nodes.items()
        if state is SKIP or filter_.filter(state, info, each) is None
    )


def chosen(waiting: Pod, *there: Pod, nodes: list[Node] = ZONES) -> str:
    """The node that is chosen."""
    decision = Profile().decide(PodInfo(waiting), snapshot_of(nodes, there), Choices())
    assert decision.node is not None
    return decision.node.name


# -- affinity ----------------------------------------------------------------------------------------------------------


def test_a_pod_follows_the_pods_that_it_requires_and_flees_those_it_cannot_bear() -> None:
    """What is near is said by the topology key, not by the node."""
    db = pod("d", "a", labels=DB)
    assert "ab" == fits(InterPodAffinity(), pod("p", affinity=affinity("podAffinity", DB)), db)
    assert "c" == fits(InterPodAffinity(), pod("p", affinity=affinity("podAntiAffinity", DB)), db)


def test_running_pods_keep_away_the_pods_that_they_cannot_bear() -> None:
    """Anti-affinity is symmetric: the new pod has no terms of its own."""
    db = pod("d", "a", labels=DB, affinity=affinity("podAntiAffinity", WEB))
    assert "c" == fits(InterPodAffinity(), pod("p", labels=WEB), db)
    assert "abc" == fits(InterPodAffinity(), pod("p", labels=DB), db)


def test_the_first_of_a_group_goes_anywhere_and_the_others_follow() -> None:
    """A pod that requires its own sort is not held back by being the first."""
    first = pod("p", labels=WEB, affinity=affinity("podAffinity", WEB))
    assert "abc" == fits(InterPodAffinity(), first)
    assert "c" == fits(InterPodAffinity(), first, pod("q", "c", labels=WEB))
    assert "" == fits(
        InterPodAffinity(), pod("p", labels=DB, affinity=affinity("podAffinity", WEB))
    )


def test_terms_mean_pods_of_their_namespaces_only() -> None:
    """By default the pod's own; else those that are named, or that the namespace selector matches."""
    listers = listers_of(
        {"namespaces": [obj("namespaces", "blue", "", metadata={"labels": {"team": "x"}})]}
    )
    db = pod("d", "c", labels=DB, namespace="blue")

    def near(**term: Any) -> str:
        wanted = pod("p", affinity=affinity("podAffinity", DB, **term))
        return fits(InterPodAffinity(), wanted, db, listers=listers)

    assert "" == near()
    assert "c" == near(namespaces=["blue"])
    assert "c" == near(namespaceSelector={"matchLabels": {"team": "x"}})
    assert "" == near(namespaceSelector={"matchLabels": {"team": "y"}})
    assert "c" == near(namespaceSelector={})


def test_preferred_affinity_draws_and_preferred_anti_affinity_repels() -> None:
    """Preferences of the new pod and of the running ones both count, and block nothing."""
    db = pod("d", "c", labels=DB)
    assert "c" == chosen(pod("p", affinity=affinity("podAffinity", DB, weight=100)), db)
    shy = pod("d", "a", labels=DB, affinity=affinity("podAntiAffinity", WEB, weight=100))
    assert "c" == chosen(pod("p", labels=WEB, cpu="1"), shy, pod("q", "c", cpu="500m"))


@pytest.mark.parametrize(
    ("event", "helps"),
    [
        (ClusterEvent("pod", "add", None, pod("d", "a", labels=DB)), True),
        (ClusterEvent("pod", "add", None, pod("d", "a", labels=WEB)), False),
        (ClusterEvent("pod", "update", pod("d", "a"), pod("d", "a", labels=DB)), True),
        (ClusterEvent("pod", "delete", pod("d", "a", labels=DB), None), False),
        (ClusterEvent("node", "add", None, ZONES[0]), True),
        (ClusterEvent("node", "update", ZONES[0], ZONES[2]), True),
        (ClusterEvent("node", "update", ZONES[0], ZONES[1]), False),
        (ClusterEvent("node", "delete", ZONES[0], None), False),
    ],
)
def test_a_pod_that_lacks_its_company_is_woken_by_what_can_bring_it(
    event: ClusterEvent, helps: bool
) -> None:
    """Only pods that are meant, and nodes in another place, are worth another try."""
    waiting = PodInfo(pod("p", affinity=affinity("podAffinity", DB)))
    assert helps is InterPodAffinity().may_help(waiting, event)


def test_a_pod_that_flees_is_woken_when_the_other_goes_or_changes() -> None:
    """In both directions of anti-affinity."""
    flees = PodInfo(pod("p", labels=WEB, affinity=affinity("podAntiAffinity", DB)))
    plain = PodInfo(pod("p", labels=WEB))
    db = pod("d", "a", labels=DB)
    hostile = pod("h", "a", affinity=affinity("podAntiAffinity", WEB))
    assert InterPodAffinity().may_help(flees, ClusterEvent("pod", "delete", db, None))
    assert InterPodAffinity().may_help(flees, ClusterEvent("pod", "update", db, pod("d", "a")))
    assert InterPodAffinity().may_help(plain, ClusterEvent("pod", "delete", hostile, None))
    assert not InterPodAffinity().may_help(plain, ClusterEvent("pod", "delete", db, None))


# -- spread ------------------------------------------------------------------------------------------------------------


def test_a_pod_goes_only_where_the_skew_stays_small_enough() -> None:
    """The new pod counts, where it is one of its own peers; pods on their way out and of other namespaces do not."""
    waiting = pod("p", labels=WEB, topologySpreadConstraints=[spread(WEB)])
    there = [pod("q", "a", labels=WEB)]
    assert "c" == fits(PodTopologySpread(), waiting, *there)
    going = pod("q", "a", labels=WEB, metadata={"deletionTimestamp": "2024-01-01T00:00:00Z"})
    assert "abc" == fits(PodTopologySpread(), waiting, going)
    assert "abc" == fits(PodTopologySpread(), waiting, pod("q", "a", labels=WEB, namespace="x"))


def test_fewer_domains_than_wanted_count_as_an_empty_one() -> None:
    """With minDomains 3 and two zones, one peer in each is the most."""
    there = [pod("q1", "a", labels=WEB), pod("q2", "c", labels=WEB)]
    loose = pod("p", labels=WEB, topologySpreadConstraints=[spread(WEB)])
    strict = pod("p", labels=WEB, topologySpreadConstraints=[spread(WEB, minDomains=3)])
    assert "abc" == fits(PodTopologySpread(), loose, *there)
    assert "" == fits(PodTopologySpread(), strict, *there)


def test_nodes_that_the_policies_leave_out_are_no_domains() -> None:
    """An empty zone that the pod cannot use holds it back only if the policy says so."""
    nodes = [
        ZONES[0],
        node("c", labels={"zone": "2"}, taints=[{"key": "k", "effect": "NoSchedule"}]),
    ]
    there = [pod("q", "a", labels=WEB)]
    for policy, expected in (("Ignore", "c"), ("Honor", "ac")):
        wanted = [spread(WEB, nodeTaintsPolicy=policy)]
        waiting = pod("p", labels=WEB, topologySpreadConstraints=wanted)
        assert expected == fits(PodTopologySpread(), waiting, *there, nodes=nodes)
    for policy, expected in (("Ignore", "c"), ("Honor", "ac")):
        wanted = [spread(WEB, nodeAffinityPolicy=policy)]
        waiting = pod("p", labels=WEB, nodeSelector={"zone": "1"}, topologySpreadConstraints=wanted)
        assert expected == fits(PodTopologySpread(), waiting, *there, nodes=nodes)


def test_match_label_keys_narrow_the_peers_to_the_pods_own_revision() -> None:
    """Pods of another revision are not counted."""
    old, new = {**WEB, "rev": "1"}, {**WEB, "rev": "2"}
    waiting = pod("p", labels=new, topologySpreadConstraints=[spread(WEB, matchLabelKeys=["rev"])])
    assert "abc" == fits(PodTopologySpread(), waiting, pod("q", "a", labels=old))
    assert "c" == fits(PodTopologySpread(), waiting, pod("q", "a", labels=new))


def test_a_soft_constraint_prefers_the_emptier_domain() -> None:
    """ScheduleAnyway moves a pod and blocks nothing; nodes without the key are liked least."""
    waiting = pod("p", labels=WEB, topologySpreadConstraints=[spread(WEB, soft=True)])
    there = [pod("q", "a", labels=WEB), pod("r", "c", cpu="1")]
    assert "c" == chosen(waiting, *there)
    assert "a" == chosen(waiting, *there, nodes=[ZONES[0], node("b")])


@pytest.mark.parametrize(
    ("event", "helps"),
    [
        (ClusterEvent("pod", "add", None, pod("q", "a", labels=WEB)), True),
        (ClusterEvent("pod", "delete", pod("q", "a", labels=WEB), None), True),
        (ClusterEvent("pod", "delete", pod("q", "a", labels=DB), None), False),
        (ClusterEvent("pod", "update", pod("q", "a", labels=WEB), pod("q", "a", labels=DB)), True),
        (ClusterEvent("node", "add", None, ZONES[0]), True),
        (ClusterEvent("node", "add", None, node("x")), False),
        (ClusterEvent("node", "delete", ZONES[0], None), True),
        (ClusterEvent("node", "update", ZONES[0], ZONES[1]), False),
    ],
)
def test_a_pod_that_would_skew_is_woken_by_what_changes_the_domains(
    event: ClusterEvent, helps: bool
) -> None:
    """Peers that come and go, and nodes that come and go."""
    waiting = PodInfo(pod("p", labels=WEB, topologySpreadConstraints=[spread(WEB)]))
    assert helps is PodTopologySpread().may_help(waiting, event)
