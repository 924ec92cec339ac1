"""Preemption as a function: for a pod that fits nowhere, the node where the least harm would make it fit.

On each node that turned the pod away for a reason that removing pods can cure, all pods of lower priority are taken
away in thought; if the pod then fits, as many of them as possible are put back, the most important first, and before
them those whose disruption budgets their loss would violate. Those that cannot stay are the node's victims. The best
node has the fewest violations, then the least important victims, then the fewest, then the youngest.

Not modelled: extenders; groups of pods that are preempted together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf

from attrs import frozen

from windtunnel.model.api.selectors.labels import Selector, SelectorError, from_label_selector
from windtunnel.model.objects.json import Json, get
from windtunnel.model.scheduler.conditions import going_by_preemption
from windtunnel.model.scheduler.decision import Prepared, Profile
from windtunnel.model.scheduler.fit_error import FitError, histogram
from windtunnel.model.scheduler.framework import UNRESOLVABLE, UNSCHEDULABLE, Rejection
from windtunnel.model.scheduler.listers import BUDGETS
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.nominator import Nominator
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.sim.choices import Choices

NAME = "DefaultPreemption"
OFFSET_POINT = "preemption offset"
TIE_POINT = "preemption tie"
_NO_HELP = "Preemption is not helpful for scheduling"
_NO_VICTIMS = Rejection(UNRESOLVABLE, ("No preemption victims found for incoming pod",), NAME)
_NEVER = "not eligible due to preemptionPolicy=Never."
_WAITS = "not eligible due to a terminating pod on the nominated node."
_LEAST_CANDIDATES = 100
_CANDIDATES_PERCENT = 10
_PRIORITY_OFFSET = 2**31


@frozen
class Candidate:
    """A node that would take the pod if the victims, the most important first, were gone."""

    node: str
    victims: tuple[PodInfo, ...]
    violations: int
    """How many victims are lost against a disruption budget."""


@frozen
class Preemption:
    """What came of it: the candidate that was chosen, or the sentence that says why there is none.

    waits says that the pod's earlier nomination stands.
    """

    candidate: Candidate | None = None
    message: str = ""
    waits: bool = False


def preempt(
    profile: Profile,
    pod: PodInfo,
    snapshot: Snapshot,
    error: FitError,
    nominator: Nominator,
    choices: Choices,
) -> Preemption:
    """Find the node with the least harm. O(nodes * pods on a node * filters) at worst, O(pods) without any victim."""
    if pod.pod.spec.preemption_policy == "Never":
        return Preemption(message=_NEVER, waits=True)
    nominated = nominator.node_of(pod.uid)
    if nominated is not None and _room_is_being_made(pod, snapshot.get(nominated), error):
        return Preemption(message=_WAITS, waits=True)
    curable = [
        snapshot.nodes[name]
        for name, each in error.rejections.items()
        if each.code == UNSCHEDULABLE
    ]
    curable.sort(key=lambda node: node.name)
    statuses: dict[str, Rejection] = {}
    candidates = _candidates(profile, pod, snapshot, curable, nominator, choices, statuses)
    if candidates:
        return Preemption(least_harm(candidates, choices))
    reasons: list[str] = []
    for name in error.rejections:
        found = statuses.get(name)
        reasons += found.reasons if found is not None else (_NO_HELP,)
    return Preemption(message=histogram(error.nodes, reasons))


def _room_is_being_made(pod: PodInfo, node: NodeInfo | None, error: FitError) -> bool:
    if node is None:
        return False
    rejection = error.rejections.get(node.name)
    if rejection is not None and rejection.code == UNRESOLVABLE:
        return False
    priority = pod.pod.spec.priority
    return any(
        other.pod.spec.priority < priority and going_by_preemption(other.pod)
        for other in node.pods.values()
    )


def _candidates(
    profile: Profile,
    pod: PodInfo,
    snapshot: Snapshot,
    nodes: Sequence[NodeInfo],
    nominator: Nominator,
    choices: Choices,
    statuses: dict[str, Rejection],
) -> list[Candidate]:
    """The nodes that can be helped, enough of them; statuses takes in why the others cannot."""
    prepared: Prepared | Rejection | None = None
    enough = min(max(len(nodes) * _CANDIDATES_PERCENT // 100, _LEAST_CANDIDATES), len(nodes))
    offset = choices(OFFSET_POINT, len(nodes)) if nodes else 0
    budgets = [budget.raw for budget in snapshot.listers.all(BUDGETS)]
    found: list[Candidate] = []
    priority = pod.pod.spec.priority
    for node in (*nodes[offset:], *nodes[:offset]):
        lower = [each for each in node.pods.values() if each.pod.spec.priority < priority]
        if not lower:
            statuses[node.name] = _NO_VICTIMS
            continue
        if prepared is None:
            prepared = profile.prepare(pod, snapshot)
        assert not isinstance(prepared, Rejection), (
            "a pod that fits no node at all has no curable ones"
        )
        outcome = victims_on(profile, prepared, pod, node, lower, nominator, budgets)
        if isinstance(outcome, Rejection):
            statuses[node.name] = outcome
            continue
        found.append(outcome)
        if len(found) >= enough and any(not each.violations for each in found):
            break
    return found


def victims_on(
    profile: Profile,
    prepared: Prepared,
    pod: PodInfo,
    node: NodeInfo,
    lower: Sequence[PodInfo],
    nominator: Nominator,
    budgets: Sequence[Json],
) -> Candidate | Rejection:
    """The fewest pods that must go for the pod to fit, or why it does not fit even without all. O(pods * filters)."""
    states, there = prepared, node
    for other in lower:
        states, there = profile.adjusted(states, pod, other, there, -1)
    rejection = profile.rejection(states, pod, there, nominator)
    if rejection is not None:
        return rejection
    violating, others = split_by_budgets(sorted(lower, key=importance), budgets)
    victims: list[PodInfo] = []
    violations = 0
    for position, other in enumerate((*violating, *others)):
        with_it = profile.adjusted(states, pod, other, there, 1)
        if profile.rejection(with_it[0], pod, with_it[1], nominator) is None:
            states, there = with_it
            continue
        victims.append(other)
        violations += position < len(violating)
    return Candidate(node.name, tuple(sorted(victims, key=importance)), violations)


def importance(pod: PodInfo) -> tuple[int, float]:
    """Sorts pods, the most important first: by priority, then by who started earlier. O(1)."""
    started = pod.pod.status.start_time
    return -pod.pod.spec.priority, inf if started is None else started


def split_by_budgets(
    pods: Sequence[PodInfo], budgets: Iterable[Json]
) -> tuple[list[PodInfo], list[PodInfo]]:
    """The pods whose loss, one by one, would violate a disruption budget, and the others. O(pods * budgets)."""
    some = [
        (get(budget, "metadata", "namespace", default=""), selector, budget)
        for budget in budgets
        if (selector := _selector(budget)) is not None
    ]
    allowed = [get(budget, "status", "disruptionsAllowed", default=0) for _, _, budget in some]
    violating: list[PodInfo] = []
    others: list[PodInfo] = []
    for pod in pods:
        metadata = pod.pod.metadata
        violates = False
        for number, (namespace, selector, budget) in enumerate(some):
            if namespace != metadata.namespace or not selector.matches(metadata.labels):
                continue
            gone: Mapping[str, str] = get(budget, "status", "disruptedPods", default={})
            if metadata.name in gone:
                continue
            allowed[number] -= 1
            violates = violates or allowed[number] < 0
        (violating if violates else others).append(pod)
    return violating, others


def _selector(budget: Json) -> Selector | None:
    try:
        found = from_label_selector(get(budget, "spec", "selector"))
    except SelectorError:
        return None
    return found if found.requirements else None


def least_harm(candidates: Sequence[Candidate], choices: Choices) -> Candidate:
    """The candidate whose victims matter least; of equals the one that the choice falls on. O(victims)."""
    best = min(_harm(each) for each in candidates)
    equals = [each for each in candidates if _harm(each) == best]
    return equals[choices(TIE_POINT, len(equals))] if len(equals) > 1 else equals[0]


def _harm(candidate: Candidate) -> tuple[int, int, int, int, float]:
    victims = candidate.victims
    if not victims:
        return 0, -_PRIORITY_OFFSET, 0, 0, 0
    priorities = [each.pod.spec.priority for each in victims]
    highest = max(priorities)
    earliest = min(importance(each)[1] for each in victims if each.pod.spec.priority == highest)
    total = sum(priority + _PRIORITY_OFFSET for priority in priorities)
    return candidate.violations, highest, total, len(victims), -earliest
