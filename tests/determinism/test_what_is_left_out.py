"""Steady work that is left out changes nothing: the outcome is that of a run in which everything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from windtunnel.examples import guestbook
from windtunnel.model.cluster.actions.faults import NodeCrash, Partition
from windtunnel.model.cluster.actions.time import Advance, HealFault
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.facts import Committed
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import ScenarioOutcome
from windtunnel.model.settings import Settings
from windtunnel.strategies import search as search_module
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run

HOUR_MS = 3_600_000
HEARTBEATS = ("resourceVersion", "lastHeartbeatTime", "renewTime")
FULL = Settings(elide_steady_work=False)


def _plain(value: Any) -> Any:
    """A value without resource versions and the times of heartbeats."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key not in HEARTBEATS}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


class History:
    """What each object of a cluster goes through, in order, heartbeats apart."""

    def __init__(self, cluster: Cluster) -> None:
        self.states: dict[str, list[Json]] = {}
        cluster.facts.subscribe(Committed, self._committed)

    def _committed(self, fact: Committed) -> None:
        change = fact.change
        states = self.states.setdefault(str(change.key), [])
        state = _plain(change.after.raw) if change.after is not None else {}
        if not states or states[-1] != state:
            states.append(state)


def _run(scenario: Scenario, plan: RunPlan) -> tuple[dict[str, list[Json]], ScenarioOutcome]:
    run = Run(plan, evolve(scenario, actions=()))
    history = History(run.cluster)
    run.begin()
    for action in scenario.actions:
        run.apply(action)
    outcome = run.finish()
    return history.states, outcome


def _found_scenarios(seed: int, count: int, shape: ClusterShape) -> list[Scenario]:
    """Scenarios of a search, faults and all."""
    seen: list[Scenario] = []
    add = search_module.Tally.add

    def note(tally: search_module.Tally, outcome: ScenarioOutcome) -> None:
        seen.append(outcome.scenario)
        add(tally, outcome)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_module.Tally, "add", note)
        plan = RunPlan(shape=shape, objects=guestbook(), steps=25)
        search_module.search(plan, scenarios=count, seed_number=seed)
    return seen


@pytest.mark.parametrize(
    ("seed", "shape"),
    [(11, ClusterShape()), (12, ClusterShape()), (13, ClusterShape(3, (), 2, 2, 2))],
    ids=["one of each", "another seed", "two of each"],
)
def test_a_run_without_steady_work_has_the_outcome_of_a_full_one(
    seed: int, shape: ClusterShape
) -> None:
    """Objects, the order of their states, and verdicts are equal with and without what is left out."""
    for scenario in _found_scenarios(seed, 4, shape):
        short, short_outcome = _run(scenario, RunPlan(objects=guestbook()))
        full, full_outcome = _run(scenario, RunPlan(objects=guestbook(), settings=FULL))
        assert full == short
        assert full_outcome.verdict == short_outcome.verdict
        assert full_outcome.virtual_ms == short_outcome.virtual_ms
        assert full_outcome.events > short_outcome.events


def test_a_day_without_events_costs_few() -> None:
    """Idle hours are passed over: a day of two nodes has fewer events than there are minutes in it."""
    cluster = Cluster(ClusterShape(nodes=2))
    cluster.start()
    before = cluster.loop.step
    cluster.run_for(24 * HOUR_MS)
    assert cluster.loop.step - before < 24 * 60 * 2
    assert cluster.environment.heartbeats.renewed_ms["node-1"] > 24 * HOUR_MS - 20_000


@pytest.mark.parametrize("settings", [Settings(), FULL], ids=["left out", "full"])
def test_a_node_that_dies_after_idle_hours_is_missed_in_time(settings: Settings) -> None:
    """A crash after a stretch that was passed over is noticed one grace period, and at most a check, later."""
    cluster = Cluster(ClusterShape(nodes=2), settings=settings)
    cluster.start()
    cluster.run_for(2 * HOUR_MS)
    cluster.apply(NodeCrash("node-1"))
    grace_ms = settings.controller_manager.node_monitor_grace_period_ms
    cluster.run_for(grace_ms - 10_000)
    assert _ready(cluster, "node-1") == "True"
    cluster.run_for(20_000)
    assert _ready(cluster, "node-1") == "Unknown"
    assert _ready(cluster, "node-2") == "True"


@pytest.mark.parametrize("settings", [Settings(), FULL], ids=["left out", "full"])
def test_a_node_that_is_cut_off_is_missed_and_comes_back(settings: Settings) -> None:
    """A cut link is in the way of heartbeats: they are sent, held and missed; healing brings the node back."""
    cluster = Cluster(ClusterShape(nodes=2), settings=settings)
    cluster.start()
    cluster.apply(Advance(HOUR_MS))
    cut = Partition("node-1", "apiserver-0", "both")
    cluster.apply(cut)
    cluster.run_for(60_000)
    assert _ready(cluster, "node-1") == "Unknown"
    cluster.apply(HealFault(str(cut)))
    cluster.run_for(60_000)
    assert _ready(cluster, "node-1") == "True"


def _ready(cluster: Cluster, node: str) -> str:
    records = cluster.store.range("nodes", None)[0]
    found = next(record for record in records if record.key.name == node)
    conditions = found.raw["status"]["conditions"]
    return next(str(each["status"]) for each in conditions if each["type"] == "Ready")
