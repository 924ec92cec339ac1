"""ControlPlaneMachine: Hypothesis' rule-based machine over the actions of a cluster.

A rule is worth a whole action, never a single event. There are six groups of actions: operate, put back, break
something, disturb a workload, heal, settle. They share one rule, since Hypothesis switches rules off at random for
whole runs, and a run without faults or without operations finds little. It draws the group, which kind of action,
which of its finite choices, and how long to wait afterwards; the choices depend on the cluster as it is.

In a test suite: subclass it, set `manifests` or leave the objects to be drawn, and use `MyMachine.TestCase`. Rules,
invariants and settings can be added as on any Hypothesis machine; `self.cluster` is the cluster under test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from attrs import evolve
from hypothesis import HealthCheck, Phase, Verbosity, reject, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.operations import Apply
from windtunnel.model.cluster.actions.time import STEPS_MS, Advance, HealFault, Settle
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.settling import is_settled
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.outcome import ScenarioOutcome, Verdict
from windtunnel.strategies.manifests import load_manifests
from windtunnel.strategies.mix import (
    BREAK,
    DISTURB,
    DISTURBANCES,
    HEAL,
    OPERATE,
    PUT_BACK,
    SETTLE,
)
from windtunnel.strategies.objects import workloads
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run

PICKS = st.integers(0, 2**12 - 1)
PAUSES = st.sampled_from((0, 0, 0, *STEPS_MS))
CACHES_OF_MANAGERS = (
    "pods", "pods", "replicationcontrollers", "replicasets.apps", "services", "endpoints", "nodes",
)  # fmt: skip
CACHES_OF_SCHEDULERS = ("pods", "nodes")
"""Caches whose lag matters most; a manager's pods are listed twice, to be drawn more often."""
GROUPS = st.sampled_from((OPERATE, BREAK, DISTURB, HEAL, OPERATE, BREAK, PUT_BACK, SETTLE))
"""Operations and breaks come twice as often as the others."""


class PromiseBroken(AssertionError):
    """A promise was broken; the message is the finding, and outcome the whole run."""

    def __init__(self, outcome: ScenarioOutcome) -> None:
        super().__init__("\n\n".join(str(finding) for finding in outcome.findings))
        self.outcome = outcome


@st.composite
def deviations(draw: st.DrawFn, shape: ClusterShape) -> Mapping[str, Mapping[int, int]]:
    """A few messages that take longer than the others on their link, and a few moments in which a cache lags."""
    points = choice_points(shape)
    found: dict[str, dict[int, int]] = {}
    for _ in range(draw(st.integers(0, 6))):
        point, nth = draw(st.sampled_from(points)), draw(st.integers(0, 60))
        found.setdefault(point, {})[nth] = draw(st.integers(1, 7))
    return found


def choice_points(shape: ClusterShape) -> tuple[str, ...]:
    """Where a scenario of this shape can deviate: links, and caches of the processes that act on them."""
    managers, schedulers = shape.controller_manager_names, shape.scheduler_names
    hosts = (*managers, *schedulers, *shape.node_names[:2])
    links: list[str] = []
    for server in shape.apiserver_names:
        links += [f"latency {host}>{server}" for host in hosts]
        links += [f"latency {server}>{host}" for host in hosts]
        links += [f"latency {server}>store-0", f"latency store-0>{server}"]
    caches = [(name, resource) for name in managers for resource in CACHES_OF_MANAGERS]
    caches += [(name, resource) for name in schedulers for resource in CACHES_OF_SCHEDULERS]
    caches += [(f"kubelet-{name}", "pods") for name in shape.node_names[:1]]
    return (*links, *(f"informer lag {process} {resource}" for process, resource in caches))


class ControlPlaneMachine(RuleBasedStateMachine):
    """A cluster that is operated, broken and healed; every promise is checked after every fact."""

    manifests: ClassVar[Sequence[str]] = ()
    nodes: ClassVar[int] = 3
    plan: ClassVar[RunPlan | None] = None
    on_outcome: ClassVar[Callable[[ScenarioOutcome], None] | None] = None
    """Given every finished outcome; with it set, a broken promise does not raise."""

    run: Run

    def __init__(self) -> None:
        super().__init__()
        self.over = True  # until a run has begun

    @classmethod
    def make_plan(cls) -> RunPlan:
        """The plan of this class: its own, or one of its manifests and nodes. Override to change promises or faults."""
        if cls.plan is None:
            objects = load_manifests(cls.manifests).objects if cls.manifests else ()
            cls.plan = RunPlan(shape=ClusterShape(nodes=cls.nodes), objects=objects)
        return cls.plan

    @property
    def cluster(self) -> Cluster:
        """The cluster under test."""
        return self.run.cluster

    @initialize(data=st.data())
    def begin(self, data: Any) -> None:
        """Draw what the plan leaves open, and bring the cluster up."""
        plan = self.make_plan()
        objects = plan.objects or data.draw(workloads(), label="objects")
        head = Scenario(
            shape=plan.shape,
            objects=objects,
            deviations=data.draw(deviations(plan.shape), label="deviations"),
        )
        self.run = Run(plan, head)
        self.run.begin()
        self.over = False
        self._judge()

    @precondition(lambda self: not self.over)
    @rule(group=GROUPS, which=PICKS, pick=PICKS, then_ms=PAUSES)
    def act(self, group: str, which: int, pick: int, then_ms: int) -> None:
        """Apply one action of a group, if there is one now, and let time pass."""
        self._one_of(self.groups()[group], which, pick)
        if then_ms and not self.over:
            self._do(Advance(then_ms))

    def groups(self) -> dict[str, tuple[type[Action], ...]]:
        """The actions of each group. Override to add some of your own."""
        plan = self.run.plan
        return {
            OPERATE: tuple(o for o in plan.operations if o is not Apply),
            BREAK: tuple(f for f in plan.faults if f not in DISTURBANCES),
            DISTURB: tuple(f for f in plan.faults if f in DISTURBANCES),
            HEAL: (HealFault,),
            PUT_BACK: (Apply,),
            SETTLE: () if is_settled(self.cluster) else (Settle,),
        }

    def teardown(self) -> None:
        """Heal everything and hold the cluster to what must come true eventually."""
        if hasattr(self, "run") and not self.over:
            self._end()

    def _one_of(self, classes: Sequence[type[Action]], which: int, pick: int) -> None:
        # Only the class that is taken says what it could do now: to ask them all would cost more than most actions.
        left = list(classes)
        while left:
            choices = left.pop(which % len(left)).choices(self.cluster)
            if choices:
                self._do(choices[pick % len(choices)])
                return

    def _do(self, action: Action) -> None:
        self.over = True  # what breaks in here is an error, and no run to be judged
        self.run.apply(action)
        self.over = False
        self._judge()

    def _judge(self) -> None:
        if self.run.over:
            self._end()
            # The scenario is over and was reported: there is nothing more for Hypothesis to draw.
            reject()

    def _end(self) -> None:
        self.over = True
        outcome = self.run.finish()
        report = type(self).on_outcome
        if report is not None:
            report(outcome)
        elif outcome.verdict is Verdict.VIOLATED:
            raise PromiseBroken(outcome)


def with_plan(
    plan: RunPlan, on_outcome: Callable[[ScenarioOutcome], None]
) -> type[ControlPlaneMachine]:
    """A machine class for a search: it runs the plan and reports outcomes instead of raising."""
    body = {"plan": evolve(plan), "on_outcome": staticmethod(on_outcome)}
    return type("SearchMachine", (ControlPlaneMachine,), body)


def explore(
    plan: RunPlan, seed_number: int, examples: int, on_outcome: Callable[[ScenarioOutcome], None]
) -> None:
    """Have Hypothesis draw and run so many scenarios of a plan; on_outcome ends it by raising a BaseException."""
    options = settings(
        max_examples=examples,
        stateful_step_count=plan.steps,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        derandomize=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(seed_number)(with_plan(plan, on_outcome)), settings=options)
