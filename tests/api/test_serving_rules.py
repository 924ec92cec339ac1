"""What the API server refuses in an ingress and in an event, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import Json, wrong
from windtunnel.model.api.kinds.event import KIND as EVENT
from windtunnel.model.api.kinds.ingress import KIND as INGRESS

Wrong = list[tuple[str, str]]


def service(called: str = "web", **port: Any) -> Json:
    """A backend that is a service."""
    return {"service": {"name": called, "port": port or {"number": 80}}}


OTHER: Json = {"resource": {"apiGroup": "example.com", "kind": "Bucket", "name": "files"}}


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        (service(), []),
        (service("web", name="http"), []),
        (OTHER, []),
        ({**service(), **OTHER}, [("", "Invalid")]),
        ({}, [("", "Invalid")]),
        ({"resource": {"kind": "Bucket"}}, [(".resource.name", "Required")]),
        (service(""), [(".service.name", "Required")]),
        (service("web", name="http", number=80), [(".service", "Invalid")]),
        (service("web", name="Not valid"), [(".service.port.name", "Invalid")]),
        (service("web", number=70_000), [(".service.port.number", "Invalid")]),
    ],
)
def test_a_backend_is_one_thing_that_can_be_found(backend: Json, expected: Wrong) -> None:
    """A service by name and port, or another resource."""
    found = wrong(INGRESS, spec={"defaultBackend": backend})
    assert [(f"spec.defaultBackend{field}", reason) for field, reason in expected] == list(
        dict.fromkeys(found)
    )


@pytest.mark.parametrize(
    ("path", "kind", "expected"),
    [
        ("/a", "Prefix", []),
        ("", "ImplementationSpecific", []),
        ("/a", "", [("pathType", "Required")]),
        ("/a", "Regex", [("pathType", "NotSupported")]),
        ("a", "Exact", [("path", "Invalid")]),
        ("/a//b", "Exact", [("path", "Invalid")]),
        ("/a/..", "Prefix", [("path", "Invalid")]),
        ("/a/../b", "Prefix", [("path", "Invalid")]),
    ],
)
def test_a_path_begins_at_the_root_and_stays_there(path: str, kind: str, expected: Wrong) -> None:
    """However it is matched."""
    entry = {"path": path, "pathType": kind, "backend": service()}
    given = {key: value for key, value in entry.items() if value}
    found = wrong(INGRESS, spec={"rules": [{"http": {"paths": [given]}}]})
    where = "spec.rules[0].http.paths[0]"
    assert [(f"{where}.{field}", reason) for field, reason in expected] == found


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"rules": [{"host": "*.example.com"}]}, []),
        ({"rules": [{"host": "1.2.3.4"}]}, [("rules[0].host", "Invalid")]),
        ({"rules": [{"host": "Not valid"}]}, [("rules[0].host", "Invalid")]),
        ({"rules": [{"http": {"paths": []}}]}, [("rules[0].http.paths", "Required")]),
        ({"defaultBackend": service(), "tls": [{"hosts": ["example.com", "*.example.com"]}]}, []),
        (
            {"defaultBackend": service(), "tls": [{"hosts": ["a_b"]}]},
            [("tls[0].hosts[0]", "Invalid")],
        ),
        ({"defaultBackend": service(), "ingressClassName": "A"}, [("ingressClassName", "Invalid")]),
        ({"defaultBackend": service(), "ingressClassName": "nginx"}, []),
        ({}, [("", "Invalid")]),
    ],
)
def test_an_ingress_has_hosts_that_can_be_asked_for(spec: Json, expected: Wrong) -> None:
    """Names, perhaps with a star in front, and somebody who answers."""
    found = wrong(INGRESS, spec=spec)
    assert [(f"spec.{field}" if field else "spec", reason) for field, reason in expected] == found


NEW: Json = {
    "eventTime": "2024-01-01T00:00:00.000000Z",
    "reportingComponent": "example.com/controller",
    "reportingInstance": "controller-1",
    "action": "Scaling",
    "reason": "ScaledUp",
    "involvedObject": {"kind": "Pod", "name": "p", "namespace": "ns"},
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"reportingComponent": ""}, [("reportingComponent", "Required")]),
        ({"reportingComponent": "not valid"}, [("reportingComponent", "Invalid")]),
        ({"action": ""}, [("action", "Required")]),
        ({"reportingInstance": "i" * 129}, [("reportingInstance", "Invalid")]),
        ({"message": "m" * 1_025}, [("message", "Invalid")]),
        ({"eventTime": None, "action": "", "reason": ""}, []),
    ],
)
def test_an_event_of_the_new_sort_says_who_did_what(fields: Json, expected: Wrong) -> None:
    """In few words; an old one, without a time of its own, need not."""
    given = {key: value for key, value in {**NEW, **fields}.items() if value is not None}
    assert expected == wrong(EVENT, **given)
