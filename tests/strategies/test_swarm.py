"""The swarm: scenario n is a function of its number, mixes differ, aims hit, and what it finds replays."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from windtunnel.examples import guestbook
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import (
    FAULTS,
    ApiErrors,
    ApiServerCrash,
    NodeCrash,
    ProcessCrash,
    WebhookDown,
)
from windtunnel.model.cluster.actions.faults.processes import CRASH_AFTER_REQUESTS
from windtunnel.model.cluster.actions.operations import Apply, Scale
from windtunnel.model.cluster.actions.time import STEPS_MS, Advance
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.outcome import Failure, RunOutcome, Verdict
from windtunnel.strategies import collector, mix
from windtunnel.strategies.alternatives import workload_objects
from windtunnel.strategies.generator import Generator, Weights
from windtunnel.strategies.manifests import check_object
from windtunnel.strategies.mix import draw_mix
from windtunnel.strategies.moments import Moments, rehearse
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import run_scenario
from windtunnel.strategies.search import search
from windtunnel.strategies.shrinking import shrink
from windtunnel.strategies.swarm import SwarmScenario
from windtunnel.zoo.catalogue import PLANTED

ROOT = Path(__file__).parent.parent.parent
BEYOND = max(CRASH_AFTER_REQUESTS)


@pytest.fixture(scope="module")
def plan() -> RunPlan:
    """The guestbook with everything on, in short scenarios."""
    return RunPlan(objects=guestbook(), steps=20)


@pytest.fixture(scope="module")
def moments(plan: RunPlan) -> Moments:
    """What a rehearsal of the guestbook shows."""
    return rehearse(plan)


def planted(identity: str) -> RunPlan:
    """The guestbook with a planted defect."""
    (defect,) = (each for each in PLANTED if each.id == identity)
    return RunPlan(objects=guestbook(), swaps={defect.role: defect.cls})


@pytest.mark.parametrize(
    ("objects", "seed"), [(guestbook(), 7), ((), 8)], ids=["guestbook", "drawn"]
)
def test_the_healthy_model_breaks_no_promise(
    objects: tuple[dict[str, object], ...], seed: int
) -> None:
    """No false alarm in a few scenarios with every fault; longer searches are for nightly runs."""
    outcome = search(RunPlan(objects=objects), explorer="swarm", scenarios=8, seed_number=seed)
    broken = [str(f) for failure in outcome.failures for f in failure.outcome.findings]
    assert [] == broken
    assert ("swarm", 8) == (outcome.explorer, outcome.scenarios)


def test_a_scenario_is_the_same_whatever_ran_before_it(plan: RunPlan, moments: Moments) -> None:
    """Scenario 3 is a function of seed and number: workers can share the work."""
    for number in range(3):
        SwarmScenario(plan, moments, 5, number).outcome()
    one = SwarmScenario(plan, moments, 5, 3).outcome()
    other = SwarmScenario(plan, rehearse(plan), 5, 3).outcome()
    assert (one.digest, one.scenario) == (other.digest, other.scenario)
    assert one.digest != SwarmScenario(plan, moments, 6, 3).outcome().digest


def test_what_ran_replays_to_the_same_digest(plan: RunPlan, moments: Moments) -> None:
    """The scenario of an outcome is all there is to know of it, deviations and salt included."""
    for number in range(4):
        outcome = SwarmScenario(plan, moments, 2, number).outcome()
        assert outcome.digest == run_scenario(outcome.scenario, plan).digest


@pytest.mark.parametrize("identity", ["endpoints-ignoring-readiness", "collector-blind-to-owners"])
def test_planted_defects_are_found_and_replay(
    identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The swarm finds what is planted, hands it over at once, shrinks it, and both replay to the same digest."""
    monkeypatch.setattr(collector, "shrink", partial(shrink, limit_runs=60))
    seen: list[Failure] = []

    def keep(failure: Failure) -> Failure:
        seen.append(failure)
        return failure

    plan = planted(identity)
    outcome: RunOutcome = search(plan, explorer="swarm", scenarios=40, on_failure=keep)
    assert Verdict.VIOLATED is outcome.verdict
    assert 2 == len(seen)
    assert seen[1] == outcome.failures[0]
    assert len(seen[1].outcome.scenario.actions) <= len(seen[0].outcome.scenario.actions)
    for failure in seen:
        assert failure.outcome.digest == run_scenario(failure.outcome.scenario, plan).digest


def test_scenarios_leave_things_out_and_put_weights_on_the_rest(plan: RunPlan) -> None:
    """Every operation and fault is in some scenarios and out of others; some have no fault at all."""
    mixes = [draw_mix(Generator(number), plan) for number in range(300)]
    counts = Counter(each for one in mixes for each in (*one.operations.items, *one.faults))
    for each in (*plan.operations, *plan.faults):
        if each is not Apply:
            assert 20 < counts[each] < 280, each
    assert any(not one.faults for one in mixes)
    lengths = {one.length for one in mixes}
    assert plan.steps == max(lengths)
    assert 1 < len(lengths)


def test_only_the_given_faults_are_tried() -> None:
    """A plan with one fault applies no other, aimed or not; one without any applies none."""
    names = {fault.action_name for fault in FAULTS}
    for faults, tried in (((NodeCrash,), {"node-crash"}), ((), set())):
        plan = RunPlan(objects=guestbook(), faults=faults, steps=20)
        outcome = search(plan, explorer="swarm", scenarios=4, seed_number=1)
        assert tried == names & set(outcome.coverage)


def test_a_rehearsal_knows_writes_leases_and_watches(moments: Moments) -> None:
    """What is aimed at: who writes because of an operation, when leases are renewed, when watches begin again."""
    scaled = [moment for group in moments.ripples["scale"] for moment in group]
    assert any(
        ("controller-manager-0", "pods") == (m.process, m.resource) and m.verb != "hears" and m.requests == 0
        for m in scaled
    )  # fmt: skip
    assert any(m.verb == "hears" for m in scaled)
    beats = {(beat.process, beat.verb, beat.resource): beat for beat in moments.beats}
    lease = beats["kubelet-node-1", "update", "leases.coordination.k8s.io"]
    assert 10_000 <= lease.period_ms < 10_100
    assert lease.next_ms(lease.first_ms - 1) == lease.first_ms
    assert lease.next_ms(lease.first_ms + 1) == lease.first_ms + lease.period_ms
    assert beats["scheduler-0", "watch", "pods"].period_ms >= 300_000
    assert moments.points["informer lag controller-manager-0 pods"].asked > 1


def test_a_rehearsal_is_the_same_every_time(plan: RunPlan, moments: Moments) -> None:
    """It is a function of the plan."""
    assert moments == rehearse(plan)


def test_some_actions_are_aimed(moments: Moments, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traps stand where a request was seen, later than any blind choice; pauses end at moments between the usual."""
    actions: list[Action] = []
    plan = RunPlan(objects=guestbook(), faults=(ProcessCrash, ApiServerCrash), steps=20)
    for name, always in (("AIMS", (1.0,)), ("SHARES_OF_FAULTS", (1.0,)), ("LENGTHS", (1.0,))):
        monkeypatch.setattr(mix, name, always)
    for number in range(6):
        actions += SwarmScenario(plan, moments, 3, number).outcome().scenario.actions
    crashes = [a for a in actions if isinstance(a, ProcessCrash | ApiServerCrash)]
    assert any(crash.after_requests > BEYOND for crash in crashes)
    assert any(isinstance(a, Advance) and a.duration_ms not in STEPS_MS for a in actions)


@pytest.mark.parametrize("cls", [ApiErrors, WebhookDown, Scale])
def test_what_is_drawn_is_one_of_the_choices(cls: type[Action], plan: RunPlan) -> None:
    """A class that draws without listing its choices draws no other ones, and all of them."""
    cluster = Cluster(ClusterShape(nodes=1))
    cluster.start()
    for manifest in guestbook():
        cluster.run_user(cluster.client.create(manifest), "create")
    choices = list(cls.choices(cluster))
    generator = Generator(cls.action_name)
    drawn = [cls.draw(cluster, generator.below) for _ in range(len(choices) * 12)]
    assert {str(each) for each in choices} == {str(each) for each in drawn}


def test_drawn_objects_are_valid() -> None:
    """Whatever the generator picks from the tables is accepted by the API server."""
    kinds = KindRegistry(BUILT_IN)
    for number in range(100):
        for obj in workload_objects(Generator("objects", number).below):
            check_object(kinds.for_object(obj), obj, "drawn")


def test_a_generator_draws_the_same_on_every_python() -> None:
    """The first numbers of a name, as every version and machine must have them."""
    generator = Generator("swarm", 0, 1)
    assert [86, 14, 84, 86, 2] == [generator.below(100) for _ in range(5)]
    heavy = Counter(generator.heavy(Weights([("a", 1), ("b", 0), ("c", 3)])) for _ in range(400))
    assert ["c", "a"] == [item for item, _ in heavy.most_common()]


def test_there_is_no_hypothesis_in_the_swarm() -> None:
    """A search of the swarm does not even import it."""
    code = """
import sys
from windtunnel.examples import guestbook
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.search import search
search(RunPlan(objects=guestbook(), steps=3), explorer="swarm", scenarios=1)
print("hypothesis" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "False\n" == done.stdout
