"""Promises about where pods go and how long they stay, on facts made by hand: neighbours, nominations, lost nodes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.invariants.bench import Bench, pod
from windtunnel.invariants.promises.binding import (
    CONTINUOUSLY_MS,
    FittingPodsAreBound,
    bound_once,
    filters_held,
)
from windtunnel.invariants.promises.lost_nodes import STAYS_AT_MOST_MS, PodsOfLostNodesGo
from windtunnel.invariants.promises.node_death import (
    KNOWN_AFTER_MS,
    EvictionsAreCalledFor,
    TaintedNodesAreEmptied,
    ZonesInTroubleAreSpared,
    taints_follow_conditions,
)
from windtunnel.model.facts import SchedulerDecided
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.outcome import Verdict
from windtunnel.model.scheduler.node_info import NodeInfo, node_info

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
WEB = {"app": "web"}
CONTROLLER = "system:serviceaccount:kube-system:node-controller"
UNREACHABLE = "node.kubernetes.io/unreachable"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def node(ready: str = "True", *, driving: bool = False, cpu: str = "1", **spec: object) -> Json:
    """A node of the zone east."""
    taints = [{"key": UNREACHABLE, "effect": "NoExecute"}] if driving else []
    return {
        "kind": "Node",
        "metadata": {"labels": {"zone": "east"}},
        "spec": {"taints": taints, **spec},
        "status": {
            "allocatable": {"cpu": cpu, "memory": "1Gi", "pods": "4"},
            "conditions": [{"type": "Ready", "status": ready}] if ready else [],
        },
    }


def waiting(cpu: str = "100m", **spec: object) -> Json:
    """A pod without a node."""
    raw = pod(WEB, node="", phase="Pending")
    raw["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu}}
    return {**raw, "spec": {**raw["spec"], **spec}}


def apart() -> Json:
    """The affinity of pods that want none of their kind in their zone."""
    term = {"labelSelector": {"matchLabels": WEB}, "topologyKey": "zone"}
    return {"podAntiAffinity": {REQUIRED: [term]}}


# -- decisions ---------------------------------------------------------------------------------------------------------


def decide(bench: Bench, asked: Pod, info: NodeInfo | None, *others: NodeInfo) -> str:
    """The scheduler chooses node-1; what is wrong with that."""
    nodes = {each.name: each for each in (*others, *([info] if info is not None else []))}
    cluster = SimpleNamespace(nodes=nodes, namespace_labels={"default": {}})
    bench.emit(SchedulerDecided, "scheduler-0", asked, "node-1", info, cluster)
    return "".join(finding.found for finding in bench.monitor.findings())


def views(bench: Bench, asked: Json, other: Json) -> tuple[Pod, Pod, list[Node]]:
    """A pod that is asked about, another one, and two nodes of one zone."""
    nodes = [bench.put("nodes", "", name, node()).view for name in ("node-1", "node-2")]
    neighbour = bench.put("pods", "default", "other", other).view
    pending = bench.put("pods", "default", "asked", asked).view
    assert isinstance(pending, Pod) and isinstance(neighbour, Pod)
    return pending, neighbour, [each for each in nodes if isinstance(each, Node)]


@pytest.mark.parametrize("who", ["asked", "other", "neither"])
def test_a_decision_must_heed_who_cannot_bear_whom_nearby(who: str) -> None:
    """The pod that is placed, or one that is there already, on another node of the zone."""
    bench = Bench(filters_held)
    shy = waiting(affinity=apart())
    asked, other, (one, two) = views(
        bench, shy if who == "asked" else waiting(), shy if who == "other" else waiting()
    )
    found = decide(bench, asked, node_info("node-1", one), node_info("node-2", two, (other,)))
    assert (who != "neither") == bool(found)


def test_a_decision_without_a_picture_of_the_cluster_is_judged_by_its_node() -> None:
    """Nobody can say then who is nearby."""
    bench = Bench(filters_held)
    asked, other, (one, _) = views(bench, waiting(affinity=apart()), waiting())
    info = node_info("node-1", one, (other,))
    bench.emit(SchedulerDecided, "scheduler-0", asked, "node-1", info)
    assert HELD == bench.verdict(filters_held)


def test_a_pod_does_not_stand_in_its_own_way() -> None:
    """Where the snapshot shows it as assumed already."""
    bench = Bench(filters_held)
    asked, other, (one, _) = views(bench, waiting("600m"), waiting("600m"))
    assert "" == decide(bench, asked, node_info("node-1", one, (asked,)))
    assert "cpu left" in decide(bench, asked, node_info("node-1", one, (other,)))


def test_a_node_that_the_scheduler_does_not_know_may_not_be_chosen() -> None:
    """Neither one that never was, nor one of which only its pods are left."""
    bench = Bench(filters_held)
    asked, *_ = views(bench, waiting(), waiting())
    for info in (None, node_info("node-1", None)):
        assert decide(bench, asked, info).endswith("there is none")
    assert 2 == bench.result(filters_held).violations


@pytest.mark.parametrize(
    ("raw", "fits"),
    [
        (waiting(nodeSelector={"zone": "east"}), True),
        (waiting(nodeSelector={"zone": "west"}), False),
        (waiting(initContainers=[{"name": "i", "resources": {"requests": {"cpu": "2"}}}]), False),
        (waiting(initContainers=[{"name": "i", "resources": {"requests": {"cpu": "1"}}}]), True),
        (
            waiting(
                "600m",
                initContainers=[
                    {
                        "name": "i",
                        "restartPolicy": "Always",
                        "resources": {"requests": {"cpu": "500m"}},
                    }
                ],
            ),
            False,
        ),
        (waiting(overhead={"cpu": "950m"}), False),
        (waiting("0", tolerations=[{"key": "x", "operator": "Exists"}]), True),
    ],
)
def test_what_a_pod_asks_for_is_counted_as_kubernetes_counts_it(raw: Json, fits: bool) -> None:
    """Labels, init containers one after the other, sidecars beside the rest, and overhead."""
    bench = Bench(filters_held)
    asked, _, (one, _) = views(bench, raw, waiting())
    assert fits == (decide(bench, asked, node_info("node-1", one)) == "")


def test_a_pod_that_loses_its_node_is_caught_like_one_that_changes_it() -> None:
    """And one that vanishes with it is not."""
    bench = Bench(bound_once)
    bench.put("pods", "default", "a", pod())
    bench.delete("pods", "default", "a")
    bench.put("pods", "default", "b", pod())
    bench.put("pods", "default", "b", pod(phase="Failed"))
    assert HELD == bench.verdict(bound_once)
    bench.put("pods", "default", "b", pod(node=""))
    assert "the node (none)" == bench.monitor.findings()[0].found


# -- pods that wait ----------------------------------------------------------------------------------------------------


def at_rest(*pods: Json) -> Bench:
    """A cluster of one node in which pods wait, long after everything was healed."""
    bench = Bench(FittingPodsAreBound)
    bench.put("nodes", "", "node-1", node())
    for number, raw in enumerate(pods):
        bench.put("pods", "default", f"p-{number}", raw)
    bench.heal_and_finish()
    return bench


def subjects(bench: Bench) -> list[str]:
    """Whom the findings are about, each once."""
    return list(dict.fromkeys(finding.subject for finding in bench.monitor.findings()))


def nominated(raw: Json, priority: int) -> Json:
    """A pod for which others are making room on the node."""
    status = {**raw["status"], "nominatedNodeName": "node-1"}
    return {**raw, "spec": {**raw["spec"], "priority": priority}, "status": status}


def test_room_that_is_being_made_for_somebody_is_not_free() -> None:
    """For pods of lower priority; the one for whom it is made, and more important ones, may have it."""
    bench = at_rest(nominated(waiting("600m"), 5), nominated(waiting("600m"), 1))
    assert ["Pod default/p-0"] == subjects(bench)
    bench = at_rest(waiting("600m"), waiting("600m"))
    assert ["Pod default/p-0", "Pod default/p-1"] == subjects(bench)


def test_a_pod_may_wait_for_others_to_leave_its_neighbourhood() -> None:
    """Until they are over."""
    bench = at_rest(waiting(affinity=apart()))
    assert VIOLATED == bench.verdict(FittingPodsAreBound)
    bench = Bench(FittingPodsAreBound)
    bench.put("nodes", "", "node-1", node())
    bench.put("pods", "default", "there", pod(WEB))
    bench.put("pods", "default", "shy", waiting(affinity=apart()))
    bench.heal_and_finish()
    assert HELD == bench.verdict(FittingPodsAreBound)
    bench.put("pods", "default", "there", pod(WEB, phase="Succeeded"))
    bench.advance(CONTINUOUSLY_MS)
    bench.finish()
    assert ["Pod default/shy"] == subjects(bench)


def test_who_is_not_the_schedulers_business_may_wait() -> None:
    """Pods of another scheduler, gated ones, those that are over or going, and those whose volumes nobody judges."""
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    over, going = waiting(), waiting()
    over["status"]["phase"] = "Failed"
    going["metadata"]["deletionTimestamp"] = "2024-01-01T00:00:00Z"
    bench = at_rest(
        waiting(schedulerName="mine"),
        waiting(schedulingGates=[{"name": "later"}]),
        waiting(volumes=[claim]),
        over,
        going,
    )
    bench.put("pods", "default", "rival", pod(WEB, node="node-2"))
    assert HELD == bench.verdict(FittingPodsAreBound)


def test_a_pod_has_some_minutes_from_the_last_change_that_matters() -> None:
    """A heartbeat is none; a label of a namespace is one, since terms may go by it."""
    bench = at_rest(waiting("2"))
    bench.put("pods", "default", "p-0", waiting())
    bench.advance(CONTINUOUSLY_MS - 1)
    bench.finish()
    assert HELD == bench.verdict(FittingPodsAreBound)
    heard = node()
    heard["status"]["conditions"][0]["lastHeartbeatTime"] = "2024-01-01T00:00:00Z"
    bench.put("nodes", "", "node-1", heard)
    bench.put("namespaces", "", "default", {"metadata": {"labels": {"a": "b"}}})
    bench.advance(CONTINUOUSLY_MS - 1)
    bench.finish()
    assert HELD == bench.verdict(FittingPodsAreBound)
    bench.put("nodes", "", "node-1", node())
    bench.advance(1)
    bench.finish()
    assert VIOLATED == bench.verdict(FittingPodsAreBound)


# -- nodes that are gone or tainted ------------------------------------------------------------------------------------


def test_a_pod_has_some_minutes_from_when_its_node_went() -> None:
    """And not for ever; a pod that went itself is forgotten."""
    bench = Bench(PodsOfLostNodesGo)
    bench.put("nodes", "", "node-1", node())
    for name in ("stays", "goes"):
        bench.put("pods", "default", name, pod())
    bench.heal_and_finish()
    assert not bench.result(PodsOfLostNodesGo).applicable
    bench.delete("nodes", "", "node-1")
    bench.advance(STAYS_AT_MOST_MS - 1)
    bench.delete("pods", "default", "goes")
    bench.finish()
    assert HELD == bench.verdict(PodsOfLostNodesGo)
    bench.advance(1)
    bench.put("configmaps", "default", "later", {})
    bench.finish()
    assert ["it is still there after 600 s"] == [each.found for each in bench.monitor.findings()]


def test_a_node_that_comes_back_keeps_its_pods() -> None:
    """They are bound to a name."""
    bench = Bench(PodsOfLostNodesGo, TaintedNodesAreEmptied)
    bench.put("nodes", "", "node-1", node("Unknown", driving=True))
    bench.put("pods", "default", "a", pod())
    bench.delete("nodes", "", "node-1")
    bench.put("nodes", "", "node-1", node())
    bench.heal_and_finish()
    assert HELD == bench.verdict(PodsOfLostNodesGo)
    assert HELD == bench.verdict(TaintedNodesAreEmptied)


def test_a_tainted_node_that_is_gone_is_not_waited_for() -> None:
    """Its pods are the garbage collector's then; and very long patience is not judged."""
    patient = pod()
    patient["spec"]["tolerations"] = [
        {"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 601}
    ]
    bench = Bench(TaintedNodesAreEmptied)
    bench.put("nodes", "", "node-1", node("Unknown", driving=True))
    bench.put("pods", "default", "patient", patient)
    bench.put("nodes", "", "node-2", node("Unknown", driving=True))
    bench.put("pods", "default", "lost", pod(node="node-2"))
    bench.delete("nodes", "", "node-2")
    bench.heal_and_finish()
    assert HELD == bench.verdict(TaintedNodesAreEmptied)


def test_a_run_without_a_taint_that_drives_out_has_no_node_to_empty() -> None:
    """The promise has no subject there."""
    bench = Bench(TaintedNodesAreEmptied)
    bench.put("nodes", "", "node-1", node())
    bench.heal_and_finish()
    assert not bench.result(TaintedNodesAreEmptied).applicable


def test_a_pod_that_goes_already_is_not_evicted_once_more() -> None:
    """What the controller does to it then is no eviction."""
    bench = Bench(EvictionsAreCalledFor)
    bench.put("nodes", "", "node-1", node())
    bench.put("pods", "default", "a", pod(deleting=True))
    bench.delete("pods", "default", "a", CONTROLLER)
    assert 0 == bench.result(EvictionsAreCalledFor).checked


def trouble(bench: Bench) -> None:
    """Three silent nodes of one zone, and one that has never said anything."""
    bench.faults = {}
    for name in ("node-1", "node-2", "node-3"):
        bench.put("nodes", "", name, node("Unknown"))
    bench.put("nodes", "", "new", node(""))
    bench.advance(KNOWN_AFTER_MS)


def test_nodes_that_went_or_never_spoke_do_not_make_a_zone_well() -> None:
    """What the controller knows begins anew with each node that comes or goes."""
    bench = Bench(ZonesInTroubleAreSpared)
    trouble(bench)
    bench.delete("nodes", "", "node-2")
    bench.put("nodes", "", "node-1", node("Unknown", driving=True), CONTROLLER)
    assert HELD == bench.verdict(ZonesInTroubleAreSpared)
    bench.put("nodes", "", "node-1", node("Unknown"))
    bench.advance(KNOWN_AFTER_MS)
    bench.put("nodes", "", "node-1", node("Unknown", driving=True), CONTROLLER)
    assert VIOLATED == bench.verdict(ZonesInTroubleAreSpared)


def test_people_may_taint_what_they_like() -> None:
    """Only the controller has promised to spare a zone."""
    bench = Bench(ZonesInTroubleAreSpared)
    trouble(bench)
    bench.put("nodes", "", "node-1", node("Unknown", driving=True))
    assert 0 == bench.result(ZonesInTroubleAreSpared).checked


def test_a_node_that_says_nothing_of_itself_has_no_taint_that_drives_out() -> None:
    """It is not known whether it should."""
    bench = Bench(taints_follow_conditions)
    bench.put("nodes", "", "node-1", node(""))
    bench.heal_and_finish()
    assert [] == [
        each.expected for each in bench.monitor.findings() if "NoExecute" in each.expected
    ]
