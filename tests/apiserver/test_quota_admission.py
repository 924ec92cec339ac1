"""ResourceQuota admission: what fits is charged before it is stored, and nothing is stored that does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.test_writes_that_race import config_map, pod, send_at, world_with
from windtunnel.conformance.world import World
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver.admission.quota_evaluator import QuotaEvaluator
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey

BASE = "/api/v1/namespaces/default"


def quota(world: World, hard: Json, used: Json | None = None, name: str = "q", **spec: Any) -> None:
    """A quota that its controller has counted."""
    body = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"hard": hard, **spec},
    }
    made = world.run(world.client.create(body), "quota")
    counted = dict.fromkeys(hard, "0") if used is None else used
    status = {"hard": hard, "used": counted}
    world.run(world.client.update_status({**made.raw, "status": status}), "status")
    world.run_for(100)


def used(world: World, name: str = "q") -> Json:
    """What is used of a quota."""
    found = world.run(world.client.get("ResourceQuota", f"default/{name}"), "quota")
    result: Json = found.raw["status"]["used"]
    return result


def test_creations_at_once_never_exceed_a_quota() -> None:
    """Of 40 at the same moment 25 fit; all others are told that they exceed it, and all are charged in few writes."""
    world = world_with()
    quota(world, {"configmaps": "25"})
    before = world.store.revision
    answers = [
        send_at(world, 0, lambda i=i: world.client.create(config_map(f"c{i}")))  # type: ignore[misc]
        for i in range(40)
    ]
    world.run_for(1_000)
    refused = [each[0] for each in answers if isinstance(each[0], ApiError)]
    message = (
        'configmaps "c39" is forbidden: exceeded quota: q, '
        "requested: configmaps=1, used: configmaps=25, limited: configmaps=25"
    )
    assert (15, message) == (len(refused), refused[-1].message)
    assert {"configmaps": "25"} == used(world)
    assert world.store.count("configmaps") == 25
    writes = [
        each for each in world.store.changes_since(before) if each.key.resource == "resourcequotas"
    ]
    assert len(writes) <= 3


class Rival(QuotaEvaluator):
    """Before each of the first writes, somebody else writes the quota."""

    rivals = 0

    async def write(self, records: Any, *rest: Any) -> Any:
        """Write after somebody else."""
        for record in records:
            if self.rivals:
                self.rivals -= 1
                status = {"status": {**record.raw["status"], "used": {"configmaps": "1"}}}
                context = rest[1][0].context
                await self.storage.write(
                    context, record.key, {**record.raw, **status}, record.revision
                )
        return await super().write(records, *rest)


class RivalServer(ApiServer):
    """A server whose quotas are written by somebody else at the wrong moments."""

    rivals = 1

    def plugins(self) -> Any:
        """The usual ones, with the evaluator above."""
        plugins = super().plugins()
        rival = Rival(self)
        rival.rivals = self.rivals
        plugins[-1].evaluator = rival  # type: ignore[attr-defined]
        return plugins


def test_a_charge_that_meets_another_one_is_made_on_top_of_it() -> None:
    """Compare-and-swap: the other's charge stays, and ours is counted anew against it."""
    world = world_with(RivalServer)
    quota(world, {"configmaps": "2"})
    world.run(world.client.create(config_map("a")), "create")
    assert {"configmaps": "2"} == used(world)


class EndlessRivalServer(RivalServer):
    """Somebody always writes first."""

    rivals = 100


def test_a_client_is_told_if_others_are_always_faster() -> None:
    """After three more attempts the answer is 409 about the quota, and nothing is stored."""
    world = world_with(EndlessRivalServer)
    quota(world, {"configmaps": "200"})
    answer = world.http("POST", f"{BASE}/configmaps", body={"metadata": {"name": "a"}})
    assert 409 == answer.status
    assert 'resourcequotas "q"' in answer.body["message"]
    assert 0 == world.store.count("configmaps")


def test_a_quota_that_refuses_keeps_the_others_uncharged() -> None:
    """All quotas of a namespace have to have room; the first by name without room is named."""
    world = world_with()
    quota(world, {"configmaps": "5"}, name="a")
    quota(world, {"count/configmaps": "0"}, name="b")
    answer = world.http("POST", f"{BASE}/configmaps", body={"metadata": {"name": "c"}})
    assert (403, True) == (answer.status, "exceeded quota: b" in answer.body["message"])
    assert {"configmaps": "0"} == used(world, "a")


def test_a_dry_run_is_checked_but_not_charged() -> None:
    """It gets the answer of the real thing."""
    world = world_with()
    quota(world, {"configmaps": "1"})
    world.run(world.client.create(config_map("a"), dry_run=True), "dry run")
    assert {"configmaps": "0"} == used(world)
    world.run(world.client.create(config_map("a")), "create")
    with pytest.raises(ApiError, match="exceeded quota"):
        world.run(world.client.create(config_map("b"), dry_run=True), "dry run")


def test_a_quota_without_status_limits_nothing_and_one_with_half_a_count_everything() -> None:
    """What counts is what the controller has taken over and counted."""
    world = world_with()
    body = {"metadata": {"name": "q"}, "spec": {"hard": {"configmaps": "0"}}}
    world.http("POST", f"{BASE}/resourcequotas", body=body)
    assert 201 == world.http("POST", f"{BASE}/configmaps", body={"metadata": {"name": "a"}}).status
    world = world_with()
    quota(world, {"configmaps": "5", "secrets": "5"}, {"secrets": "0"})
    answer = world.http("POST", f"{BASE}/configmaps", body={"metadata": {"name": "a"}})
    message = 'configmaps "a" is forbidden: status unknown for quota: q, resources: configmaps'
    assert (403, message) == (answer.status, answer.body["message"])


def test_an_invalid_object_is_refused_before_it_is_charged() -> None:
    """422 leaves the quota as it was; a name that is taken does not, until the controller counts again."""
    world = world_with()
    quota(world, {"secrets": "5"})
    secret = {"metadata": {"name": "s"}}
    assert 422 == world.http("POST", f"{BASE}/secrets", body={"metadata": {"name": "S S"}}).status
    assert {"secrets": "0"} == used(world)
    assert 201 == world.http("POST", f"{BASE}/secrets", body=secret).status
    assert 409 == world.http("POST", f"{BASE}/secrets", body=secret).status
    assert {"secrets": "2"} == used(world)


def test_a_service_is_charged_for_its_ports_and_balancer_when_its_type_changes() -> None:
    """By the difference; a change that uses no more is always allowed."""
    world = world_with()
    hard = {"services": "1", "services.nodeports": "2", "services.loadbalancers": "0"}
    quota(world, hard)
    service = {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
    merge = "application/merge-patch+json"
    path = f"{BASE}/services"

    def change(kind: str) -> Any:
        body = {"spec": {"type": kind}}
        return world.http("PATCH", f"{path}/s", body=body, content_type=merge)

    assert 201 == world.http("POST", path, body=service).status
    assert 200 == change("NodePort").status
    assert {"services": "1", "services.nodeports": "1", "services.loadbalancers": "0"} == used(
        world
    )
    answer = change("LoadBalancer")
    assert (403, True) == (answer.status, "services.loadbalancers=1" in answer.body["message"])
    assert 200 == change("ClusterIP").status


@pytest.mark.parametrize(
    ("scope", "spec", "counts"),
    [
        ({"scopes": ["BestEffort"]}, {}, True),
        ({"scopes": ["NotBestEffort"]}, {}, False),
        ({"scopes": ["Terminating"]}, {"activeDeadlineSeconds": 5}, True),
        ({"scopes": ["NotTerminating"]}, {"activeDeadlineSeconds": 5}, False),
        ({"scopes": ["PriorityClass"]}, {"priorityClassName": "system-node-critical"}, True),
        ({"scopes": ["PriorityClass"]}, {}, False),
    ],
)
def test_a_quota_with_a_scope_counts_only_what_is_in_it(
    scope: Json, spec: Json, counts: bool
) -> None:
    """Pods outside of it pass, whatever is left."""
    world = world_with()
    quota(world, {"pods": "0"}, **scope)
    status = world.http("POST", f"{BASE}/pods", body=pod("p", **spec)).status
    assert (403 if counts else 201) == status


@pytest.mark.parametrize(
    ("operator", "values", "counts"),
    [
        ("In", ["system-node-critical"], True),
        ("NotIn", ["system-node-critical"], False),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
    ],
)
def test_priority_classes_are_selected_by_operator(
    operator: str, values: list[str], counts: bool
) -> None:
    """scopeSelector can name the classes."""
    world = world_with()
    expression = {"scopeName": "PriorityClass", "operator": operator}
    if values:
        expression = {**expression, "values": values}  # type: ignore[dict-item]
    quota(world, {"pods": "0"}, scopeSelector={"matchExpressions": [expression]})
    body = pod("p", priorityClassName="system-node-critical")
    status = world.http("POST", f"{BASE}/pods", body=body).status
    assert (403 if counts else 201) == status


class ForgetfulServer(ApiServer):
    """A server whose cache of quotas shows the first version for ever."""

    first: dict[StoreKey, Record]

    def cached_in(self, resource: str, namespace: str) -> tuple[Record, ...] | None:
        """The versions that the cache showed at first."""
        found = super().cached_in(resource, namespace)
        first = self.__dict__.setdefault("first", {})
        return tuple(first.setdefault(each.key, each) for each in found or ())


def test_a_server_trusts_its_own_last_write_more_than_its_cache() -> None:
    """Charges right after one another do not fail because the cache lags."""
    world = world_with(ForgetfulServer)
    quota(world, {"configmaps": "3"})
    for name in "abc":
        world.run(world.client.create(config_map(name)), "create")
    assert {"configmaps": "3"} == used(world)
    with pytest.raises(ApiError, match="exceeded quota"):
        world.run(world.client.create(config_map("d")), "create")
