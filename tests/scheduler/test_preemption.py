"""Preemption as a function: which node, and which of its pods."""

from __future__ import annotations

from typing import Any

from tests.scheduler.values import affinity, node, obj, pod, snapshot_of, spread
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.decision import Profile
from windtunnel.model.scheduler.listers import listers_of
from windtunnel.model.scheduler.node_info import PodInfo
from windtunnel.model.scheduler.nominator import Nominator
from windtunnel.model.scheduler.preemption import Preemption, preempt
from windtunnel.model.sim.choices import Choices

NOBODY = (
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: "
    "0/1 nodes are available: 1 No preemption victims found for incoming pod."
)


def attempt(
    waiting: Pod,
    nodes: list[Node],
    *there: Pod,
    nominator: Nominator | None = None,
    budgets: Any = (),
) -> tuple[str, Preemption]:
    """Try a pod, and then to make room; the whole sentence and what came of it."""
    profile, info, nominator = Profile(), PodInfo(waiting), nominator or Nominator()
    snapshot = snapshot_of(nodes, there, listers_of({"poddisruptionbudgets.policy": list(budgets)}))
    decision = profile.decide(info, snapshot, Choices(), nominator)
    assert decision.error is not None
    outcome = preempt(profile, info, snapshot, decision.error, nominator, Choices())
    return decision.error.message(outcome.message), outcome


def victims(outcome: Preemption) -> tuple[str, list[str]]:
    """The node and the names of the victims."""
    assert outcome.candidate is not None
    return outcome.candidate.node, [each.pod.name for each in outcome.candidate.victims]


def started(second: int) -> dict[str, str]:
    """A status of a pod that runs since then."""
    return {"startTime": f"2024-01-01T00:00:{second:02}Z"}


def test_without_less_important_pods_nobody_goes() -> None:
    """Pods of the same priority are no victims, and the sentence says so."""
    message, outcome = attempt(pod("p", cpu="1"), [node("a", cpu="2")], pod("q", "a", cpu="1500m"))
    assert (NOBODY, None) == (message, outcome.candidate)


def test_a_pod_that_does_not_push_others_out_says_so() -> None:
    """preemptionPolicy Never is respected."""
    waiting = pod("p", cpu="1", priority=5, preemptionPolicy="Never")
    message, outcome = attempt(waiting, [node("a", cpu="2")], pod("q", "a", cpu="2"))
    assert message.endswith("preemption: not eligible due to preemptionPolicy=Never.")
    assert outcome.candidate is None


def test_where_removing_pods_does_not_help_nobody_goes() -> None:
    """A node that is too small, or refuses the pod anyway, is left alone, and each is counted."""
    nodes = [
        node("a", cpu="1"),
        node("b", cpu="8", taints=[{"key": "k", "effect": "NoSchedule"}]),
        node("c", cpu="4"),
    ]
    there = [pod(f"low-{name}", name, cpu="1") for name in "abc"]
    same = pod("same", "c", cpu="2", priority=5)
    message, outcome = attempt(pod("p", cpu="3", priority=5), nodes, *there, same)
    expected = (
        "preemption: 0/3 nodes are available: 1 Insufficient cpu, "
        "2 Preemption is not helpful for scheduling."
    )
    assert message.endswith(expected)
    assert outcome.candidate is None


def test_no_more_pods_go_than_must_and_the_least_important_first() -> None:
    """Pods are put back in order of importance: priority, then age."""
    there = [
        pod("old", "a", cpu="1", status=started(1)),
        pod("young", "a", cpu="1", status=started(2)),
        pod("better", "a", cpu="1", priority=1, status=started(3)),
        pod("tiny", "a", cpu="10m", status=started(4)),
    ]
    message, outcome = attempt(pod("p", cpu="1900m", priority=5), [node("a", cpu="4")], *there)
    assert ("a", ["young"]) == victims(outcome)
    assert "0/1 nodes are available: 1 Insufficient cpu." == message


def test_the_node_with_the_least_important_victims_is_chosen() -> None:
    """Fewest violated budgets, lowest priority, lowest sum, fewest pods, youngest: in that order."""
    nodes = [node("a", cpu="1"), node("b", cpu="1")]
    waiting = pod("p", cpu="1", priority=9)
    important = pod("q", "a", cpu="1", priority=2)
    assert "b" == victims(attempt(waiting, nodes, important, pod("r", "b", cpu="1"))[1])[0]
    two = [pod("q1", "a", cpu="500m"), pod("q2", "a", cpu="500m")]
    assert "b" == victims(attempt(waiting, nodes, *two, pod("r", "b", cpu="1"))[1])[0]
    by_age = [pod("q", "a", cpu="1", status=started(1)), pod("r", "b", cpu="1", status=started(2))]
    assert "b" == victims(attempt(waiting, nodes, *by_age)[1])[0]


def test_budgets_are_spared_where_that_is_possible() -> None:
    """A pod whose budget allows no disruption is put back before others, and its node is the worse choice."""
    budget = obj(
        "poddisruptionbudgets.policy",
        "b",
        spec={"selector": {"matchLabels": {"app": "web"}}},
        status={"disruptionsAllowed": 0},
    )
    web = {"app": "web"}
    waiting = pod("p", cpu="1", priority=9)
    there = [
        pod("q", "a", cpu="1", labels=web, status=started(2)),
        pod("r", "a", cpu="1", status=started(1)),
    ]
    assert ("a", ["q"]) == victims(attempt(waiting, [node("a", cpu="2")], *there)[1])
    assert ("a", ["r"]) == victims(
        attempt(waiting, [node("a", cpu="2")], *there, budgets=[budget])[1]
    )
    nodes = [node("a", cpu="1"), node("b", cpu="1")]
    there = [pod("q", "a", cpu="1", labels=web), pod("r", "b", cpu="1", priority=3)]
    assert "b" == victims(attempt(waiting, nodes, *there, budgets=[budget])[1])[0]
    forced = attempt(waiting, nodes[:1], there[0], budgets=[budget])[1]
    assert forced.candidate is not None
    assert (1, ("a", ["q"])) == (forced.candidate.violations, victims(forced))


def test_pods_go_that_cannot_bear_the_new_one() -> None:
    """Room is not only a matter of resources: anti-affinity in the whole cluster is worked out anew."""
    hostile = pod("q", "a", affinity=affinity("podAntiAffinity", {"app": "web"}))
    waiting = pod("p", labels={"app": "web"}, priority=5)
    outcome = attempt(waiting, [node("a", labels={"zone": "1"})], hostile, pod("r", "a"))[1]
    assert ("a", ["q"]) == victims(outcome)


def test_peers_go_that_make_the_skew_too_large() -> None:
    """The spread is worked out anew without each victim; the other zone counts though the pod cannot go there."""
    web = {"app": "web"}
    there = [pod("q", "a", labels=web), pod("r", "a", labels={"app": "db"})]
    refusing = [{"key": "k", "effect": "NoSchedule"}]
    nodes = [node("a", labels={"zone": "1"}), node("b", labels={"zone": "2"}, taints=refusing)]
    waiting = pod("p", labels=web, priority=5, topologySpreadConstraints=[spread(web)])
    message, outcome = attempt(waiting, nodes, *there)
    assert ("a", ["q"]) == victims(outcome)
    assert "1 node(s) didn't match pod topology spread constraints" in message


def test_a_claim_for_one_pod_is_taken_from_its_user() -> None:
    """The user of a ReadWriteOncePod claim goes where a more important pod wants it."""
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    lonely = obj("persistentvolumeclaims", "data", spec={"accessModes": ["ReadWriteOncePod"]})
    profile, info = Profile(), PodInfo(pod("p", priority=5, volumes=volumes))
    listers = listers_of({"persistentvolumeclaims": [lonely]})
    snapshot = snapshot_of([node("a"), node("b")], [pod("q", "a", volumes=volumes)], listers)
    error = profile.decide(info, snapshot, Choices()).error
    assert error is not None
    outcome = preempt(profile, info, snapshot, error, Nominator(), Choices())
    assert ("a", ["q"]) == victims(outcome)


def test_a_pod_waits_for_the_victims_that_are_going() -> None:
    """While a victim is terminating on the nominated node nobody else is pushed out."""
    condition = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
    going = pod(
        "q",
        "a",
        cpu="2",
        status={"conditions": [condition]},
        metadata={"deletionTimestamp": "2024-01-01T00:00:00Z"},
    )
    waiting = pod("p", cpu="2", priority=5)
    nominator = Nominator()
    nominator.nominate(PodInfo(waiting), "a")
    nodes = [node("a", cpu="2"), node("b", cpu="2")]
    message, outcome = attempt(waiting, nodes, going, pod("r", "b", cpu="2"), nominator=nominator)
    assert message.endswith("not eligible due to a terminating pod on the nominated node.")
    assert outcome.waits


def test_room_that_was_made_is_kept_for_whom_it_was_made() -> None:
    """A nominated pod counts against pods of at most its priority, and not against more important ones."""
    nominator = Nominator()
    nominator.nominate(PodInfo(pod("n", cpu="1", priority=5)), "a")
    profile, snapshot = Profile(), snapshot_of([node("a", cpu="1")])

    def fits(name: str, priority: int) -> bool:
        info = PodInfo(pod(name, cpu="1", priority=priority))
        return profile.decide(info, snapshot, Choices(), nominator).node is not None

    assert [False, False, True] == [fits("p", 0), fits("p", 5), fits("p", 6)]
    assert fits("n", 5)


def test_a_nominated_pod_is_tried_on_its_node_first() -> None:
    """Another node that would be better is not even looked at."""
    waiting = PodInfo(pod("p", cpu="1", priority=5))
    nominator = Nominator()
    nominator.nominate(waiting, "b")
    snapshot = snapshot_of([node("a", cpu="8"), node("b", cpu="2")])
    decision = Profile().decide(waiting, snapshot, Choices(), nominator)
    assert decision.node is not None
    assert "b" == decision.node.name
    nominator.remove(waiting.uid)
    nominator.check()
    assert not nominator.on("b")
