"""Two controller managers that both lead for a while: what comes of it is Kubernetes' own, and is put right."""

from __future__ import annotations

from windtunnel.model.cluster.actions.faults import Pause
from windtunnel.model.cluster.actions.operations import Scale
from windtunnel.model.cluster.actions.time import Advance, HealFault
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.facts import Committed, LeadershipBegun, LeadershipLost
from windtunnel.model.outcome import Verdict
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run
from windtunnel.zoo.world import WEB_CONTROLLER

LEADER = "controller-manager-0"
PAUSE = Pause(LEADER)


def test_pods_made_by_two_leaders_are_charged_to_both_and_the_surplus_goes() -> None:
    """A leader is stopped amid its creations, is replaced, and goes on with them: no promise is broken by that."""
    shape = ClusterShape(2, controller_managers=2)
    run = Run(RunPlan(shape=shape, objects=(WEB_CONTROLLER,)), Scenario(shape, (WEB_CONTROLLER,)))
    made: list[str] = []
    told: list[str] = []
    facts = run.cluster.facts

    def note(fact: Committed) -> None:
        change = fact.change
        if change.key.resource == "pods" and change.before is None:
            made.append(change.key.name)

    facts.subscribe(Committed, note)
    facts.subscribe(LeadershipBegun, lambda fact: told.append(f"{fact.process} leads"))
    facts.subscribe(LeadershipLost, lambda fact: told.append(f"{fact.process} gives up"))
    run.begin()
    for action in (
        Advance(2_000),
        Scale("rc/web", 8),
        Advance(2),
        PAUSE,
        Advance(25_000),
        HealFault(str(PAUSE)),
        Advance(1_000),
    ):
        assert run.apply(action)
    assert [f"{LEADER} leads", "controller-manager-1 leads"] == told
    # Three at first, five more, the last four of them by the new leader; and four by the old one, which goes on.
    assert 12 == len(made)
    outcome = run.finish()
    assert f"{LEADER} gives up" in told
    assert Verdict.HELD == outcome.verdict
    assert 12 == next(p.checked for p in outcome.promises if p.id == "no-surplus-is-created")
    assert 8 == run.cluster.store.count("pods")
