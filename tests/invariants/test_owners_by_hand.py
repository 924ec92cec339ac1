"""Promises about owners, finalizers and replicas, on facts made by hand: the rarer ways to keep and to break them."""

from __future__ import annotations

import pytest

from tests.invariants.bench import (
    COLLECTOR,
    MANAGER,
    SETS,
    USER,
    Bench,
    owned_by,
    pod,
    workload,
)
from windtunnel.invariants.promises.collection import orphans_are_collected, owned_objects_are_kept
from windtunnel.invariants.promises.metadata import deletion_ends, finalizers_hold
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
from windtunnel.model.apiserver.request import Options
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import Verdict

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
RC, RS = "replicationcontrollers", "replicasets.apps"
WEB = {"app": "web"}
DELETED = "2024-01-01T00:00:00Z"


def replica_set(selector: Json | None, replicas: int = 1) -> Json:
    """A ReplicaSet."""
    return {
        "kind": "ReplicaSet",
        "metadata": {"generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": selector,
            "template": {"metadata": {"labels": WEB}},
        },
    }


def of_set(name: str, labels: Json = WEB) -> Json:
    """A pod that a ReplicaSet controls."""
    made = pod(labels)
    return {
        **made,
        "metadata": {
            **made["metadata"],
            "ownerReferences": [owned_by("ReplicaSet", name, "apps/v1")],
        },
    }


# -- whose a pod is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "values", "selects"),
    [
        ("In", ["web", "x"], True),
        ("In", ["x"], False),
        ("NotIn", ["x"], True),
        ("NotIn", ["web"], False),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
    ],
)
def test_a_replica_set_takes_what_its_expressions_mean(
    operator: str, values: list[str], selects: bool
) -> None:
    """And at rest it has all of that and nothing else."""
    bench = Bench(controllers_take_what_they_select, selected_pods_are_owned)
    condition = {"key": "app", "operator": operator, "values": values}
    bench.put(RS, "default", "set", replica_set({"matchExpressions": [condition]}))
    bench.put("pods", "default", "a", pod(WEB))
    bench.heal_and_finish()
    assert (VIOLATED if selects else HELD) == bench.verdict(selected_pods_are_owned)
    bench.put("pods", "default", "a", of_set("set"), SETS)
    assert (HELD if selects else VIOLATED) == bench.verdict(controllers_take_what_they_select)


def test_a_selector_that_is_absent_selects_nobody_and_an_empty_one_everybody() -> None:
    """Of a ReplicaSet; a ReplicationController's empty map selects nobody."""
    for resource, raw, verdict in (
        (RS, replica_set(None), HELD),
        (RS, replica_set({}), VIOLATED),
        (RC, workload(1, {}), HELD),
    ):
        bench = Bench(selected_pods_are_owned)
        bench.put(resource, "default", "owner", raw)
        bench.put("pods", "default", "a", pod(WEB))
        bench.put("pods", "default", "unlabelled", pod({}))
        bench.heal_and_finish()
        assert verdict == bench.verdict(selected_pods_are_owned)


def test_nobody_takes_pods_in_a_namespace_that_is_going() -> None:
    """Nor does an owner that is being deleted, nor one of another namespace."""
    bench = Bench(selected_pods_are_owned)
    bench.put("namespaces", "", "old", {"metadata": {"deletionTimestamp": DELETED}})
    going = workload(1, WEB)
    bench.put(RC, "default", "going", {**going, "metadata": {"deletionTimestamp": DELETED}})
    bench.put(RC, "old", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB))
    bench.put("pods", "old", "b", pod(WEB))
    bench.heal_and_finish()
    assert HELD == bench.verdict(selected_pods_are_owned)


def test_a_controller_takes_pods_for_owners_of_its_own_kind_that_exist() -> None:
    """Never for another kind, and never for one that never was."""
    bench = Bench(controllers_take_what_they_select)
    bench.put(RS, "default", "set", replica_set({"matchLabels": WEB}))
    bench.put("pods", "default", "a", of_set("set"), MANAGER)
    bench.put("pods", "default", "b", of_set("never"), SETS)
    assert ["ReplicaSet set", "ReplicaSet never never did"] == [
        finding.found for finding in bench.monitor.findings()
    ]
    bench.put("pods", "default", "c", of_set("set"), SETS)
    bench.put("pods", "default", "c", of_set("set", {"app": "x"}), SETS)
    bench.delete("pods", "default", "c", SETS)
    assert 2 == bench.result(controllers_take_what_they_select).violations


def test_a_controller_does_not_write_to_another_kinds_pod() -> None:
    """To one of its own it may, and to one that is free."""
    bench = Bench(foreign_pods_are_left_alone)
    for raw in (pod(WEB), pod(WEB, "web")):
        bench.put("pods", "default", "a", raw, MANAGER)
    assert HELD == bench.verdict(foreign_pods_are_left_alone)
    bench.put("pods", "default", "b", of_set("set"))
    bench.put("pods", "default", "b", pod(WEB), MANAGER)
    bench.put("pods", "default", "b", of_set("set"))
    bench.delete("pods", "default", "b", MANAGER)
    assert [
        "the pod of ReplicaSet set is left alone",
        "only pods of a ReplicationController are deleted by its controller",
    ] == [finding.expected for finding in bench.monitor.findings()]
    assert "this one was that of ReplicaSet set" == bench.monitor.findings()[1].found


def test_an_owner_that_took_a_pod_over_may_count_one_too_many() -> None:
    """Its cache may still show another one that is gone."""
    bench = Bench(foreign_pods_are_left_alone)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"), MANAGER)
    bench.delete("pods", "default", "a", MANAGER)
    assert HELD == bench.verdict(foreign_pods_are_left_alone)


def test_a_pod_that_is_over_may_be_released_and_one_that_is_handed_on_not() -> None:
    """A release is when its owner is gone from it; others than controllers release what they like."""
    bench = Bench(only_unselected_pods_are_released)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"))
    bench.put("pods", "default", "a", pod(WEB, "web", ready=True), MANAGER)
    bench.put("pods", "default", "a", pod(WEB), USER)
    bench.put("pods", "default", "a", pod(WEB), MANAGER)
    assert 0 == bench.result(only_unselected_pods_are_released).checked
    bench.put("pods", "default", "a", pod(WEB, "web"))
    bench.put("pods", "default", "a", pod(WEB, "other"), MANAGER)
    assert VIOLATED == bench.verdict(only_unselected_pods_are_released)


def test_references_that_a_write_did_not_touch_are_not_read_again() -> None:
    """And objects without an owner, or gone, have nothing to be wrong."""
    bench = Bench(one_controlling_owner)
    bench.put("pods", "default", "a", pod(WEB))
    bench.delete("pods", "default", "a")
    assert 0 == bench.result(one_controlling_owner).checked
    raw = pod(WEB, "web")
    bench.put("pods", "default", "b", raw)
    bench.put("pods", "default", "b", {**raw, "status": {}})
    assert (HELD, 2) == (
        bench.verdict(one_controlling_owner),
        bench.result(one_controlling_owner).checked,
    )


# -- counts ------------------------------------------------------------------------------------------------------------


def test_a_count_that_nobody_can_reach_is_excused() -> None:
    """No account for the pods, or an end that the template itself gives them."""
    bench = Bench(replica_count)
    ending = workload(1, WEB)
    ending["spec"]["template"]["spec"] = {"activeDeadlineSeconds": 5}
    bench.put(RC, "default", "ending", ending)
    bench.put("serviceaccounts", "other", "default", {})
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.heal_and_finish()
    assert HELD == bench.verdict(replica_count)
    bench.put("serviceaccounts", "default", "default", {})
    bench.finish()
    assert ["ReplicationController default/web"] == [
        each.subject for each in bench.monitor.findings()
    ]


def test_many_pods_that_do_not_count_are_shown_as_a_few() -> None:
    """The message stays one that can be read."""
    bench = Bench(replica_count)
    bench.put(RC, "default", "web", workload(1, WEB))
    for number in range(5):
        bench.put("pods", "default", f"p-{number}", pod(WEB, "web", phase="Failed"))
    bench.heal_and_finish()
    assert bench.monitor.findings()[0].found.endswith("p-2 is Failed and 2 more")


def test_a_surplus_under_nobody_that_is_known_is_nobodys() -> None:
    """A pod without an owner, and one of an owner that never was."""
    bench = Bench(NoSurplusIsCreated)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "free", pod(WEB), MANAGER)
    bench.put("pods", "default", "strange", pod(WEB, "never"), MANAGER)
    bench.put("pods", "default", "by-hand", pod(WEB, "web"), USER)
    assert 0 == bench.result(NoSurplusIsCreated).checked


def test_an_owner_that_changed_its_mind_need_not_replace_what_it_lost() -> None:
    """Nor one that is gone, or going."""
    for raw in (
        workload(2, WEB),
        {**workload(1, WEB), "metadata": {"deletionTimestamp": DELETED}},
        None,
    ):
        bench = Bench(a_lost_pod_is_replaced)
        bench.put(RC, "default", "web", workload(1, WEB))
        bench.put("pods", "default", "a", pod(WEB, "web"), MANAGER)
        bench.delete("pods", "default", "a")
        assert bench.result(a_lost_pod_is_replaced).applicable
        if raw is None:
            bench.delete(RC, "default", "web")
        else:
            bench.put(RC, "default", "web", raw)
        assert not bench.result(a_lost_pod_is_replaced).applicable


# -- what goes and what stays ------------------------------------------------------------------------------------------


def test_the_collector_may_delete_on_an_owner_list_that_it_looked_at_twice() -> None:
    """After a conflict it names the uid only, and the list may be outdated by the time it is carried out."""
    for options, verdict in (
        (Options(precondition_resource_version="3"), VIOLATED),
        (Options(precondition_resource_version=None), HELD),
    ):
        bench = Bench(owned_objects_are_kept)
        bench.put(RC, "default", "web", workload(1, WEB))
        bench.put("pods", "default", "a", pod(WEB, "web"))
        call = bench.begin("controller-manager-0", "delete", "pods", "a", options=options)
        bench.delete("pods", "default", "a", COLLECTOR, call=call)
        assert verdict == bench.verdict(owned_objects_are_kept)


def test_the_collector_may_hurry_what_goes_already() -> None:
    """And what waits for its dependents has given them up."""
    bench = Bench(owned_objects_are_kept)
    waits = {"deletionTimestamp": DELETED, "finalizers": ["foregroundDeletion"]}
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "going", pod(WEB, "web", deleting=True))
    bench.delete("pods", "default", "going", COLLECTOR)
    assert 0 == bench.result(owned_objects_are_kept).checked
    bench.put(RC, "default", "web", {**workload(1, WEB), "metadata": waits})
    bench.put("pods", "default", "a", pod(WEB, "web"))
    bench.delete("pods", "default", "a", COLLECTOR)
    assert HELD == bench.verdict(owned_objects_are_kept)


def test_an_owner_is_one_by_kind_name_namespace_and_uid() -> None:
    """An object that only shares its name or its uid is none, so what it owns is an orphan; a node owns everywhere."""
    bench = Bench(orphans_are_collected)
    bench.put(RC, "default", "gone", workload(1, WEB))
    bench.put("pods", "default", "first", pod(WEB, "gone"))
    bench.delete(RC, "default", "gone")
    bench.put("pods", "default", "first", pod(WEB, "gone", deleting=True))
    bench.put(RC, "other", "web", workload(1, WEB))
    bench.put("nodes", "", "node-1", {})
    of_node = {"metadata": {"ownerReferences": [owned_by("Node", "node-1")]}}
    bench.put("pods", "default", "a", {**pod(), **of_node})
    bench.put("csinodes.storage.k8s.io", "", "b", of_node)
    bench.put("events", "default", "event", pod(WEB, "web"))
    bench.heal_and_finish()
    assert HELD == bench.verdict(orphans_are_collected)
    bench.put("pods", "default", "c", pod(WEB, "web"))
    bench.finish()
    assert ["Pod default/c"] == [finding.subject for finding in bench.monitor.findings()]


def test_an_object_that_nobody_deleted_may_not_vanish_by_losing_a_finalizer() -> None:
    """The write that takes away the last one removes only what was being deleted."""
    bench = Bench(finalizers_hold)
    held = {"finalizers": ["example.com/hold"]}
    bench.put("configmaps", "default", "a", {"metadata": held})
    bench.delete("configmaps", "default", "a", verb="update")
    assert "it was not" == bench.monitor.findings()[0].found
    for kept, violations in (([], 1), (["example.com/hold"], 2)):
        bench.put(
            "configmaps", "default", "b", {"metadata": {**held, "deletionTimestamp": DELETED}}
        )
        body = {"metadata": {"finalizers": kept}}
        call = bench.begin("user", "update", "configmaps", "b", body=body)
        bench.delete("configmaps", "default", "b", verb="update", call=call)
        assert violations == bench.result(finalizers_hold).violations


def test_a_namespace_is_held_by_the_finalizers_of_its_spec() -> None:
    """A deletion does not remove it while one is left."""
    for listed, verdict in ((["kubernetes"], VIOLATED), ([], HELD)):
        bench = Bench(finalizers_hold)
        bench.put("namespaces", "", "shop", {"spec": {"finalizers": listed}})
        bench.delete("namespaces", "", "shop")
        assert verdict == bench.verdict(finalizers_hold)


def test_the_collectors_own_finalizers_do_not_hold_against_a_deletion() -> None:
    """Its policy may take them away in the same breath."""
    bench = Bench(finalizers_hold)
    bench.put("configmaps", "default", "a", {"metadata": {"finalizers": ["orphan"]}})
    bench.delete("configmaps", "default", "a")
    assert HELD == bench.verdict(finalizers_hold)


def test_a_foreign_finalizer_on_a_pod_or_namespace_is_judged_apart() -> None:
    """They have promises of their own."""
    bench = Bench(deletion_ends)
    gone = {"metadata": {"deletionTimestamp": DELETED}}
    bench.put("configmaps", "default", "a", {})
    bench.put("configmaps", "default", "a", {"metadata": {**gone["metadata"], "finalizers": ["x"]}})
    bench.put("namespaces", "", "shop", gone)
    bench.put("pods", "default", "p", pod(deleting=True))
    bench.heal_and_finish()
    assert HELD == bench.verdict(deletion_ends)
