"""Actions: what they offer, when they do not apply, what they do, how they end."""

from __future__ import annotations

import pytest

from tests.cluster.questions import ready_pods
from windtunnel.model.cluster.action import Action, NotApplicable, fault
from windtunnel.model.cluster.actions.faults import (
    FAULTS,
    ApiErrors,
    ApiServerCrash,
    ContainerCrash,
    CrashAroundWrite,
    HoldWatch,
    LaggingCache,
    LoseAnswers,
    NameCollision,
    NodeCrash,
    NodeIsolation,
    NodeLoss,
    Partition,
    ProbeFlip,
    ProcessCrash,
    RuntimeFailure,
    SlowLink,
    StoreOutage,
    WatchDrop,
    WebhookDown,
)
from windtunnel.model.cluster.actions.operations import (
    OPERATIONS,
    AddNode,
    Apply,
    ChangeSelector,
    ChangeTemplate,
    Cordon,
    CreateOverlappingController,
    CreatePod,
    Delete,
    DeleteByForce,
    Drain,
    EditEndpoints,
    EvictPod,
    Relabel,
    RemoveNode,
    Scale,
    SetOutOfService,
    TaintNode,
    Uncordon,
    UntaintNode,
)
from windtunnel.model.cluster.actions.time import TIME, Advance, HealFault, Settle
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.targets import pod_of, pod_targets, resolve, split_target

PREPARATIONS: dict[str, Action] = {
    "uncordon": Cordon("node-1"),
    "untaint-node": TaintNode("node-1", "PreferNoSchedule"),
}
"""What must have been done for some actions to be offered at all."""


def test_the_guestbook_comes_up(cluster: Cluster) -> None:
    """Six pods run and are ready."""
    assert 6 == ready_pods(cluster)


@pytest.mark.parametrize("cls", [*OPERATIONS, *FAULTS, *TIME], ids=lambda cls: cls.action_name)
def test_everything_offered_applies_and_is_made_of_plain_values(
    cls: type[Action], cluster: Cluster
) -> None:
    """Each choice applies to the cluster that offered it, and fits into a scenario file."""
    if cls.action_name in PREPARATIONS:
        cluster.apply(PREPARATIONS[cls.action_name])
    choices = cls.choices(cluster)
    assert choices or cls is HealFault
    for choice in choices:
        assert "" == choice.why_not(cluster)
        assert all(isinstance(value, str | int) for value in choice.parameters().values())
    assert len(set(map(str, choices))) == len(choices)


@pytest.mark.parametrize("cls", FAULTS, ids=lambda cls: cls.action_name)
def test_every_fault_ends(cls: type[Action], cluster: Cluster) -> None:
    """After healing, the cluster comes to rest with all its pods ready."""
    for place in (0, -1):
        choice = cls.choices(cluster)[place]
        cluster.apply(choice)
        cluster.run_for(5_000)
        cluster.heal_all()
        assert cluster.settle().settled
    assert 6 == ready_pods(cluster)
    assert {} == cluster.faults
    assert [] == cluster.network.cuts()


@pytest.mark.parametrize(
    "action",
    [
        Scale("rc/nobody", 1),
        Delete("rc/page#9"),
        Delete("nonsense"),
        Relabel("pod/nobody", "a", ""),
        Apply("rc/nobody"),
        NodeCrash("node-9"),
        ContainerCrash("rc/page#1", "nobody"),
        ProbeFlip("rc/follower#1", "store", "liveness"),
        ProcessCrash("apiserver-0"),
        Partition("node-1", "nowhere"),
        Partition("node-1", "apiserver-0", "sideways"),
        LoseAnswers("nobody"),
        ChangeTemplate("rc/page", "name"),
        ChangeTemplate("rc/page#1", "image"),
        CreateOverlappingController("rc/nobody", "rc", 1),
        CreateOverlappingController("rc/page", "job", 1),
        CreateOverlappingController("rc/page", "rc", -1),
        DeleteByForce("rc/page"),
        EvictPod("rc/page#7"),
        CreatePod("No Name", "", ""),
        CreatePod("extra", "rc/nobody", ""),
        CreatePod("extra", "", "very-urgent"),
        ChangeSelector("rc/page", ""),
        ChangeSelector("svc/page", "app"),
        ChangeSelector("svc/page", "app=guestbook,role=page"),
        EditEndpoints("svc/page", "add"),
        EditEndpoints("ep/page", "improve"),
        EditEndpoints("ep/nobody", "delete"),
        Cordon("node-9"),
        Uncordon("node-1"),
        Drain("node-9", "managed"),
        Drain("node-1", "kindly"),
        TaintNode("node-1", "NoWay"),
        UntaintNode("node-1", "NoExecute"),
        AddNode("node-1"),
        AddNode("no node"),
        RemoveNode("node-9", "runs"),
        RemoveNode("node-1", "sold"),
        NodeLoss("node-9", "removed"),
        NodeLoss("node-1", "mourned"),
        RuntimeFailure("node-9"),
        ApiServerCrash("scheduler-0"),
        ApiServerCrash("apiserver-0", -1),
        SlowLink("node-1", "nowhere", 100),
        SlowLink("node-1", "apiserver-0", 0),
        WatchDrop("scheduler-0", "events", "end"),
        WatchDrop("scheduler-0", "pods", "gently"),
        ApiErrors("user", 500, "*", "*", 1),
        ApiErrors("scheduler-0", 418, "*", "*", 1),
        ApiErrors("scheduler-0", 409, "create", "*", 1),
        ApiErrors("scheduler-0", 500, "brew", "*", 1),
        ApiErrors("scheduler-0", 500, "*", "teapots", 1),
        ApiErrors("scheduler-0", 500, "*", "*", 0),
        WebhookDown("pods", "DELETE"),
        WebhookDown("teapots", "*"),
        CrashAroundWrite("user", 1, "after"),
        CrashAroundWrite("scheduler-0", 0, "after"),
        CrashAroundWrite("scheduler-0", 1, "during"),
        HoldWatch("scheduler-0", "events", "flows"),
        HoldWatch("scheduler-0", "pods", "stays"),
        LaggingCache("apiserver-0", "teapots"),
        LaggingCache("scheduler-0", "pods"),
        NameCollision("rc/page", 1),
        NameCollision("rc/page#9", 1),
        NameCollision("rc/page#1", 0),
        NodeIsolation("node-9"),
        StoreOutage("tired"),
        SetOutOfService("node-9", "out"),
        SetOutOfService("node-1", "back"),
        SetOutOfService("node-1", "off"),
        HealFault("nothing"),
    ],
    ids=str,
)
def test_an_action_that_does_not_apply_says_why_and_leaves_no_trace(
    action: Action, cluster: Cluster
) -> None:
    """NotApplicable names the action and the reason; nothing happens."""
    step = cluster.loop.step
    with pytest.raises(NotApplicable, match=action.action_name):
        cluster.apply(action)
    assert step == cluster.loop.step


def test_a_container_crash_restarts_in_place(cluster: Cluster) -> None:
    """The pod keeps its name, node and address; the restart count grows by one."""
    before = pod_of(cluster, "rc/page#1")
    cluster.apply(ContainerCrash("rc/page#1", "page"))
    cluster.settle()
    after = pod_of(cluster, "rc/page#1")
    assert before is not None and after is not None
    assert (before.uid, before.spec.node_name, before.status.pod_ip) == (
        after.uid,
        after.spec.node_name,
        after.status.pod_ip,
    )
    assert [0, 1] == [pod.status.container_statuses[0].restart_count for pod in (before, after)]


def test_a_node_that_comes_back_gives_its_pods_new_addresses(cluster: Cluster) -> None:
    """A reboot makes new sandboxes: same pods, other addresses."""
    pods = [
        record
        for _, record in pod_targets(cluster)
        if record.raw["spec"].get("nodeName") == "node-1"
    ]
    cluster.apply(NodeCrash("node-1"))
    cluster.run_for(1_000)
    cluster.heal_all()
    cluster.settle()
    for before in pods:
        after = cluster.store.get(before.key)
        assert after.view.uid == before.view.uid
        assert after.view.status.pod_ip != before.raw["status"]["podIP"]
    assert pods


def test_a_process_crashes_between_two_of_its_requests(cluster: Cluster) -> None:
    """With after_requests=1 the controller-manager makes one more request and dies before the next."""
    cluster.apply(ProcessCrash("controller-manager-0", 1))
    assert cluster.processes["controller-manager-0"].alive
    cluster.apply(Scale("rc/page", 5))
    cluster.run_for(2_000)
    assert not cluster.processes["controller-manager-0"].alive
    cluster.apply(HealFault("process-crash process=controller-manager-0 after_requests=1"))
    cluster.settle()
    assert 8 == ready_pods(cluster)


def test_lost_answers_do_not_make_too_many_pods(cluster: Cluster) -> None:
    """A create whose answer is lost was still carried out; in the end there are as many as wanted."""
    cluster.apply(LoseAnswers("controller-manager-0", 2))
    cluster.apply(Scale("rc/page", 5))
    cluster.settle()
    assert 0 == cluster.network.answers_to_lose("controller-manager-0")
    assert 8 == ready_pods(cluster)


def test_overlapping_partitions_all_end(cluster: Cluster) -> None:
    """The same partition, again after a part of it was healed, leaves nothing behind."""
    to, both = Partition("node-1", "apiserver-0", "to"), Partition("node-1", "apiserver-0", "both")
    for action in (to, both, HealFault(str(to)), both):
        cluster.apply(action)
    cluster.heal_all()
    assert [] == cluster.network.cuts()


def test_targets_are_symbolic_and_oldest_first(cluster: Cluster) -> None:
    """Deleting the oldest pod makes the second oldest number one."""
    second = resolve(cluster, "rc/page#2")
    cluster.apply(Delete("rc/page#1"))
    cluster.settle()
    first = resolve(cluster, "rc/page#1")
    assert second is not None and first is not None
    assert second.key == first.key


@pytest.mark.parametrize("target", ["", "pod", "pod/a/b/c", "rc/a#x"])
def test_a_name_that_names_nothing_is_refused(target: str) -> None:
    """split_target says how to write one."""
    with pytest.raises(ValueError, match="names nothing"):
        split_target(target)


def test_time_passes_without_events_too() -> None:
    """advance moves the clock by exactly its duration, settle not at all once at rest."""
    cluster = Cluster()
    cluster.start()
    before_ms = cluster.now_ms
    cluster.apply(Advance(12_345))
    assert before_ms + 12_345 == cluster.now_ms
    cluster.apply(Settle())
    assert before_ms + 12_345 == cluster.now_ms


def test_a_class_without_a_docstring_or_apply_is_no_fault() -> None:
    """The decorator says what is missing."""
    with pytest.raises(TypeError, match="Silent has no docstring"):

        @fault
        class Silent:
            def apply(self, cluster: Cluster) -> None: ...

    with pytest.raises(TypeError, match="needs a method apply"):

        @fault
        class Idle:
            """Does nothing."""
