"""Several API servers over one store: who asks which, what happens when one fails, and what they may disagree about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.questions import ready_pods
from windtunnel.examples import guestbook
from windtunnel.model.api.errors import ApiError, is_too_large_resource_version
from windtunnel.model.apiserver.request import Options
from windtunnel.model.client.client import Client
from windtunnel.model.cluster.actions.faults import ApiServerCrash, Partition
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run

SERVERS = ("apiserver-0", "apiserver-1")


@pytest.fixture
def cluster() -> Cluster:
    """The guestbook on two API servers, settled."""
    plan = RunPlan(shape=ClusterShape(apiservers=2), objects=guestbook(), promises=())
    run = Run(plan, Scenario(plan.shape, plan.objects))
    run.begin()
    run.cluster.settle()
    return run.cluster


def connected(cluster: Cluster) -> dict[str, str]:
    """The server of each client process."""
    clients = [name for name in cluster.processes if name not in ("store", *SERVERS)]
    return {
        name: cluster.environment.balancer.server(cluster.processes[name], SERVERS)
        for name in clients
    }


def service(name: str) -> Json:
    """A service with a node port."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"type": "NodePort", "ports": [{"port": 80}]},
    }


def do(cluster: Cluster, work: Any) -> Any:
    """Run a request of the user's; its result, or its error raised."""
    task = cluster.run_user(work, "work", 60_000)
    assert not task.alive
    if task.error is not None:
        raise task.error
    return task.result


def test_clients_are_spread_and_the_cluster_works(cluster: Cluster) -> None:
    """The n-th client begins at server n modulo their number, and pods get ready as with one server."""
    assert 6 == ready_pods(cluster)
    assert {
        "controller-manager-0": "apiserver-0",
        "scheduler-0": "apiserver-1",
        "kubelet-node-1": "apiserver-0",
        "kubelet-node-2": "apiserver-1",
        "kubelet-node-3": "apiserver-0",
        "user": "apiserver-1",
    } == connected(cluster)


def test_clients_of_a_server_that_fails_go_to_the_other(cluster: Cluster) -> None:
    """Each process moves on once, however many of its watches break, and its work goes on."""
    cluster.apply(ApiServerCrash("apiserver-0"))
    cluster.settle()
    assert ["apiserver-1"] == list(dict.fromkeys(connected(cluster).values()))
    do(cluster, cluster.client.scale("ReplicationController", "default/page", 4))
    cluster.settle()
    assert 7 == ready_pods(cluster)
    cluster.heal_all()
    cluster.settle()
    assert "apiserver-1" == connected(cluster)["controller-manager-0"]


def test_a_restarted_process_begins_one_server_further(cluster: Cluster) -> None:
    """What comes back after a crash may meet another server than the one it knew."""
    manager = cluster.processes["controller-manager-0"]
    manager.crash()
    manager.start()
    assert "apiserver-1" == connected(cluster)["controller-manager-0"]
    cluster.settle()
    assert 6 == ready_pods(cluster)


def test_one_cache_can_be_behind_while_the_other_is_not(cluster: Cluster) -> None:
    """A server cut off from the store shows an old state, and 504 for a revision that it does not have."""
    cluster.apply(Partition("apiserver-1", "store-0"))
    manager = Client(cluster.processes["controller-manager-0"], cluster.environment)
    first = cluster.processes["controller-manager-0"].spawn(
        manager.scale("ReplicationController", "default/page", 1), "scale", done=lambda _: None
    )
    cluster.run_for(2_000)
    assert not first.alive
    revision = str(cluster.store.revision)
    old = do(
        cluster, cluster.client.get("ReplicationController", "default/page", resource_version="0")
    )
    assert 3 == old.spec.replicas
    newer = Options(resource_version=revision, resource_version_match="NotOlderThan")
    with pytest.raises(ApiError) as caught:
        do(cluster, cluster.client.list("ReplicationController", options=newer))
    assert is_too_large_resource_version(caught.value)


def test_two_servers_never_give_one_address_twice(cluster: Cluster) -> None:
    """What each server believes to be free is taken in the store, by compare-and-swap, at the same moment."""
    clients = [
        Client(cluster.processes[name], cluster.environment) for name in ("kubelet-node-1", "user")
    ]
    assert ["apiserver-0", "apiserver-1"] == [client.server for client in clients]
    for number in range(20):
        for which, client in enumerate(clients):
            client.process.spawn(
                client.create(service(f"s{which}-{number}")), "create", done=lambda _: None
            )
    cluster.settle()
    specs = [record.raw["spec"] for record in cluster.store.range("services", "default")[0]]
    addresses = [spec["clusterIP"] for spec in specs]
    ports = [spec["ports"][0]["nodePort"] for spec in specs if spec["type"] == "NodePort"]
    assert 40 <= len(ports)
    assert len(addresses) == len(dict.fromkeys(addresses))
    assert len(ports) == len(dict.fromkeys(ports))


def test_both_servers_follow_a_kind_from_its_first_object(cluster: Cluster) -> None:
    """A watch can go on at the other server after a revision from before the first object of its kind."""
    before = str(cluster.store.revision)
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "default"},
    }
    do(cluster, cluster.client.create(body))
    cluster.run_for(100)
    assert "apiserver-1" == cluster.client.server
    other = Client(cluster.processes["kubelet-node-1"], cluster.environment)
    found: list[str] = []

    async def follow() -> None:
        watch = await other.watch("ConfigMap", options=Options(resource_version=before))
        event = await watch.next()
        assert event is not None
        found.append(event.type)

    other.process.spawn(follow(), "follow", done=lambda _: None)
    cluster.run_for(100)
    assert ["ADDED"] == found
