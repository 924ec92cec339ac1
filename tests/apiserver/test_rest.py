"""The REST entry: paths, bodies and headers, as kubectl and curl send them."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.conformance.world import WatchReader, World
from windtunnel.model.objects.json import Json

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
def world() -> World:
    """A world with the namespace default."""
    world = World()
    world.http("POST", "/api/v1/namespaces", body={"metadata": {"name": "default"}})
    return world


def names(document: Json, key: str = "name") -> list[Any]:
    """The names in a discovery document."""
    return [resource[key] for resource in document["resources"]]


def test_discovery_lists_what_is_served(world: World) -> None:
    """A client finds the resources of the core group and of others, with their subresources."""
    core = world.http("GET", "/api/v1").body
    assert {"pods", "pods/status", "pods/binding", "namespaces/finalize"} <= set(names(core))
    assert "replicasets/scale" in names(world.http("GET", "/apis/apps/v1").body)
    groups = [group["name"] for group in world.http("GET", "/apis").body["groups"]]
    assert "apps" in groups
    assert "ok" == world.http("GET", "/readyz").body


def test_an_unknown_field_is_a_warning_or_an_error(world: World) -> None:
    """By default an unknown field is dropped with a warning; under Strict the request fails."""
    body = {"metadata": {"name": "a"}, "dta": {"k": "v"}}
    answer = world.http("POST", CONFIG_MAPS, body=body)
    assert 201 == answer.status
    assert r'299 - "unknown field \"dta\""' == answer.headers["Warning"]
    assert "dta" not in answer.body
    strict = world.http("POST", CONFIG_MAPS, {"fieldValidation": "Strict"}, body)
    assert 400 == strict.status
    quiet = world.http("PUT", f"{CONFIG_MAPS}/a", {"fieldValidation": "Ignore"}, body)
    assert (200, {}) == (quiet.status, dict(quiet.headers))


def test_yaml_is_read_too(world: World) -> None:
    """A manifest can be posted as it is."""
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y\ndata:\n  a: 'b'\n"
    answer = world.http("POST", CONFIG_MAPS, body=body, content_type="application/yaml")
    assert (201, {"a": "b"}) == (answer.status, answer.body["data"])


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status"),
    [
        ("POST", CONFIG_MAPS, b"{", "application/json", 400),
        ("POST", CONFIG_MAPS, b"<a/>", "text/xml", 415),
        ("POST", CONFIG_MAPS, b'{"kind": "Pod", "apiVersion": "v1"}', "application/json", 400),
        ("DELETE", "/api/v1/namespaces", b"", "application/json", 405),
        ("GET", "/api/v1/namespaces/default/pods/p/nothing", b"", "application/json", 404),
        ("GET", "/api/v1/nodes/n/status/deep", b"", "application/json", 404),
        ("POST", "/api/v1/configmaps", b'{"metadata": {"name": "a"}}', "application/json", 405),
        ("DELETE", "/api/v1/namespaces/default", b"", "application/json", 403),
    ],
)
def test_what_cannot_be_served_has_its_code(
    world: World, method: str, path: str, body: bytes, content_type: str, status: int
) -> None:
    """Broken bodies, wrong media types and paths that lead nowhere are told apart."""
    answer = world.http(method, path, body=body, content_type=content_type)
    assert status == answer.status, answer.body
    assert "Failure" == answer.body["status"]


def test_who_is_impersonated_is_who_writes(world: World) -> None:
    """The Impersonate-User header names the author of a write."""
    from windtunnel.model.facts import Committed

    authors: list[str] = []
    world.facts.subscribe(Committed, lambda fact: authors.append(fact.change.by))
    headers = {"Impersonate-User": "jane", "Impersonate-Group": ["developers"]}
    world.http("POST", CONFIG_MAPS, body={"metadata": {"name": "a"}}, headers=headers)
    assert ["jane"] == authors


def test_a_watch_streams_documents(world: World) -> None:
    """A watch over REST is a stream of events with whole objects in them."""
    answer = world.http("GET", CONFIG_MAPS, {"watch": "1"})
    reader = WatchReader(world, answer)
    world.http("POST", CONFIG_MAPS, body={"metadata": {"name": "a"}})
    world.run_for(10)
    assert [("ADDED", "ConfigMap", "a")] == [
        (event["type"], event["object"]["kind"], event["object"]["metadata"]["name"])
        for event in reader.take()
    ]


def test_dry_run_changes_nothing(world: World) -> None:
    """Every verb with dryRun=All answers as if, and writes nothing."""
    world.http("POST", CONFIG_MAPS, body={"metadata": {"name": "a"}})
    before = world.store.revision
    dry = {"dryRun": "All"}
    merge = "application/merge-patch+json"
    statuses = [
        world.http("POST", CONFIG_MAPS, dry, {"metadata": {"name": "b"}}).status,
        world.http("POST", CONFIG_MAPS, dry, {"metadata": {"name": "a"}}).status,
        world.http(
            "PUT", f"{CONFIG_MAPS}/a", dry, {"metadata": {"name": "a"}, "data": {"x": "1"}}
        ).status,
        world.http("PATCH", f"{CONFIG_MAPS}/a", dry, {"data": {"x": "1"}}, merge).status,
        world.http("DELETE", f"{CONFIG_MAPS}/a", dry).status,
        world.http("DELETE", CONFIG_MAPS, dry).status,
    ]
    assert [201, 409, 200, 200, 200, 200] == statuses
    assert before == world.store.revision
