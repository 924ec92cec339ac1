"""Each built-in promise on facts made by hand: what it lets pass, and what it catches."""

from __future__ import annotations

from attrs import evolve

from tests.invariants.bench import (
    COLLECTOR,
    ENDPOINTS,
    KUBELET,
    MANAGER,
    Bench,
    endpoints,
    owned_by,
    pod,
    service,
    workload,
)
from windtunnel.invariants.promises import (
    BUILT_IN,
    AddressComesWithSandbox,
    CachesCatchUp,
    NoLostUpdate,
    NoSurplusIsCreated,
    RestartCountGrows,
    RevisionOrder,
    TerminalPhaseIsFinal,
    WatchesAreComplete,
    a_lost_pod_is_replaced,
    addresses_are_not_shared,
    bound_once,
    bound_pods_run,
    caches_are_true,
    controllers_take_what_they_select,
    deletion_ends,
    deletion_is_final,
    endpoints_are_selected_pods,
    endpoints_match,
    filters_held,
    finalizers_hold,
    fitting_pods_are_bound,
    foreign_pods_are_left_alone,
    generation_counts_the_spec,
    hand_written_endpoints_are_left_alone,
    identity_stays,
    lists_show_what_is_selected,
    one_controlling_owner,
    only_unselected_pods_are_released,
    orphans_are_collected,
    owned_objects_are_kept,
    replica_count,
    selected_pods_are_owned,
    terminating_pods_go,
)
from windtunnel.model.apiserver.request import ListAnswer, Options, Request
from windtunnel.model.facts import (
    CacheChanged,
    CacheReplaced,
    CallBegun,
    Committed,
    Physical,
    ProcessDown,
    SchedulerDecided,
    WatchDelivered,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.outcome import Verdict
from windtunnel.model.scheduler.node_info import node_info
from windtunnel.model.sim.network import ConnectionLost, Network, Stream
from windtunnel.model.store.change import Change
from windtunnel.model.store.requests import Put

HELD, UNKNOWN, VIOLATED = Verdict.HELD, Verdict.UNKNOWN, Verdict.VIOLATED
RC, RS = "replicationcontrollers", "replicasets.apps"
WEB = {"app": "web"}


def test_there_are_enough_promises_and_each_has_a_name_of_its_own() -> None:
    """At least twelve, in a defined order."""
    assert len(BUILT_IN) >= 14
    assert len(BUILT_IN) == len(dict.fromkeys(promise.id for promise in BUILT_IN))


# -- replicas ------------------------------------------------------------------------------------------------------


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
    bench.answer("controller-manager-0", None, record, call)


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
    bench.answer("controller-manager-0", None, None, call, ConnectionLost("lost"))
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


# -- ownership -----------------------------------------------------------------------------------------------------


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


# -- lists and watches ---------------------------------------------------------------------------------------------


def test_a_list_is_compared_with_the_store_at_its_revision() -> None:
    """What lacks, what is too much, and what does not match."""
    bench = Bench(lists_show_what_is_selected)
    web = bench.put("pods", "default", "a", pod(WEB))
    other = bench.put("pods", "default", "b", pod({"app": "x"}))
    elsewhere = bench.put("pods", "default-2", "c", pod(WEB))
    request = Request("list", "pods", "default", options=Options(label_selector="app notin (x)"))
    at = bench.store.revision
    bench.answer("user", request, ListAnswer((web,), at))
    assert HELD == bench.verdict(lists_show_what_is_selected)
    bench.answer("user", request, ListAnswer((), at))
    bench.answer("user", request, ListAnswer((web, other), at))
    bench.answer("user", request, ListAnswer((web, elsewhere), at))
    assert 3 == bench.result(lists_show_what_is_selected).violations


def open_watch(bench: Bench, revision: int, **options: object) -> int:
    """A client opens a watch of pods and gets its stream."""
    chosen = Options(resource_version=str(revision), **options)  # type: ignore[arg-type]
    network = Network(bench.loop, bench.facts, lambda point, n: 0)  # type: ignore[arg-type]
    stream = Stream(network, None, None, "watch pods")  # type: ignore[arg-type]
    stream.number = bench.calls = bench.calls + 1
    bench.answer("reader", Request("watch", "pods", "", options=chosen), stream)
    return stream.number


def deliver(
    bench: Bench, watch: int, event_type: str, record: Record | None, revision: int = 0
) -> None:
    """An event reaches the client."""
    at = revision or (record.revision if record is not None else 0)
    bench.emit(WatchDelivered, "reader", 1, watch, "pods", event_type, record, at)


def test_a_complete_watch_passes() -> None:
    """Entering, changing, leaving and vanishing, seen through a selector."""
    bench = Bench(WatchesAreComplete)
    watch = open_watch(bench, bench.store.revision, label_selector="app=web")
    a = bench.put("pods", "default", "a", pod(WEB))
    bench.put("pods", "default", "b", pod({"app": "x"}))
    a2 = bench.put("pods", "default", "a", pod(WEB, ready=True))
    bench.put("pods", "default", "a", pod({"app": "x"}))
    deliver(bench, watch, "ADDED", a)
    deliver(bench, watch, "MODIFIED", a2)
    deliver(bench, watch, "DELETED", a2, bench.store.revision)
    bench.put("services", "default", "web", {})
    deliver(bench, watch, "BOOKMARK", None, bench.store.revision)
    assert (HELD, 4) == (
        bench.verdict(WatchesAreComplete),
        bench.result(WatchesAreComplete).checked,
    )


def test_a_gap_a_repeat_and_a_wrong_event_are_caught() -> None:
    """Each as a violation of its own."""
    for events, found in (
        (("a2",), "MODIFIED default/a of revision 4"),
        (("a", "a"), "ADDED default/a of revision 3"),
        (("a", "wrong"), "ADDED default/a of revision 4"),
    ):
        bench = Bench(WatchesAreComplete)
        watch = open_watch(bench, bench.store.revision)
        a = bench.put("pods", "default", "a", pod(WEB))
        a2 = bench.put("pods", "default", "a", pod(WEB, ready=True))
        deliveries = {"a": ("ADDED", a), "a2": ("MODIFIED", a2), "wrong": ("ADDED", a2)}
        for each in events:
            deliver(bench, watch, *deliveries[each])
        assert found == bench.monitor.findings()[0].found


def test_the_first_events_of_a_streaming_list_are_the_state_at_its_bookmark() -> None:
    """One object that is missing there is caught."""
    for complete in (True, False):
        bench = Bench(WatchesAreComplete)
        a = bench.put("pods", "default", "a", pod(WEB))
        b = bench.put("pods", "default", "b", pod(WEB))
        watch = open_watch(bench, 0, send_initial_events=True)
        for record in (a, b) if complete else (a,):
            deliver(bench, watch, "ADDED", record)
        deliver(bench, watch, "BOOKMARK", None, bench.store.revision)
        assert (HELD if complete else VIOLATED) == bench.verdict(WatchesAreComplete)


def test_one_nodes_pods_are_followed_in_a_log_of_their_own() -> None:
    """A kubelet's watch is checked against what concerns its node."""
    bench = Bench(WatchesAreComplete)
    watch = open_watch(bench, bench.store.revision, field_selector="spec.nodeName=node-1")
    unbound = bench.put("pods", "default", "a", pod(WEB, node=""))
    bound = bench.put("pods", "default", "a", pod(WEB))
    bench.put("pods", "default", "b", pod(WEB, node="node-2"))
    deliver(bench, watch, "ADDED", bound)
    assert HELD == bench.verdict(WatchesAreComplete)
    deliver(bench, watch, "ADDED", unbound, bench.store.revision)
    assert VIOLATED == bench.verdict(WatchesAreComplete)


def test_a_cache_may_be_behind_but_not_wrong() -> None:
    """Neither altered, nor back to an older version."""
    bench = Bench(caches_are_true)
    old = bench.put("pods", "default", "a", pod(WEB))
    new = bench.put("pods", "default", "a", pod(WEB, ready=True))
    bench.emit(CacheReplaced, "reader", 1, "pods", old.revision, (old,))
    bench.emit(CacheChanged, "reader", 1, "pods", old, new)
    assert HELD == bench.verdict(caches_are_true)
    bench.emit(CacheChanged, "reader", 1, "pods", new, old)
    altered = Record(new.key, {**new.raw, "status": {}}, new.revision)
    bench.emit(CacheChanged, "reader", 1, "pods", None, altered)
    assert 2 == bench.result(caches_are_true).violations


def test_at_rest_no_cache_has_a_ghost() -> None:
    """What is gone from the store is gone from every cache."""
    bench = Bench(CachesCatchUp)
    bench.up("reader")
    record = bench.put("pods", "default", "a", pod(WEB))
    bench.emit(CacheChanged, "reader", 1, "pods", None, record)
    bench.heal_and_finish()
    assert HELD == bench.verdict(CachesCatchUp)
    bench.delete("pods", "default", "a")
    bench.advance(60_000)
    bench.finish()
    assert "pods/default/a is still there" == bench.monitor.findings()[0].found


# -- endpoints -----------------------------------------------------------------------------------------------------


def endpoints_bench() -> Bench:
    """A service with a ready pod, an unready one, and some that do not count."""
    bench = Bench(endpoints_match, endpoints_are_selected_pods)
    bench.put("services", "default", "web", service(WEB))
    bench.put("pods", "default", "a", pod(WEB, ip="10.0.0.1", ready=True))
    bench.put("pods", "default", "b", pod(WEB, ip="10.0.0.2"))
    bench.put("pods", "default", "c", pod(WEB, ip="10.0.0.3", ready=True, phase="Failed"))
    bench.put("pods", "default", "d", pod(WEB, ip="10.0.0.4", ready=True, deleting=True))
    bench.put("pods", "default", "e", pod({"app": "x"}, ip="10.0.0.5", ready=True))
    return bench


def test_endpoints_are_what_the_selector_means() -> None:
    """Ready and unready addresses, with the pod's own number for a named port."""
    bench = endpoints_bench()
    right = endpoints(("10.0.0.1", "a"), not_ready=(("10.0.0.2", "b"),))
    bench.put("endpoints", "default", "web", right, ENDPOINTS)
    bench.heal_and_finish()
    assert (HELD, HELD) == (
        bench.verdict(endpoints_match),
        bench.verdict(endpoints_are_selected_pods),
    )


def test_wrong_endpoints_are_caught_at_rest_and_wrong_addresses_at_once() -> None:
    """Lacking, too many, ready instead of not ready, another port."""
    wrong: tuple[tuple[Json, Verdict], ...] = (
        (endpoints(("10.0.0.1", "a")), HELD),
        (endpoints(("10.0.0.1", "a"), ("10.0.0.2", "b")), VIOLATED),
        (endpoints(("10.0.0.1", "a"), ("10.0.0.5", "e"), not_ready=(("10.0.0.2", "b"),)), VIOLATED),
        (endpoints(("10.0.0.1", "a"), not_ready=(("10.0.0.2", "b"),), port=81), HELD),
    )
    for written, at_once in wrong:
        bench = endpoints_bench()
        bench.put("endpoints", "default", "web", written, ENDPOINTS)
        bench.heal_and_finish()
        assert (VIOLATED, at_once) == (
            bench.verdict(endpoints_match),
            bench.verdict(endpoints_are_selected_pods),
        )


def test_an_address_may_be_one_that_was_right_a_while_ago() -> None:
    """The controller decides on its cache."""
    bench = Bench(endpoints_are_selected_pods)
    bench.put("services", "default", "web", service(WEB))
    bench.put("pods", "default", "a", pod(WEB, ip="10.0.0.1", ready=True))
    bench.put("pods", "default", "a", pod({"app": "x"}, ip="10.0.0.9"))
    bench.put("endpoints", "default", "web", endpoints(("10.0.0.1", "a")), ENDPOINTS)
    assert HELD == bench.verdict(endpoints_are_selected_pods)
    bench.put("endpoints", "default", "web", endpoints(("10.0.0.9", "a")), ENDPOINTS)
    assert VIOLATED == bench.verdict(endpoints_are_selected_pods)


def test_a_hand_edit_of_managed_endpoints_is_nobodys_fault() -> None:
    """It lives until the next sync."""
    bench = endpoints_bench()
    bench.put("endpoints", "default", "web", endpoints())
    bench.heal_and_finish()
    assert HELD == bench.verdict(endpoints_match)


def test_hand_written_endpoints_stay() -> None:
    """The controller neither writes nor deletes them while their service exists; it may when the service is gone."""
    bench = Bench(hand_written_endpoints_are_left_alone)
    bench.put("services", "default", "db", service(None))
    bench.up("controller-manager-0")
    bench.put("endpoints", "default", "db", endpoints(("192.7.44.33", "")))
    assert HELD == bench.verdict(hand_written_endpoints_are_left_alone)
    bench.put("endpoints", "default", "db", endpoints(), ENDPOINTS)
    call = bench.begin("controller-manager-0", "delete", "endpoints", "db")
    bench.delete("endpoints", "default", "db", ENDPOINTS, call=call)
    assert 2 == bench.result(hand_written_endpoints_are_left_alone).violations
    bench.put("endpoints", "default", "db", endpoints())
    bench.delete("services", "default", "db")
    call = bench.begin("controller-manager-0", "delete", "endpoints", "db")
    bench.delete("endpoints", "default", "db", ENDPOINTS, call=call)
    assert 2 == bench.result(hand_written_endpoints_are_left_alone).violations


# -- binding -------------------------------------------------------------------------------------------------------


def node(cpu: str = "1", pods: str = "2", **spec: object) -> Json:
    """A node."""
    return {
        "kind": "Node",
        "spec": spec,
        "status": {"allocatable": {"cpu": cpu, "memory": "1Gi", "pods": pods}},
    }


def asking(cpu: str) -> Json:
    """An unbound pod that asks for so much processor time."""
    raw = pod(WEB, node="")
    raw["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu}}
    return raw


def test_a_pod_that_is_bound_again_is_caught() -> None:
    """Binding once is fine, and so is any later write that leaves the node alone."""
    bench = Bench(bound_once)
    for name in ("", "node-1", "node-1"):
        bench.put("pods", "default", "a", pod(WEB, node=name))
    assert HELD == bench.verdict(bound_once)
    bench.put("pods", "default", "a", pod(WEB, node="node-2"))
    assert VIOLATED == bench.verdict(bound_once)


def test_decisions_are_checked_on_the_scheduler_own_snapshot() -> None:
    """Room, pod count, cordon and taints, each with a reason in words."""
    taint = [{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]
    cases = (
        (node(), "100m", ""),
        (node(cpu="1"), "600m", "node-1 has 0.5 of cpu left, and 0.6 are asked for"),
        (node(pods="1"), "100m", "node-1 has room for 1 pods and has 1"),
        (node(unschedulable=True), "100m", "node-1 is cordoned"),
        (node(taints=taint), "100m", "node-1 has the taint dedicated=db:NoSchedule"),
    )
    for raw, cpu, reason in cases:
        bench = Bench(filters_held)
        there = bench.put("nodes", "", "node-1", raw).view
        other = bench.put("pods", "default", "other", asking("500m")).view
        asked = bench.put("pods", "default", "asked", asking(cpu)).view
        info = node_info("node-1", there, (other,))  # type: ignore[arg-type]
        bench.emit(SchedulerDecided, "scheduler-0", asked, "node-1", info)
        assert reason == "".join(f.found for f in bench.monitor.findings())


def test_at_rest_a_pod_that_fits_is_bound() -> None:
    """One that fits nowhere may wait."""
    bench = Bench(fitting_pods_are_bound)
    bench.put("nodes", "", "node-1", node())
    bench.put("pods", "default", "big", asking("2"))
    bench.heal_and_finish()
    assert HELD == bench.verdict(fitting_pods_are_bound)
    bench.put("pods", "default", "small", asking("500m"))
    bench.finish()
    assert "a node, since node-1 has room for it" == bench.monitor.findings()[0].expected


# -- kubelet -------------------------------------------------------------------------------------------------------


def test_a_restart_count_that_falls_is_caught() -> None:
    """Unless it is the late word of an incarnation that is gone."""
    bench = Bench(RestartCountGrows)
    bench.up("kubelet-node-1")
    for restarts in (0, 2, 2):
        bench.put("pods", "default", "a", pod(restarts=restarts), KUBELET)
    call = bench.begin("kubelet-node-1", "patch", "pods", "a")
    bench.emit(ProcessDown, "kubelet-node-1", 1)
    bench.put("pods", "default", "a", pod(restarts=1), KUBELET, call=call)
    assert HELD == bench.verdict(RestartCountGrows)
    bench.put("pods", "default", "a", pod(restarts=1), KUBELET)
    assert VIOLATED == bench.verdict(RestartCountGrows)


def test_a_pod_that_comes_back_from_the_dead_is_caught() -> None:
    """A kubelet may not do that; anybody else may."""
    bench = Bench(TerminalPhaseIsFinal)
    bench.put("pods", "default", "a", pod(phase="Failed"), KUBELET)
    bench.put("pods", "default", "a", pod(phase="Running"))
    bench.put("pods", "default", "a", pod(phase="Succeeded"), KUBELET)
    assert HELD == bench.verdict(TerminalPhaseIsFinal)
    bench.put("pods", "default", "a", pod(phase="Failed"), KUBELET)
    assert VIOLATED == bench.verdict(TerminalPhaseIsFinal)


def test_an_address_that_changes_without_a_new_sandbox_is_caught() -> None:
    """With one it may."""
    bench = Bench(AddressComesWithSandbox)
    bench.emit(Physical, "node-1", "sandbox-up", "uid-a", "", "")
    bench.put("pods", "default", "a", pod(ip="10.0.0.1"), KUBELET)
    bench.emit(Physical, "node-1", "sandbox-up", "uid-a", "", "")
    bench.put("pods", "default", "a", pod(ip="10.0.0.2"), KUBELET)
    assert HELD == bench.verdict(AddressComesWithSandbox)
    bench.put("pods", "default", "a", pod(ip="10.0.0.3"), KUBELET)
    assert VIOLATED == bench.verdict(AddressComesWithSandbox)


def test_at_rest_pods_run_go_and_have_addresses_of_their_own() -> None:
    """On nodes that the cluster has."""
    kubelet = (bound_pods_run, terminating_pods_go, addresses_are_not_shared)
    bench = Bench(*kubelet)
    bench.put("pods", "default", "a", pod(ip="10.0.0.1", ready=True))
    bench.put("pods", "default", "lost", pod(node="node-9", deleting=True))
    bench.heal_and_finish()
    assert [HELD, HELD, HELD] == [bench.verdict(each) for each in kubelet]
    bench.put("pods", "default", "b", pod(ip="10.0.0.1"))
    bench.put("pods", "default", "c", pod(deleting=True))
    bench.finish()
    assert [VIOLATED, VIOLATED, VIOLATED] == [bench.verdict(each) for each in kubelet]


# -- collection, metadata, store -----------------------------------------------------------------------------------


def test_the_collector_keeps_what_has_an_owner() -> None:
    """It may delete when the owner is gone or waits for it."""
    bench = Bench(owned_objects_are_kept)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"))
    bench.put("pods", "default", "b", pod(WEB, "web"))
    bench.put("pods", "default", "b", pod(WEB, "web", deleting=True), COLLECTOR, verb="delete")
    assert VIOLATED == bench.verdict(owned_objects_are_kept)
    bench.delete(RC, "default", "web")
    bench.put("pods", "default", "a", pod(WEB, "web", deleting=True), COLLECTOR, verb="delete")
    assert 1 == bench.result(owned_objects_are_kept).violations


def test_at_rest_nothing_has_only_owners_that_are_gone() -> None:
    """An owner of an unknown kind is not judged."""
    bench = Bench(orphans_are_collected)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"))
    strange = {"ownerReferences": [owned_by("Website", "x", "example.com/v1")]}
    bench.put("pods", "default", "b", {**pod(), "metadata": strange})
    bench.heal_and_finish()
    bench.delete(RC, "default", "web")
    bench.finish()
    assert ["Pod default/a"] == [f.subject for f in bench.monitor.findings()]


def test_an_object_with_finalizers_is_not_removed() -> None:
    """Except by the write that takes away the last one."""
    bench = Bench(finalizers_hold)
    held = {
        "metadata": {
            "finalizers": ["example.com/hold"],
            "deletionTimestamp": "2024-01-01T00:00:00Z",
        }
    }
    bench.put("configmaps", "default", "a", held)
    bench.delete("configmaps", "default", "a", verb="update")
    assert HELD == bench.verdict(finalizers_hold)
    bench.put("configmaps", "default", "b", held)
    bench.delete("configmaps", "default", "b")
    assert "it was removed with example.com/hold" == bench.monitor.findings()[0].found


def test_a_deletion_is_not_taken_back_and_does_not_move_away() -> None:
    """It may come nearer."""
    bench = Bench(deletion_is_final)
    for time in ("00:00:30", "00:00:10"):
        bench.put(
            "pods", "default", "a", {"metadata": {"deletionTimestamp": f"2024-01-01T{time}Z"}}
        )
    assert HELD == bench.verdict(deletion_is_final)
    bench.put("pods", "default", "a", {"metadata": {"deletionTimestamp": "2024-01-01T00:00:20Z"}})
    bench.put("pods", "default", "a", {"metadata": {}})
    assert 2 == bench.result(deletion_is_final).violations


def test_at_rest_a_deleted_object_that_nobody_holds_is_gone() -> None:
    """One that somebody's finalizer holds may stay."""
    bench = Bench(deletion_ends)
    gone: Json = {"deletionTimestamp": "2024-01-01T00:00:00Z"}
    bench.put("configmaps", "default", "held", {"metadata": {}})
    bench.put(
        "configmaps", "default", "held", {"metadata": {**gone, "finalizers": ["example.com/hold"]}}
    )
    bench.heal_and_finish()
    assert HELD == bench.verdict(deletion_ends)
    bench.put("configmaps", "default", "stuck", {"metadata": {**gone, "finalizers": ["orphan"]}})
    bench.finish()
    assert "it is still there, and waits for orphan" == bench.monitor.findings()[0].found


def test_generation_goes_with_the_spec() -> None:
    """By one, and with nothing else but the deletion."""
    bench = Bench(generation_counts_the_spec)
    first = workload(1, WEB)
    bench.put(RC, "default", "web", first)
    bench.put(RC, "default", "web", {**workload(2, WEB), "metadata": {"generation": 2}})
    bench.put(
        RC,
        "default",
        "web",
        {**workload(2, WEB), "metadata": {"generation": 2, "labels": {"a": "b"}}},
    )
    deleting = {"generation": 3, "deletionTimestamp": "2024-01-01T00:00:00Z"}
    bench.put(RC, "default", "web", {**workload(2, WEB), "metadata": deleting})
    assert HELD == bench.verdict(generation_counts_the_spec)
    bench.put(RC, "default", "web", {**workload(3, WEB), "metadata": deleting})
    bench.put(RC, "default", "web", {**workload(3, WEB), "metadata": {**deleting, "generation": 4}})
    assert 2 == bench.result(generation_counts_the_spec).violations


def test_revisions_are_one_for_each_write_and_in_order() -> None:
    """A number left out, one given twice, and a stamp that says another one."""
    bench = Bench(RevisionOrder)
    record = bench.put("pods", "default", "a", pod())
    assert HELD == bench.verdict(RevisionOrder)
    change = bench.store.latest
    assert change is not None
    bench.facts.emit(_committed(bench, evolve(change, revision=change.revision + 2)))
    bench.facts.emit(_committed(bench, Change(change.revision + 3, record.key, None, record)))
    assert "resourceVersion 3" in [f.found for f in bench.monitor.findings()]
    assert VIOLATED == bench.verdict(RevisionOrder)


def _committed(bench: Bench, change: Change) -> object:
    return Committed(bench.loop.step, bench.loop.now_ms, change)


def test_an_object_keeps_its_identity() -> None:
    """A new uid under the same object is caught."""
    bench = Bench(identity_stays)
    bench.put("pods", "default", "a", pod())
    bench.put("pods", "default", "a", pod(phase="Failed"))
    assert HELD == bench.verdict(identity_stays)
    bench.put("pods", "default", "a", pod(uid="another"))
    assert VIOLATED == bench.verdict(identity_stays)


def test_a_write_replaces_the_version_that_it_names() -> None:
    """Both the one that the client read and the one that the API server read."""
    bench = Bench(NoLostUpdate)
    first = bench.put("pods", "default", "a", pod())
    body = first.raw
    call = bench.begin("user", "update", "pods", "a", body=body)
    bench.put("pods", "default", "a", pod(phase="Failed"), call=call)
    assert HELD == bench.verdict(NoLostUpdate)
    call = bench.begin("user", "update", "pods", "a", body=body)
    bench.put("pods", "default", "a", pod(), call=call)
    assert VIOLATED == bench.verdict(NoLostUpdate)
    key = StoreKey("pods", "default", "a")
    bench.facts.emit(_put(bench, Put(key, body, first.revision, call=77)))
    bench.put("pods", "default", "a", pod(), call=77)
    assert 2 == bench.result(NoLostUpdate).violations


def _put(bench: Bench, request: Put) -> object:
    return CallBegun(bench.loop.step, bench.loop.now_ms, "apiserver-0", 1, "store", 500, request)
