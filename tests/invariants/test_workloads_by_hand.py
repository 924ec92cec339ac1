"""Promises about controllers and their pods, on facts made by hand: what each lets pass, and what it catches."""

from __future__ import annotations

from tests.invariants.bench import (
    MANAGER,
    Bench,
    owned_by,
    pod,
    workload,
)
from windtunnel.invariants.promises import BUILT_IN
from windtunnel.invariants.promises.ownership import (
    controllers_take_what_they_select,
    foreign_pods_are_left_alone,
    one_controlling_owner,
)
from windtunnel.invariants.promises.replicas import (
    NoSurplusIsCreated,
    a_lost_pod_is_replaced,
    replica_count,
)
from windtunnel.invariants.promises.selectors import (
    only_unselected_pods_are_released,
    selected_pods_are_owned,
)
from windtunnel.model.apiserver.request import Request
from windtunnel.model.facts import (
    ProcessDown,
)
from windtunnel.model.outcome import Verdict
from windtunnel.model.sim.network import ConnectionLost

HELD, UNKNOWN, VIOLATED = Verdict.HELD, Verdict.UNKNOWN, Verdict.VIOLATED
RC, RS = "replicationcontrollers", "replicasets.apps"
WEB = {"app": "web"}


def test_there_are_enough_promises_and_each_has_a_name_of_its_own() -> None:
    """At least twelve, in a defined order."""
    assert len(BUILT_IN) >= 14
    assert len(BUILT_IN) == len(dict.fromkeys(promise.id for promise in BUILT_IN))


def test_replica_count_counts_active_pods_that_are_owned() -> None:
    """A terminating or failed pod does not count, nor does one of somebody else."""
    bench = Bench(replica_count)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"))
    bench.put("pods", "default", "b", pod(WEB, "web", deleting=True))
    bench.put("pods", "default", "c", pod(WEB, "web", phase="Failed"))
    bench.put("pods", "default", "d", pod(WEB, "other"))
    bench.heal_and_finish()
    assert HELD == bench.verdict(replica_count)


def test_replica_count_says_who_lacks_what() -> None:
    """The message names the controller, both numbers, and the pods that do not count."""
    bench = Bench(replica_count)
    bench.put(RC, "default", "web", workload(2, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web", deleting=True))
    bench.heal_and_finish()
    finding = bench.monitor.findings()[0]
    assert "ReplicationController default/web" == finding.subject
    assert ("2 active pods", "0 active pods; a is terminating") == (finding.expected, finding.found)


def test_replica_count_asks_nothing_of_a_controller_that_cannot_reach_it() -> None:
    """A namespace on its way out, a template with a node, a service account that does not exist."""
    bench = Bench(replica_count)
    bench.put("namespaces", "", "old", {"metadata": {"deletionTimestamp": "2024-01-01T00:00:00Z"}})
    bench.put(RC, "old", "web", workload(2, WEB))
    pinned = workload(2, WEB)
    pinned["spec"]["template"]["spec"] = {"nodeName": "node-1"}
    bench.put(RC, "default", "pinned", pinned)
    bench.put(
        RC,
        "default",
        "deleting",
        {**workload(2, WEB), "metadata": {"deletionTimestamp": "2024-01-01T00:00:00Z"}},
    )
    bench.heal_and_finish()
    assert HELD == bench.verdict(replica_count)


def create(bench: Bench, name: str, owner: str = "web", incarnation_is_gone: bool = False) -> None:
    """A controller creates a pod, by a request."""
    call = bench.begin("controller-manager-0", "create", "pods")
    if incarnation_is_gone:
        bench.emit(ProcessDown, "controller-manager-0", 1)
    record = bench.put("pods", "default", name, pod(WEB, owner), MANAGER, call=call)
    bench.answer("controller-manager-0", Request("create", "pods"), record, call)


def test_a_surplus_that_is_created_knowingly_is_caught() -> None:
    """Three pods where two were ever wanted."""
    bench = Bench(NoSurplusIsCreated)
    bench.up("controller-manager-0")
    bench.put(RC, "default", "web", workload(2, WEB))
    create(bench, "a")
    create(bench, "b")
    assert HELD == bench.verdict(NoSurplusIsCreated)
    create(bench, "c")
    assert VIOLATED == bench.verdict(NoSurplusIsCreated)


def test_a_surplus_that_a_lost_answer_or_a_dead_incarnation_made_is_legal() -> None:
    """The creator could not know."""
    bench = Bench(NoSurplusIsCreated)
    bench.up("controller-manager-0")
    bench.put(RC, "default", "web", workload(1, WEB))
    call = bench.begin("controller-manager-0", "create", "pods")
    bench.put("pods", "default", "a", pod(WEB, "web"), MANAGER, call=call)
    bench.answer(
        "controller-manager-0", Request("create", "pods"), None, call, ConnectionLost("lost")
    )
    create(bench, "b")
    bench.put(RC, "default", "other", workload(1, WEB))
    create(bench, "c", "other", incarnation_is_gone=True)
    create(bench, "d", "other")
    assert HELD == bench.verdict(NoSurplusIsCreated)


def test_a_lost_pod_is_replaced_is_seen() -> None:
    """It applies once somebody takes a pod away, and is seen when the controller makes a new one."""
    bench = Bench(a_lost_pod_is_replaced)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"), MANAGER)
    assert not bench.result(a_lost_pod_is_replaced).applicable
    bench.delete("pods", "default", "a")
    assert UNKNOWN == bench.verdict(a_lost_pod_is_replaced)
    bench.put("pods", "default", "b", pod(WEB, "web"), MANAGER)
    assert HELD == bench.verdict(a_lost_pod_is_replaced)


def test_two_controlling_owners_are_caught() -> None:
    """Two owners are fine, two controllers are not."""
    bench = Bench(one_controlling_owner)
    two = [
        owned_by("ReplicationController", "web"),
        {**owned_by("ReplicationController", "b"), "controller": False},
    ]
    bench.put("pods", "default", "a", {**pod(), "metadata": {"ownerReferences": two}})
    assert HELD == bench.verdict(one_controlling_owner)
    both = [owned_by("ReplicationController", "web"), owned_by("ReplicationController", "b")]
    bench.put("pods", "default", "a", {**pod(), "metadata": {"ownerReferences": both}})
    assert VIOLATED == bench.verdict(one_controlling_owner)
    assert "ReplicationController web, ReplicationController b" == bench.monitor.findings()[0].found


def test_a_pod_may_be_adopted_by_labels_that_it_had() -> None:
    """A cache may be behind: what was selected at any time may be taken."""
    bench = Bench(controllers_take_what_they_select)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB))
    bench.put("pods", "default", "a", pod({"app": "other"}))
    bench.put("pods", "default", "a", pod({"app": "other"}, "web"), MANAGER)
    assert HELD == bench.verdict(controllers_take_what_they_select)


def test_a_pod_that_was_never_selected_may_not_be_adopted() -> None:
    """Nor one that has another controller."""
    bench = Bench(controllers_take_what_they_select)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod({"app": "other"}))
    bench.put("pods", "default", "a", pod({"app": "other"}, "web"), MANAGER)
    bench.put("pods", "default", "b", pod(WEB, "other"))
    bench.put("pods", "default", "b", pod(WEB, "web"), MANAGER)
    assert 2 == bench.result(controllers_take_what_they_select).violations


def test_only_a_surplus_of_its_own_is_deleted() -> None:
    """Two where one was wanted: one may go."""
    bench = Bench(foreign_pods_are_left_alone)
    bench.put(RC, "default", "web", workload(2, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"), MANAGER)
    bench.put("pods", "default", "b", pod(WEB, "web"), MANAGER)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.delete("pods", "default", "b", MANAGER)
    assert HELD == bench.verdict(foreign_pods_are_left_alone)


def test_a_pod_that_was_never_too_many_may_not_be_deleted() -> None:
    """Nor one that belongs to nobody."""
    bench = Bench(foreign_pods_are_left_alone)
    bench.put(RC, "default", "web", workload(2, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"), MANAGER)
    bench.put("pods", "default", "free", pod(WEB))
    bench.put("pods", "default", "a", pod(WEB, "web", deleting=True), MANAGER)
    bench.delete("pods", "default", "free", MANAGER)
    first, second = bench.monitor.findings()
    assert "its owner wanted 2 at least and never had more than 1" == first.found
    assert "this one was nobody's" == second.found


def test_a_pod_is_released_only_when_it_is_not_selected() -> None:
    """By an independent reading of the selector."""
    bench = Bench(only_unselected_pods_are_released)
    bench.put(RC, "default", "web", workload(2, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"))
    bench.put("pods", "default", "a", pod({"app": "x"}, "web"))
    bench.put("pods", "default", "a", pod({"app": "x"}), MANAGER)
    assert HELD == bench.verdict(only_unselected_pods_are_released)
    bench.put("pods", "default", "b", pod(WEB, "web"))
    bench.put("pods", "default", "b", pod(WEB), MANAGER)
    assert VIOLATED == bench.verdict(only_unselected_pods_are_released)


def test_at_rest_pods_are_owned_by_who_selects_them() -> None:
    """No stranger is controlled, and no selected pod is free."""
    bench = Bench(selected_pods_are_owned)
    bench.put(RC, "default", "web", workload(2, WEB))
    bench.put("pods", "default", "mine", pod(WEB, "web"))
    bench.put("pods", "default", "free", pod({"app": "other"}))
    bench.heal_and_finish()
    assert HELD == bench.verdict(selected_pods_are_owned)
    bench.put("pods", "default", "stranger", pod({"app": "other"}, "web"))
    bench.put("pods", "default", "missed", pod(WEB))
    bench.finish()
    assert ["Pod default/stranger", "Pod default/missed"] == [
        f.subject for f in bench.monitor.findings()
    ][:2]
