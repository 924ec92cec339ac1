"""One scenario with every sort of action, run as a program: prints its digest and the events of the run.

    python -m tests.determinism.one_scenario [STEPS_FILE]

With a file's name it also writes every step of the trace there, so that two runs can be compared step by step.
"""

from __future__ import annotations

import sys
from pathlib import Path

from windtunnel.examples import guestbook
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import (
    ContainerCrash,
    LoseAnswers,
    NodeCrash,
    Partition,
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
DEVIATIONS = {
    "latency apiserver-0>controller-manager-0": {3: 5, 20: 2},
    "latency store-0>apiserver-0": {40: 3},
}


def run() -> Run:
    """Run the scenario to its end."""
    plan = RunPlan(objects=guestbook())
    one = Run(plan, Scenario(plan.shape, plan.objects, deviations=DEVIATIONS, salt="determinism"))
    one.begin()
    for action in ACTIONS:
        one.apply(action)
    return one


def main() -> None:
    """Print the digest."""
    one = run()
    outcome = one.finish()
    if len(sys.argv) > 1:
        steps = "\n".join("|".join(map(str, step)) for step in one.cluster.loop.trace.steps)
        Path(sys.argv[1]).write_text(steps)
    print(outcome.digest, outcome.events, str(outcome.verdict), len(outcome.not_applied))
    for problem in (*outcome.not_applied, *map(str, outcome.findings)):
        print(problem)


if __name__ == "__main__":
    main()
