"""Leader election: who gets a lease, who keeps it, who notices that he has lost it, and when."""

from __future__ import annotations

from typing import Any, cast

import pytest

from windtunnel.model.client.leader_election import LeaderElector
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.controllers.manager import ControllerManager
from windtunnel.model.facts import LeadershipBegun, LeadershipLost, ProcessUp
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import StoreKey
from windtunnel.model.objects.time import parse_time
from windtunnel.model.scheduler.scheduler import Scheduler
from windtunnel.model.settings import Settings

FIRST, SECOND = "controller-manager-0", "controller-manager-1"
FULL = Settings(elide_steady_work=False)


class Bench:
    """Two controller managers and two schedulers without a node, and what is told of who leads."""

    def __init__(self, **shape: int) -> None:
        counts: dict[str, Any] = {"controller_managers": 2, "schedulers": 2, **shape}
        self.cluster = Cluster(ClusterShape(0, **counts), settings=FULL)
        self.told: list[tuple[str, str, int]] = []
        facts = self.cluster.facts
        facts.subscribe(LeadershipBegun, lambda fact: self._tell("leads", fact))
        facts.subscribe(LeadershipLost, lambda fact: self._tell("lost", fact))
        facts.subscribe(ProcessUp, lambda fact: self._tell("up", fact))
        self.cluster.start()
        self.cluster.run_for(100)
        self.told.clear()

    def _tell(self, what: str, fact: Any) -> None:
        if fact.process.startswith("controller-manager"):
            self.told.append((what, fact.process, fact.now_ms))

    def elector(self, process: str) -> LeaderElector:
        """The elector of a process that runs."""
        component = self.cluster.processes[process].component
        assert isinstance(component, ControllerManager | Scheduler)
        return cast("LeaderElector", component.elector)

    def leading(self) -> list[str]:
        """The processes that lead."""
        names = self.cluster.environment.elected
        return [
            name
            for name in names
            if self.cluster.processes[name].alive and self.elector(name).is_leading
        ]

    def lease(self, name: str = "kube-controller-manager") -> Json:
        """What a lease says."""
        key = StoreKey("leases.coordination.k8s.io", "kube-system", name)
        record = self.cluster.store.get(key)
        assert record is not None
        spec: Json = record.raw["spec"]
        return spec

    def after(self, since_ms: int) -> list[tuple[str, str, float]]:
        """What was told, in seconds after a moment."""
        return [(what, name, (now_ms - since_ms) / 1000) for what, name, now_ms in self.told]


@pytest.fixture
def bench() -> Bench:
    """Started, and quiet."""
    return Bench()


def test_a_single_process_runs_without_a_lease() -> None:
    """Where nobody competes there is nothing to win."""
    bench = Bench(controller_managers=1, schedulers=1)
    key = StoreKey("leases.coordination.k8s.io", "kube-system", "kube-scheduler")
    assert None is bench.cluster.store.get(key)
    assert () == bench.cluster.environment.elected


def test_one_of_several_leads_and_only_it_works(bench: Bench) -> None:
    """A standby manager has no caches yet; a standby scheduler has filled its own, and decides nothing."""
    assert ["controller-manager-0", "scheduler-0"] == bench.leading()
    managers = [bench.cluster.processes[name].component for name in (FIRST, SECOND)]
    controllers = [len(m.controllers) for m in managers if isinstance(m, ControllerManager)]
    assert controllers[0] > 10
    assert 0 == controllers[1]
    standby = bench.cluster.processes["scheduler-1"].component
    assert isinstance(standby, Scheduler)
    assert standby.nodes.synced
    assert None is standby.busy()


def test_a_lease_says_who_holds_it_and_since_when(bench: Bench) -> None:
    """acquireTime stays, renewTime moves, both with microseconds; the identity is of one incarnation on one host."""
    before = bench.lease()
    bench.cluster.run_for(10_000)
    now = bench.lease()
    assert now["holderIdentity"].startswith("controller-manager-0_")
    assert (15, 0) == (now["leaseDurationSeconds"], now["leaseTransitions"])
    assert before["acquireTime"] == now["acquireTime"]
    assert len("2024-01-01T00:00:00.000000Z") == len(now["renewTime"])
    assert 5 * 2_004 == parse_time(now["renewTime"]) - parse_time(before["renewTime"])
    other = bench.lease("kube-scheduler")["holderIdentity"]
    assert other.startswith("scheduler-0_")


def test_a_dead_leader_is_replaced_when_its_lease_has_run_out(bench: Bench) -> None:
    """The other one waits 15 s from when it saw the last renewal, and at most until its next look."""
    bench.cluster.run_for(60_000)
    since_ms = bench.cluster.now_ms
    bench.cluster.processes[FIRST].crash()
    assert bench.cluster.settle().settled
    [(what, name, after)] = bench.after(since_ms)
    assert ("leads", SECOND) == (what, name)
    assert 12 < after < 17.1
    assert 1 == bench.lease()["leaseTransitions"]


def test_a_cut_off_leader_knows_it_before_another_one_leads(bench: Bench) -> None:
    """It gives up 10 s after it began to try, exits, and is started again as a candidate; nobody overlaps."""
    bench.cluster.run_for(60_000)
    since_ms = bench.cluster.now_ms
    bench.cluster.network.cut(FIRST, "apiserver-0")
    bench.cluster.run_for(30_000)
    assert ["lost", "up", "leads"] == [what for what, _, _ in bench.told]
    [(_, loser, lost), (_, starter, up), (_, winner, leads)] = bench.after(since_ms)
    assert (FIRST, FIRST, SECOND) == (loser, starter, winner)
    assert 10 <= lost <= 12.01
    assert 1 == round(up - lost, 3)
    assert lost < leads


def test_one_lost_answer_does_not_cost_the_lease(bench: Bench) -> None:
    """After a write whose fate is unknown the leader reads, finds itself, and renews."""
    bench.cluster.network.lose_answers(FIRST, 2)
    bench.cluster.run_for(60_000)
    assert [] == bench.told
    assert 0 == bench.lease()["leaseTransitions"]


def test_a_leader_that_was_stopped_goes_on_and_then_gives_up(bench: Bench) -> None:
    """Nothing fences it: it leads beside the new leader until its own attempts have failed for 10 s."""
    bench.cluster.run_for(60_000)
    bench.cluster.processes[FIRST].pause()
    bench.cluster.run_for(25_000)
    assert [("leads", SECOND)] == [(what, name) for what, name, _ in bench.told]
    bench.told.clear()
    since_ms = bench.cluster.now_ms
    bench.cluster.processes[FIRST].resume()
    bench.cluster.run_for(5_000)
    assert [FIRST, SECOND] == bench.leading()[:2]
    bench.cluster.run_for(20_000)
    [(what, name, after), (again, same, _)] = bench.after(since_ms)
    assert ("lost", FIRST, "up", FIRST) == (what, name, again, same)
    assert 8 <= after <= 12.1
    assert SECOND in bench.leading()


def test_a_wrong_time_of_day_takes_no_lease(bench: Bench) -> None:
    """A candidate that is a minute ahead counts from when it saw the record, not from what is written in it."""
    bench.cluster.processes[SECOND].jump_clock(60_000)
    bench.cluster.run_for(60_000)
    bench.cluster.processes[FIRST].jump_clock(-60_000)
    bench.cluster.run_for(60_000)
    assert [] == bench.told


def test_a_candidate_that_measures_much_too_fast_takes_the_lease_early(bench: Bench) -> None:
    """At ten times the speed 15 s are over before the next renewal; the holder finds another one leading."""
    bench.cluster.processes[SECOND].set_clock_rate(10_000)
    bench.cluster.run_for(20_000)
    assert ("leads", SECOND) == bench.told[0][:2]
    assert ("lost", FIRST) in [(what, name) for what, name, _ in bench.told]


def test_a_process_that_loses_again_and_again_backs_off(bench: Bench) -> None:
    """Its supervisor starts it after one second, then after ten more, then twenty."""
    cluster = bench.cluster
    waits = []
    for _ in range(4):
        since_ms = cluster.now_ms
        cluster.processes[FIRST].exit("the test wants it")
        while not cluster.processes[FIRST].alive:
            cluster.loop.run_next()
        waits.append(cluster.now_ms - since_ms)
    assert [1_000, 11_000, 21_000, 41_000] == waits
    cluster.run_for(600_000)
    since_ms = cluster.now_ms
    cluster.processes[FIRST].exit("once more")
    cluster.run_for(1_000)
    assert cluster.processes[FIRST].alive


def test_what_a_fault_took_down_its_supervisor_leaves_down(bench: Bench) -> None:
    """A restart that is due for an earlier incarnation does not revive a later one."""
    process = bench.cluster.processes[FIRST]
    process.exit("the test wants it")
    process.start()
    process.crash()
    bench.cluster.run_for(60_000)
    assert not process.alive


def test_only_the_leading_scheduler_binds() -> None:
    """A standby scheduler queues pods and lets the other one decide; after a takeover it goes on with them."""
    cluster = Cluster(ClusterShape(1, schedulers=2))
    cluster.start()
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {"containers": [{"name": "main", "image": "web:1"}]},
    }
    cluster.processes["scheduler-0"].pause()
    cluster.run_user(cluster.client.create(pod), "create")
    cluster.run_for(5_000)
    assert "" == _node_of(cluster, "a")
    cluster.settle()
    assert "node-1" == _node_of(cluster, "a")
    binds = [
        step.who
        for step in cluster.loop.trace.steps
        if "create pods/default/a/binding" in step.what
    ]
    assert "scheduler-0" not in binds


def _node_of(cluster: Cluster, name: str) -> str:
    record = cluster.store.get(StoreKey("pods", "default", name))
    assert record is not None
    return str(record.raw["spec"].get("nodeName", ""))
