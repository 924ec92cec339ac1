"""What faults of the API server, its answers, its watches and its links do while they last, and how they end."""

from __future__ import annotations

import pytest

from tests.cluster.questions import raw, ready_pods, told
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import (
    ApiErrors,
    ApiServerCrash,
    SlowLink,
    WatchDrop,
    WebhookDown,
)
from windtunnel.model.cluster.actions.operations import (
    ChangeTemplate,
    Delete,
    DeleteByForce,
    Scale,
)
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.facts import CacheReplaced, CallAnswered, WatchDelivered

MANAGER = "controller-manager-0"


def errors_of(cluster: Cluster, process: str) -> list[str]:
    """Collects the errors that a process is answered with, from now on."""
    found: list[str] = []

    def note(fact: CallAnswered) -> None:
        if fact.process == process and fact.error is not None:
            found.append(str(getattr(fact.error, "code", type(fact.error).__name__)))

    cluster.facts.subscribe(CallAnswered, note)
    return found


@pytest.mark.parametrize("code", [409, 429, 500, 503, 504])
def test_a_controller_lives_through_a_row_of_errors(code: int, cluster: Cluster) -> None:
    """It is answered with exactly so many, goes on afterwards, and makes no pod too many."""
    cluster.facts.subscribe(CallAnswered, lambda _: None)
    errors = errors_of(cluster, MANAGER)
    cluster.apply(ApiErrors(MANAGER, code, "*", "*", 5))
    cluster.apply(Scale("rc/page", 5))
    cluster.settle()
    assert [str(code)] * 5 == [each for each in errors if each == str(code)]
    assert 8 == ready_pods(cluster)
    assert {} == cluster.environment.disturbances.answers


def test_errors_are_for_their_verb_and_resource_only(cluster: Cluster) -> None:
    """Creations of pods fail, everything else of the process goes well."""
    errors = errors_of(cluster, MANAGER)
    cluster.apply(ApiErrors(MANAGER, 503, "create", "pods", 1_000))
    cluster.apply(Scale("rc/page", 5))
    cluster.apply(Scale("rc/follower", 1))
    cluster.run_for(30_000)
    assert 5 == ready_pods(cluster)
    assert {"503"} == set(errors)
    cluster.heal_all()
    cluster.settle()
    assert 7 == ready_pods(cluster)


def test_a_write_that_times_out_was_carried_out(cluster: Cluster) -> None:
    """The controller is told 504 and the pod is there."""
    before = cluster.store.revision
    cluster.apply(ApiErrors(MANAGER, 504, "create", "pods", 1))
    cluster.apply(Scale("rc/page", 4))
    cluster.run_for(2_000)
    made = [
        change
        for change in cluster.store.changes_since(before, "pods")
        if change.before is None and change.by.startswith("system:")
    ]
    assert made
    cluster.settle()
    assert 7 == ready_pods(cluster)


def test_an_api_server_comes_back_with_empty_caches(cluster: Cluster) -> None:
    """Nobody is answered meanwhile; afterwards the caches are listed anew and the clients go on."""
    old = cluster.processes["apiserver-0"].component
    cluster.apply(ApiServerCrash("apiserver-0"))
    cluster.apply(Scale("rc/page", 5))
    cluster.run_for(10_000)
    assert ["is told nothing: apiserver-0 does not listen"] == told(cluster)
    cluster.heal_all()
    cluster.settle()
    new = cluster.processes["apiserver-0"].component
    assert isinstance(old, ApiServer) and isinstance(new, ApiServer)
    assert old is not new
    assert new.watch_caches["pods"].list_revision > old.watch_caches["pods"].list_revision
    cluster.apply(Scale("rc/page", 5))
    cluster.settle()
    assert 8 == ready_pods(cluster)


def test_an_api_server_crashes_between_two_requests_to_the_store(cluster: Cluster) -> None:
    """With after_requests=2 it makes two more; what they wrote stays written."""
    cluster.apply(ApiServerCrash("apiserver-0", 2))
    assert cluster.processes["apiserver-0"].alive
    cluster.apply(Scale("rc/page", 5))
    cluster.run_for(2_000)
    assert not cluster.processes["apiserver-0"].alive
    cluster.heal_all()
    cluster.settle()
    assert raw(cluster, "rc/page")["spec"]["replicas"] + 3 == ready_pods(cluster)


@pytest.mark.parametrize("how", ["end", "reset"])
def test_a_dropped_watch_is_opened_again_where_it_was(how: str, cluster: Cluster) -> None:
    """The controller-manager misses nothing and lists nothing anew."""
    lists: list[CacheReplaced] = []
    cluster.facts.subscribe(CacheReplaced, lists.append)
    cluster.facts.subscribe(WatchDelivered, lambda _: None)
    cluster.run_for(2_000)
    cluster.apply(Scale("rc/page", 4))
    cluster.run_for(1_500)
    cluster.apply(WatchDrop(MANAGER, "pods", how))
    cluster.apply(DeleteByForce("rc/leader#1"))
    cluster.settle()
    assert 7 == ready_pods(cluster)
    assert [] == lists


def test_watches_are_dropped_of_one_process_and_resource_only(cluster: Cluster) -> None:
    """The others' streams are the same as before."""
    before = {
        stream: (stream.client.name, stream.what)
        for stream in cluster.network.streams
        if stream.server.name == "apiserver-0"
    }
    cluster.apply(WatchDrop("scheduler-0", "nodes", "reset"))
    gone = [name for stream, name in before.items() if not stream.open]
    assert [("scheduler-0", "watch nodes")] == gone
    cluster.settle()
    assert 6 == ready_pods(cluster)


def test_a_slow_link_delays_and_loses_nothing(cluster: Cluster) -> None:
    """A controller far away needs several seconds for what takes milliseconds, and does it."""
    cluster.apply(SlowLink("apiserver-0", MANAGER, 5_000))
    began_ms = cluster.now_ms
    cluster.apply(Scale("rc/page", 4))
    cluster.run_for(9_000)
    assert 6 == ready_pods(cluster)
    cluster.settle()
    assert 7 == ready_pods(cluster)
    assert cluster.now_ms - began_ms > 10_000


def test_slow_links_add_up_and_end_one_by_one(cluster: Cluster) -> None:
    """Two faults on one link are both felt, and each takes its own share away."""
    link = ("apiserver-0", "node-1")
    one, two = SlowLink(*link, 1_000), SlowLink(*link, 100)
    cluster.apply(one)
    cluster.apply(two)
    assert 1_100 == cluster.network.slowness_ms("node-1", "apiserver-0")
    cluster.heal(str(one))
    assert 100 == cluster.network.slowness_ms(*link)
    cluster.heal_all()
    assert 0 == cluster.network.slowness_ms(*link)


def test_nothing_overtakes_what_is_under_way_on_a_slow_link(cluster: Cluster) -> None:
    """Watch events that are sent after the link is fast again arrive after those before."""
    seen: list[int] = []

    def note(fact: WatchDelivered) -> None:
        if fact.process == MANAGER and fact.resource == "replicationcontrollers":
            seen.append(fact.revision)

    cluster.facts.subscribe(WatchDelivered, note)
    slow = SlowLink("apiserver-0", MANAGER, 5_000)
    cluster.apply(slow)
    cluster.apply(Scale("rc/page", 4))
    cluster.heal(str(slow))
    cluster.apply(Scale("rc/page", 5))
    cluster.apply(Scale("rc/follower", 1))
    assert [] == seen
    cluster.settle()
    assert sorted(seen) == seen
    assert len(seen) >= 3
    assert 7 == ready_pods(cluster)


def test_a_store_far_away_makes_reads_time_out_and_no_more(cluster: Cluster) -> None:
    """A server that cannot catch up within three seconds says so; afterwards all is well."""
    cluster.apply(SlowLink("apiserver-0", "store-0", 5_000))
    cluster.apply(Scale("rc/page", 4))
    cluster.run_for(60_000)
    cluster.heal_all()
    cluster.settle()
    assert 7 == ready_pods(cluster)


@pytest.mark.parametrize("resource", ["pods", "*"])
def test_nothing_is_created_while_the_webhook_is_down(resource: str, cluster: Cluster) -> None:
    """A lost pod is not replaced until the webhook is back; deletions and statuses go on."""
    cluster.apply(WebhookDown(resource, "CREATE"))
    assert WebhookDown(resource, "CREATE") not in WebhookDown.choices(cluster)
    cluster.apply(Delete("rc/page#1"))
    cluster.run_for(60_000)
    assert 5 == ready_pods(cluster)
    cluster.heal_all()
    cluster.settle()
    assert 6 == ready_pods(cluster)


def test_the_user_is_told_of_the_webhook(cluster: Cluster) -> None:
    """500 for an update that the rule names; a pod's status and another resource are none of its business."""
    cluster.apply(WebhookDown("replicationcontrollers", "UPDATE"))
    cluster.apply(ChangeTemplate("rc/page", "label"))
    assert ["is told 500 InternalError"] == told(cluster)
    assert "windtunnel-version" not in str(raw(cluster, "rc/page"))
    cluster.apply(DeleteByForce("rc/page#1"))
    cluster.settle()
    assert 6 == ready_pods(cluster)


@pytest.mark.parametrize(
    "fault", [WebhookDown("*", "*"), WebhookDown("leases.coordination.k8s.io", "*")], ids=str
)
def test_a_webhook_for_everything_takes_the_heartbeats_with_it(
    fault: Action, cluster: Cluster
) -> None:
    """Leases are not renewed, yet nobody is driven out: if no node is heard of, it is not the nodes."""
    before = cluster.store.range("pods", "default")[0]
    cluster.apply(fault)
    cluster.run_for(400_000)
    cluster.heal_all()
    cluster.settle()
    cluster.run_for(60_000)
    assert [r.key for r in before] == [r.key for r in cluster.store.range("pods", "default")[0]]
    assert 6 == ready_pods(cluster)
