"""ReplicationControllers and ReplicaSets, run against a real API server and store of the model."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.control_plane import ControlPlane, workload
from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.controllers.replication.plan import Plan
from windtunnel.model.controllers.replication.ranking import DELETION_COST
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod

KINDS = ("ReplicationController", "ReplicaSet")
READY = {"type": "Ready", "status": "True", "lastTransitionTime": "2024-01-01T00:00:00Z"}


def orphan(name: str, app: str, **metadata: Any) -> Json:
    """A pod without an owner."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": app}, **metadata},
        "spec": {"schedulerName": "none", "containers": [{"name": "c", "image": "img:1"}]},
    }


@pytest.mark.parametrize("kind", KINDS)
def test_missing_pods_are_created_and_surplus_ones_deleted(
    control_plane: ControlPlane, kind: str
) -> None:
    """A workload has as many pods as it asks for, whichever kind it is."""
    control_plane.create(workload("web", 5, kind))
    control_plane.settle()
    assert 5 == len(control_plane.list("Pod", "app=web"))
    control_plane.do(control_plane.client.scale(kind, "default/web", 2))
    control_plane.settle()
    assert 2 == len(control_plane.list("Pod", "app=web"))
    assert 2 == control_plane.get(kind, "web").status.replicas


def test_a_pod_carries_the_template_and_its_owner(control_plane: ControlPlane) -> None:
    """A created pod has the template's labels, annotations and finalizers, and its workload as controller."""
    wanted = workload("web", 1)
    template = wanted["spec"]["template"]["metadata"]
    template["annotations"] = {"a": "b"}
    template["finalizers"] = ["example.com/hold"]
    created = control_plane.create(wanted)
    control_plane.settle()
    (pod,) = control_plane.list("Pod")
    assert {"app": "web"} == pod.metadata.labels
    assert {"a": "b"} == pod.metadata.annotations
    assert ("example.com/hold",) == pod.metadata.finalizers
    assert "web-" == pod.raw["metadata"]["generateName"]
    owner = pod.metadata.controller
    assert ("ReplicationController", "web", created.uid) == (owner.kind, owner.name, owner.uid)
    assert owner.block_owner_deletion


def test_matching_orphans_are_adopted_and_strangers_left_alone(
    control_plane: ControlPlane,
) -> None:
    """A workload adopts a matching pod without a controller instead of creating one, and no other pod."""
    boss = control_plane.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "boss", "namespace": "default"},
        }
    )
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "boss", "uid": boss.uid}
    control_plane.create(orphan("mine", "web"))
    control_plane.create(
        orphan("theirs", "web", ownerReferences=[{**reference, "controller": True}])
    )
    control_plane.create(orphan("other", "db"))
    control_plane.create(workload("web", 2))
    control_plane.settle()
    owned = [
        pod.name
        for pod in control_plane.list("Pod")
        if pod.metadata.controller and pod.metadata.controller.name == "web"
    ]
    assert 2 == len(owned)
    assert "mine" in owned
    assert control_plane.get("Pod", "other").metadata.controller is None


def test_a_relabelled_pod_is_released_and_replaced(control_plane: ControlPlane) -> None:
    """A pod that no longer matches loses its owner, and another one takes its place."""
    control_plane.create(workload("web", 2))
    control_plane.settle()
    lost = control_plane.list("Pod")[0].name
    control_plane.patch("Pod", lost, {"metadata": {"labels": {"app": "lost"}}})
    control_plane.settle()
    assert () == control_plane.get("Pod", lost).metadata.owner_references
    assert 2 == len(control_plane.list("Pod", "app=web"))


def test_an_adoption_asks_the_api_server_first() -> None:
    """A workload that the cache still shows but the API server does not adopts nothing."""
    plane = ControlPlane(("service-account", "replication"))
    web = plane.create(workload("web", 1))
    plane.settle()
    manager = plane.manager.component.controllers[1]  # type: ignore[union-attr]
    assert isinstance(manager, ReplicationManager)
    plane.delete("ReplicationController", "web", propagation_policy="Background")
    plane.create(orphan("late", "web"))
    # The cache as it was: the workload is there, and not being deleted.
    pod = plane.get("Pod", "late")
    kept = []

    async def claim() -> None:
        selector = manager.selector_of(web)
        assert selector is not None
        kept.extend(await manager.claim_pods(web, selector, [pod]))

    failures: list[Any] = []
    plane.manager.spawn(claim(), "claim", done=lambda task: failures.append(task.error))
    plane.settle()
    assert [] == kept
    assert failures[0] is not None
    assert plane.get("Pod", "late").metadata.controller is None


def test_failed_pods_are_replaced_and_stay(control_plane: ControlPlane) -> None:
    """A pod that failed counts no more; it is not deleted either."""
    control_plane.create(workload("web", 2))
    control_plane.settle()
    failed = control_plane.list("Pod")[0].name
    control_plane.patch("Pod", failed, {"status": {"phase": "Failed"}}, "status")
    control_plane.settle()
    assert 3 == len(control_plane.list("Pod"))
    assert 2 == control_plane.get("ReplicationController", "web").status.replicas


def test_the_cheapest_pod_goes_first(control_plane: ControlPlane) -> None:
    """Among equal pods the one with the lowest deletion cost is deleted."""
    control_plane.create(workload("web", 3))
    control_plane.settle()
    cheap = control_plane.list("Pod")[1].name
    control_plane.patch("Pod", cheap, {"metadata": {"annotations": {DELETION_COST: "-10"}}})
    control_plane.settle()
    control_plane.do(control_plane.client.scale("ReplicationController", "default/web", 2))
    control_plane.settle()
    assert cheap not in [pod.name for pod in control_plane.list("Pod")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_ready_pod_becomes_available_without_another_event(kind: str) -> None:
    """With minReadySeconds the status follows the clock."""
    plane = ControlPlane()
    plane.create(workload("web", 1, kind, minReadySeconds=30))
    plane.settle()
    pod = plane.list("Pod")[0].name
    plane.patch("Pod", pod, {"status": {"phase": "Running", "conditions": [READY]}}, "status")
    plane.run_for(20_000)
    assert 1 == plane.get(kind, "web").status.ready_replicas
    assert 0 == plane.get(kind, "web").status.available_replicas
    plane.run_for(11_000)
    assert 1 == plane.get(kind, "web").status.available_replicas


def test_a_restart_of_the_manager_changes_nothing(control_plane: ControlPlane) -> None:
    """A controller manager that comes back to a cluster in order writes nothing."""
    control_plane.create(workload("web", 3))
    control_plane.create(workload("api", 2, "ReplicaSet"))
    control_plane.settle()
    revision = control_plane.store.revision
    control_plane.manager.crash()
    control_plane.manager.start()
    control_plane.settle()
    assert revision == control_plane.store.revision


@pytest.mark.parametrize("requests", range(6))
def test_a_crash_between_two_requests_is_made_good(
    control_plane: ControlPlane, requests: int
) -> None:
    """Wherever the manager dies while it scales up, its successor brings the number to what is wanted."""
    control_plane.create(workload("web", 0))
    control_plane.settle()
    control_plane.manager.crash_after(requests)
    control_plane.do(control_plane.client.scale("ReplicationController", "default/web", 7))
    control_plane.settle()
    control_plane.manager.start()
    control_plane.settle()
    assert 7 == len(control_plane.list("Pod"))


def test_lost_answers_do_not_leave_a_surplus(control_plane: ControlPlane) -> None:
    """Creations whose answers were lost are seen in the cache, and what is too much goes again."""
    control_plane.create(workload("web", 0))
    control_plane.settle()
    control_plane.network.lose_answers("controller-manager-0", 2)
    control_plane.do(control_plane.client.scale("ReplicationController", "default/web", 4))
    control_plane.settle()
    assert 4 == len(control_plane.list("Pod"))


def test_a_refused_creation_is_a_condition(control_plane: ControlPlane) -> None:
    """What keeps a workload from creating pods is in its status, and goes when the reason goes."""
    broken = workload("web", 2)
    broken["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    control_plane.create(broken)
    control_plane.run_for(1_000)
    (condition,) = control_plane.get("ReplicationController", "web").status.conditions
    assert ("ReplicaFailure", "True", "FailedCreate") == (
        condition.type,
        condition.status,
        condition.reason,
    )
    account = {"name": "nobody", "namespace": "default"}
    control_plane.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    control_plane.settle(2_000_000)
    assert () == control_plane.get("ReplicationController", "web").status.conditions
    assert 2 == len(control_plane.list("Pod"))


def test_busy_names_the_workload_and_its_error(control_plane: ControlPlane) -> None:
    """A manager that cannot go on says on which object, and why."""
    broken = workload("web", 1)
    broken["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    control_plane.create(broken)
    control_plane.run_for(1_000)
    reason = control_plane.busy() or ""
    assert "ReplicationController is to try default/web again" in reason
    assert "nobody" in reason


def test_scaling_up_writes_each_pod_once(control_plane: ControlPlane) -> None:
    """Scaling to 50 costs 50 creations and a few writes of status."""
    control_plane.create(workload("web", 0))
    control_plane.settle()
    before = control_plane.store.revision
    control_plane.do(control_plane.client.scale("ReplicationController", "default/web", 50))
    control_plane.settle()
    assert 50 == len(control_plane.list("Pod"))
    assert control_plane.store.revision - before <= 50 + 8


class OneTooMany(ReplicationManager):
    """Swapped in below: creates one pod more than is asked for."""

    def plan(self, workload: Workload, active: list[Pod]) -> Plan:
        """One more than is missing."""
        missing = workload.spec.replicas + 1 - len(active)
        return Plan(create=max(0, missing))


def test_a_subclass_takes_part_by_its_role() -> None:
    """One overridden method of the role `replication` is what runs."""
    plane = ControlPlane(swaps={"replication": OneTooMany})
    plane.create(workload("web", 3))
    plane.settle()
    assert 4 == len(plane.list("Pod"))
