"""Scenarios with every sort of action, run as a program: prints their digests and the events of the runs.

    python -m tests.determinism.one_scenario [STEPS_FILE]

One is of a cluster with one of each server, the other of one with two, whose leaders change. With a file's name it also
writes every step of the traces there, so that two runs can be compared step by step.
"""

from __future__ import annotations

import sys
from pathlib import Path

from windtunnel.examples import guestbook
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import (
    ApiServerCrash,
    ClockJump,
    ClockSkew,
    ContainerCrash,
    LoseAnswers,
    NodeCrash,
    Partition,
    Pause,
    ProbeFlip,
    ProcessCrash,
)
from windtunnel.model.cluster.actions.operations import (
    Apply,
    CreateService,
    Delete,
    DeleteService,
    Relabel,
    Scale,
)
from windtunnel.model.cluster.actions.time import Advance, HealFault, Settle
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run

ACTIONS: tuple[Action, ...] = (
    Advance(20),
    ProcessCrash("controller-manager-0", 2),
    Settle(),
    HealFault("process-crash process=controller-manager-0 after_requests=2"),
    Settle(),
    LoseAnswers("controller-manager-0", 2),
    Scale("rc/page", 5),
    Advance(200),
    Relabel("rc/page#2", "role", "windtunnel-other"),
    CreateService("rc/follower", "follower-extra"),
    ContainerCrash("rc/page#1", "page"),
    ProbeFlip("rc/page#3", "page", "readiness"),
    Advance(20_000),
    Partition("node-1", "apiserver-0", "both"),
    NodeCrash("node-2"),
    Advance(60_000),
    Delete("rc/leader#1", ""),
    ProcessCrash("scheduler-0", 0),
    Delete("rc/follower", "Foreground"),
    DeleteService("svc/page"),
    Advance(2_000),
    Apply("svc/page"),
    Apply("rc/follower"),
    HealFault("node-crash node=node-2"),
    Partition("controller-manager-0", "apiserver-0", "from"),
    Scale("rc/page", 2),
    Settle(),
)
WITH_TWO: tuple[Action, ...] = (
    Advance(2_000),
    ClockJump("controller-manager-1", 60_000),
    Pause("controller-manager-0"),
    Scale("rc/page", 5),
    ApiServerCrash("apiserver-0", 1),
    Advance(30_000),
    HealFault("pause process=controller-manager-0"),
    Scale("rc/page", 1),
    Advance(2_000),
    ClockSkew("scheduler-0", 500),
    Partition("controller-manager-1", "apiserver-1", "both"),
    ProcessCrash("scheduler-0", 1),
    CreateService("rc/follower", "follower-extra"),
    Scale("rc/leader", 3),
    Advance(60_000),
    HealFault("api-server-crash process=apiserver-0 after_requests=1"),
    Pause("kubelet-node-1"),
    ClockSkew("kubelet-node-2", 2_000),
    Delete("rc/page#1", ""),
    Settle(),
)
DEVIATIONS = {
    "latency apiserver-0>controller-manager-0": {3: 5, 20: 2},
    "latency store-0>apiserver-0": {40: 3},
}


def run() -> Run:
    """Run the scenario of one of each server to its end."""
    return _run(ClusterShape(), ACTIONS)


def run_with_two() -> Run:
    """Run the scenario of two of each server to its end."""
    return _run(ClusterShape(3, (), 2, 2, 2), WITH_TWO)


def _run(shape: ClusterShape, actions: tuple[Action, ...]) -> Run:
    plan = RunPlan(shape=shape, objects=guestbook())
    one = Run(plan, Scenario(shape, plan.objects, deviations=DEVIATIONS, salt="determinism"))
    one.begin()
    for action in actions:
        one.apply(action)
    return one


def main() -> None:
    """Print the digests."""
    steps: list[str] = []
    for one in (run(), run_with_two()):
        outcome = one.finish()
        steps += ["|".join(map(str, step)) for step in one.cluster.loop.trace.steps]
        print(outcome.digest, outcome.events, str(outcome.verdict), len(outcome.not_applied))
        for problem in (*outcome.not_applied, *map(str, outcome.findings)):
            print(problem)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text("\n".join(steps))


if __name__ == "__main__":
    main()
