"""LimitRange: what containers get by default, and what is refused, in which words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.test_writes_that_race import pod, world_with
from windtunnel.conformance.world import World
from windtunnel.model.apiserver.admission.limits import violations
from windtunnel.model.objects.json import Json

PODS = "/api/v1/namespaces/default/pods"


def world_of(*limits: Json) -> World:
    """A world with one LimitRange in the namespace default."""
    world = world_with()
    path = "/api/v1/namespaces/default/limitranges"
    body = {"metadata": {"name": "l"}, "spec": {"limits": list(limits)}}
    assert 201 == world.http("POST", path, body=body).status
    return world


def test_containers_get_what_they_leave_out_and_the_pod_says_so() -> None:
    """Requests and limits are filled in, none of one's own is touched, and the annotation lists what was done."""
    world = world_of(
        {
            "type": "Container",
            "default": {"cpu": "1", "memory": "1Gi"},
            "defaultRequest": {"cpu": "500m"},
        }
    )
    own = {
        "name": "d",
        "image": "i:1",
        "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}},
    }
    body = pod("p", initContainers=[{"name": "i", "image": "i:1"}])
    body["spec"]["containers"].append(own)
    made = world.http("POST", PODS, body=body).body
    filled = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    assert filled == made["spec"]["containers"][0]["resources"]
    assert filled == made["spec"]["initContainers"][0]["resources"]
    assert "2" == made["spec"]["containers"][1]["resources"]["requests"]["cpu"]
    assert "Burstable" == made["status"]["qosClass"]
    expected = (
        "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c; "
        "memory request for container d; memory limit for container d; "
        "cpu, memory request for init container i; cpu, memory limit for init container i"
    )
    assert expected == made["metadata"]["annotations"]["kubernetes.io/limit-ranger"]


def resources(requests: Json, limits: Json) -> Json:
    """A pod's spec with one container."""
    return {"containers": [{"name": "c", "resources": {"requests": requests, "limits": limits}}]}


@pytest.mark.parametrize(
    ("item", "requests", "limits", "expected"),
    [
        ({"min": {"cpu": "1"}}, {}, {}, "minimum cpu usage per Container is 1.  No request is specified"),
        (
            {"min": {"cpu": "1"}}, {"cpu": "1"}, {"cpu": "500m"},
            "minimum cpu usage per Container is 1, but limit is 500m",
        ),
        ({"max": {"cpu": "1"}}, {}, {}, "maximum cpu usage per Container is 1.  No limit is specified"),
        ({"max": {"cpu": "1"}}, {"cpu": "2"}, {"cpu": "1"}, "maximum cpu usage per Container is 1, but request is 2"),
        (
            {"max": {"memory": "1Gi"}}, {}, {"memory": "2Gi"},
            "maximum memory usage per Container is 1Gi, but limit is 2Gi",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}}, {"cpu": "1"}, {"cpu": "3"},
            "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}}, {}, {"cpu": "3"},
            "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}}, {"cpu": "1"}, {},
            "cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0",
        ),
        ({"maxLimitRequestRatio": {"cpu": "2"}}, {"cpu": "1"}, {"cpu": "2"}, None),
    ],
)  # fmt: skip
def test_bounds_are_refused_in_the_servers_words(
    item: Json, requests: Json, limits: Json, expected: str | None
) -> None:
    """Each bound has its sentence."""
    found = violations("Pod", resources(requests, limits), [{"type": "Container", **item}])
    assert (() if expected is None else (expected,)) == found


def test_a_pod_counts_as_a_whole_with_its_sidecars_and_its_hungriest_start() -> None:
    """Containers and sidecars together, or one init container beside them; amounts of the pod stand for all."""

    def part(cpu: str, **more: Any) -> Json:
        return {
            "name": "c",
            "resources": {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}},
            **more,
        }

    item = {"type": "Pod", "max": {"cpu": "1"}}
    spec: Json = {
        "containers": [part("1")],
        "initContainers": [part("1", restartPolicy="Always"), part("3")],
    }
    assert ("maximum cpu usage per Pod is 1, but limit is 4",) == violations("Pod", spec, [item])
    whole = {**spec, "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}}
    assert () == violations("Pod", whole, [item])


def test_several_violations_come_in_one_answer() -> None:
    """All that one LimitRange has against a pod, in brackets, and only for valid pods."""
    world = world_of(
        {"type": "Container", "max": {"cpu": "1"}, "default": {"cpu": "1"}},
        {"type": "Pod", "max": {"cpu": "1"}},
    )
    body = pod("p")
    body["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "2"}}
    answer = world.http("POST", PODS, body=body)
    assert 403 == answer.status
    assert (
        'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, '
        "maximum cpu usage per Pod is 1, but limit is 2]"
    ) == answer.body["message"]
    body["spec"]["restartPolicy"] = "Sometimes"
    assert 422 == world.http("POST", PODS, body=body).status


def test_claims_are_looked_at_when_they_are_made_and_when_they_change() -> None:
    """The storage that a claim asks for has to be within bounds, each time."""
    world = world_of(
        {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "2Gi"}}
    )
    path = "/api/v1/namespaces/default/persistentvolumeclaims"

    def claim(size: str) -> Json:
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
        return {"metadata": {"name": "c"}, "spec": spec}

    message = "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi"
    answer = world.http("POST", path, body=claim("3Gi"))
    assert (403, True) == (answer.status, answer.body["message"].endswith(message))
    assert 403 == world.http("POST", path, body=claim("1Mi")).status
    assert 201 == world.http("POST", path, body=claim("2Gi")).status
    change = {"metadata": {"labels": {"a": "b"}}}
    merge = "application/merge-patch+json"
    assert 200 == world.http("PATCH", f"{path}/c", body=change, content_type=merge).status


def test_a_limit_range_made_a_moment_ago_counts() -> None:
    """A server whose cache does not show it yet asks the store."""
    world = world_of({"type": "Pod", "min": {"cpu": "1"}})
    server: Any = world.apiserver.component
    server.watch_caches["limitranges"].replace((), world.store.revision)
    assert 403 == world.http("POST", PODS, body=pod("p")).status


def test_without_limit_ranges_nothing_is_looked_up() -> None:
    """A cluster that never had one pays no read of the store for it, and keeps no cache."""
    world = world_with()
    assert 201 == world.http("POST", PODS, body=pod("p")).status
    server: Any = world.apiserver.component
    assert "limitranges" not in server.watch_caches
    assert "resourcequotas" not in server.watch_caches
