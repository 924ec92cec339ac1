"""The node itself: registration, heartbeats, and what it does not take."""

from __future__ import annotations

from tests.kubelet.small_cluster import SmallCluster, container, history, pod_json, requests
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.node import Lease
from windtunnel.model.objects.record import StoreKey
from windtunnel.model.settings import KubeletSettings

LEASE = StoreKey("leases.coordination.k8s.io", "kube-node-lease", "node-1")


def lease(cluster: SmallCluster) -> Lease:
    """The node's lease."""
    record = cluster.cluster.store.get(LEASE)
    assert record is not None
    view = record.view
    assert isinstance(view, Lease)
    return view


def test_a_node_registers_itself_ready(cluster: SmallCluster) -> None:
    """The Node has the machine's capacity, an address, a hostname label, and is ready."""
    node = cluster.node()
    ready = condition(node.status.conditions, "Ready")
    assert ready is not None
    assert ("True", "KubeletReady") == (ready.status, ready.reason)
    assert {"cpu": "4", "memory": "8Gi", "pods": "110"} == dict(node.status.allocatable)
    assert "node-1" == node.metadata.labels["kubernetes.io/hostname"]


def test_a_lease_is_renewed_every_ten_seconds() -> None:
    """The heartbeat goes on in the background, and costs the Node object nothing."""
    cluster = SmallCluster(every_heartbeat=True)
    version = cluster.node().metadata.resource_version
    before_ms = lease(cluster).spec.renew_time or 0
    renewals = history(cluster, LEASE.resource)
    cluster.run_for(100_500)
    assert 10 == len(renewals)
    assert 100_000 < (lease(cluster).spec.renew_time or 0) - before_ms < 100_500
    assert ("node-1", 40) == (
        lease(cluster).spec.holder_identity,
        lease(cluster).spec.lease_duration_seconds,
    )
    assert version == cluster.node().metadata.resource_version


def test_a_deleted_lease_is_made_again(cluster: SmallCluster) -> None:
    """If only the lease is deleted while the kubelet lives, it comes back."""
    cluster.do(cluster.cluster.client.delete("Lease", "kube-node-lease/node-1"))
    cluster.run_for(21_000)
    assert "node-1" == lease(cluster).spec.holder_identity


def test_the_status_is_reported_every_five_minutes() -> None:
    """Without news, only the heartbeat times of the conditions move, every five minutes."""
    cluster = SmallCluster(every_heartbeat=True)
    before = condition(cluster.node().status.conditions, "Ready")
    cluster.run_for(320_000)
    after = condition(cluster.node().status.conditions, "Ready")
    assert before is not None
    assert after is not None
    assert before.last_transition_time == after.last_transition_time
    assert (after.last_heartbeat_time or 0) - (before.last_heartbeat_time or 0) >= 300_000


def test_a_node_declared_unknown_reports_that_it_is_ready(cluster: SmallCluster) -> None:
    """What somebody else wrote into the node's conditions is put right by the next look."""
    conditions = [
        {**each, "status": "Unknown", "reason": "NodeStatusUnknown"}
        for each in cluster.node().raw["status"]["conditions"]
    ]
    cluster.patch_node("node-1", {"status": {"conditions": conditions}}, "status")
    cluster.run_for(10)
    assert "node-1 has yet to report that it is ready" == cluster.kubelet().busy()
    cluster.run_for(11_000)
    ready = condition(cluster.node().status.conditions, "Ready")
    assert ready is not None
    assert ("True", "KubeletReady") == (ready.status, ready.reason)


def test_a_deleted_node_is_not_made_again_by_the_same_kubelet(cluster: SmallCluster) -> None:
    """Registration happens once in a kubelet's life; the next one registers again."""
    cluster.do(cluster.cluster.client.delete("Node", "node-1"))
    cluster.run_for(400_000)
    assert cluster.cluster.store.get(StoreKey("nodes", "", "node-1")) is None
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    kubelet.start()
    cluster.settle()
    assert "node-1" == cluster.node().name


def test_a_boot_shows_in_the_boot_id(cluster: SmallCluster) -> None:
    """Who looks at the Node can tell that the machine was rebooted."""
    before = cluster.node().status.node_info["bootID"]
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.machine().power_off()
    cluster.machine().boot()
    kubelet.start()
    cluster.settle()
    assert before != cluster.node().status.node_info["bootID"]


def bound(name: str, **spec: object) -> dict[str, object]:
    """A pod bound by its author, past the scheduler."""
    return pod_json(name, nodeName="node-1", **spec)


def test_a_pod_that_does_not_fit_is_refused(cluster: SmallCluster) -> None:
    """The kubelet counts for itself: too much CPU makes a pod Failed with OutOfcpu, and nothing runs of it."""
    cluster.create(bound("big", containers=[container(resources=requests(cpu="3"))]))
    cluster.create(bound("more", containers=[container(resources=requests(cpu="2"))]))
    refused = cluster.pod("more").status
    expected = "Pod was rejected: Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000"
    assert ("Failed", "OutOfcpu", expected) == (refused.phase, refused.reason, refused.message)
    assert cluster.pod("big").ready
    assert 1 == len(cluster.machine().containers())


def test_a_node_takes_no_more_pods_than_it_allows() -> None:
    """One pod too many is OutOfpods, until another one has ended."""
    cluster = SmallCluster(kubelet=KubeletSettings(max_pods=1))
    cluster.create(bound("a"))
    cluster.create(bound("b"))
    assert "OutOfpods" == cluster.pod("b").status.reason
    cluster.delete_pod("a")
    cluster.settle()
    cluster.create(bound("c"))
    assert cluster.pod("c").ready


def test_a_pod_that_does_not_want_this_node_is_refused(cluster: SmallCluster) -> None:
    """A node selector that does not match makes the pod Failed with NodeAffinity."""
    cluster.create(bound("p", nodeSelector={"disk": "ssd"}))
    status = cluster.pod("p").status
    assert ("Failed", "NodeAffinity") == (status.phase, status.reason)


def test_a_pod_that_asks_for_too_much_memory_is_refused(cluster: SmallCluster) -> None:
    """OutOfmemory, with the numbers."""
    cluster.create(bound("p", containers=[container(resources=requests(memory="9Gi"))]))
    status = cluster.pod("p").status
    assert ("Failed", "OutOfmemory") == (status.phase, status.reason)


def test_a_port_of_the_host_is_given_once(cluster: SmallCluster) -> None:
    """A second pod that wants the same port of the node is Failed with NodePorts, sidecars included."""
    port: Json = {"ports": [{"containerPort": 80, "hostPort": 8080}]}
    sidecar = container("s", restartPolicy="Always", **port)
    cluster.create(bound("first", initContainers=[sidecar]))
    cluster.create(bound("second", containers=[container(**port)]))
    status = cluster.pod("second").status
    assert ("Failed", "NodePorts") == (status.phase, status.reason)
    assert cluster.pod("first").ready
    cluster.delete_pod("first")
    cluster.settle()
    cluster.create(bound("third", containers=[container(**port)]))
    assert cluster.pod("third").ready


def test_a_pod_that_does_not_tolerate_the_node_is_refused(cluster: SmallCluster) -> None:
    """A taint NoExecute counts at admission, a taint NoSchedule does not."""
    cluster.patch_node("node-1", {"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}})
    cluster.create(bound("p"))
    assert cluster.pod("p").ready
    taint = {"key": "k", "effect": "NoExecute"}
    cluster.patch_node("node-1", {"spec": {"taints": [taint]}})
    cluster.settle()
    tolerating = [{"key": "k", "operator": "Exists"}]
    cluster.create(bound("q", tolerations=tolerating))
    assert cluster.pod("q").ready
    cluster.create(bound("r"))
    found = cluster.find_pod("r")
    assert found is None or "TaintToleration" == found.status.reason


def test_pods_that_ran_before_are_admitted_first_after_a_restart(cluster: SmallCluster) -> None:
    """On the first list the oldest pods come first, whatever their names."""
    cluster.create(bound("z-old", containers=[container(resources=requests(cpu="3"))]))
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.run_for(2_000)
    cluster.do(
        cluster.cluster.client.create(
            bound("a-new", containers=[container(resources=requests(cpu="3"))])
        )
    )
    kubelet.start()
    cluster.settle()
    assert (True, "OutOfcpu") == (cluster.pod("z-old").ready, cluster.pod("a-new").status.reason)


def test_a_completed_pod_is_not_judged_again(cluster: SmallCluster) -> None:
    """After a restart, a Succeeded pod is not put through admission, however full the node is by now."""
    cluster.create(
        bound("done", restartPolicy="Never", containers=[container(resources=requests(cpu="3"))])
    )
    cluster.machine().crash_container(cluster.pod("done").uid, "c", 0)
    cluster.settle()
    cluster.create(bound("big", containers=[container(resources=requests(cpu="3"))]))
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    kubelet.start()
    cluster.settle()
    assert ("Succeeded", True) == (cluster.pod("done").status.phase, cluster.pod("big").ready)


def test_statuses_are_sent_when_the_api_server_is_back(cluster: SmallCluster) -> None:
    """A status that could not be written is written later."""
    cluster.create(pod_json("p"))
    server = cluster.process("apiserver-0")
    server.crash()
    cluster.machine().crash_container(cluster.pod("p").uid, "c", 1)
    cluster.run_for(5_000)
    server.start()
    cluster.settle()
    assert (1, True) == (cluster.status("p").restart_count, cluster.pod("p").ready)
