"""What the API server refuses in a pod, field by field: containers, environment, mounts, DNS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import Json, made, pairs, wrong
from windtunnel.model.api.kinds.pod import KIND

CONTAINER: Json = {"name": "c", "image": "img:1"}
VOLUME: Json = {"name": "v", "emptyDir": {}}
Wrong = list[tuple[str, str]]


def wrong_pod(**spec: Any) -> Wrong:
    """Fields of the spec, and reasons."""
    found = wrong(KIND, spec={"containers": [CONTAINER], **spec})
    return [(field.removeprefix("spec."), reason) for field, reason in found]


def wrong_container(**fields: Any) -> Wrong:
    """Fields of the only container, and reasons."""
    found = wrong_pod(containers=[{**CONTAINER, **fields}], volumes=[VOLUME])
    return [(field.removeprefix("containers[0]."), reason) for field, reason in found]


# -- containers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ({"containerPort": 80, "protocol": "ICMP"}, [("protocol", "NotSupported")]),
        ({"containerPort": 80, "hostPort": 65536}, [("hostPort", "Invalid")]),
        ({"hostPort": 80}, [("containerPort", "Required")]),
        ({"containerPort": 80, "name": "Web"}, [("name", "Invalid")]),
        ({"containerPort": 80, "name": "http", "protocol": "SCTP"}, []),
    ],
)
def test_a_port_has_a_number_and_a_protocol(port: Json, expected: Wrong) -> None:
    """Between 1 and 65535, of one of three protocols."""
    assert [(f"ports[0].{key}", reason) for key, reason in expected] == wrong_container(
        ports=[port]
    )


def test_port_names_are_unique_in_a_container() -> None:
    """Two ports of one name could not be told apart."""
    ports = [{"containerPort": number, "name": "http"} for number in (80, 81)]
    assert [("ports[1].name", "Duplicate")] == wrong_container(ports=ports)


@pytest.mark.parametrize(
    ("mount", "expected"),
    [
        ({"mountPath": "/a"}, [("name", "Required")]),
        ({"name": "v"}, [("mountPath", "Required")]),
        ({"name": "other", "mountPath": "/a"}, [("name", "NotFound")]),
        ({"name": "v", "mountPath": "/a", "subPath": "/b"}, [("subPath", "Invalid")]),
        ({"name": "v", "mountPath": "/a", "subPath": "b/../c"}, [("subPath", "Invalid")]),
        (
            {"name": "v", "mountPath": "/a", "subPathExpr": "/../b"},
            [("subPathExpr", "Invalid")] * 2,
        ),
        (
            {"name": "v", "mountPath": "/a", "subPath": "b", "subPathExpr": "c"},
            [("subPathExpr", "Invalid")],
        ),
        (
            {"name": "v", "mountPath": "/a", "mountPropagation": "Both"},
            [("mountPropagation", "NotSupported")],
        ),
        ({"name": "v", "mountPath": "/a", "subPath": "b", "mountPropagation": "None"}, []),
    ],
)
def test_a_mount_names_a_volume_and_a_place_inside(mount: Json, expected: Wrong) -> None:
    """A path below the volume is relative and does not climb out of it."""
    where = [(f"volumeMounts[0].{key}", reason) for key, reason in expected]
    assert where == wrong_container(volumeMounts=[mount])


def test_two_volumes_cannot_be_mounted_at_one_place() -> None:
    """The second would hide the first."""
    mounts = [{"name": "v", "mountPath": "/a"}] * 2
    assert [("volumeMounts[1].mountPath", "Invalid")] == wrong_container(volumeMounts=mounts)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"runAsUser": -1}, ["securityContext.runAsUser"]),
        ({"runAsGroup": 2**31}, ["securityContext.runAsGroup"]),
        ({"runAsUser": 0, "runAsGroup": 2**31 - 1}, []),
        ({"allowPrivilegeEscalation": False, "privileged": True}, ["securityContext"]),
        (
            {"allowPrivilegeEscalation": False, "capabilities": {"add": ["SYS_ADMIN"]}},
            ["securityContext"],
        ),
        ({"allowPrivilegeEscalation": False, "capabilities": {"add": ["NET_ADMIN"]}}, []),
        ({"allowPrivilegeEscalation": True, "privileged": True}, []),
    ],
)
def test_a_security_context_does_not_contradict_itself(context: Json, expected: list[str]) -> None:
    """Who may not gain privileges has not got them all, and users are numbers of 31 bits."""
    where = [(field, "Invalid") for field in expected]
    assert where == wrong_container(securityContext=context)


def test_the_pods_own_security_context_has_numbers_too() -> None:
    """Its group of files as well."""
    context = {"runAsUser": -1, "fsGroup": -5, "runAsNonRoot": True}
    expected = [("securityContext.runAsUser", "Invalid"), ("securityContext.fsGroup", "Invalid")]
    assert expected == wrong_pod(securityContext=context)


PROBE: Json = {"tcpSocket": {"port": 80}}
HOOK: Json = {"preStop": {"exec": {"command": ["true"]}}}


def test_only_what_goes_on_running_can_be_probed() -> None:
    """An init container that ends has neither probes nor hooks; a sidecar has."""
    init = {"name": "i", "image": "img:1", "readinessProbe": PROBE, "lifecycle": HOOK}
    assert [
        ("initContainers[0].lifecycle", "Forbidden"),
        ("initContainers[0].readinessProbe", "Forbidden"),
    ] == wrong_pod(initContainers=[init])
    assert [] == wrong_pod(initContainers=[{**init, "restartPolicy": "Always"}])


def test_a_container_for_debugging_has_no_ports_and_no_probes() -> None:
    """And comes later than the pod."""
    debug = {
        "name": "d",
        "image": "img:1",
        "livenessProbe": PROBE,
        "ports": [{"containerPort": 80}],
    }
    assert [
        ("ephemeralContainers[0].livenessProbe", "Forbidden"),
        ("ephemeralContainers[0].ports", "Forbidden"),
        ("ephemeralContainers", "Forbidden"),
    ] == wrong_pod(ephemeralContainers=[debug])


# -- environment -------------------------------------------------------------------------------------------------------


def reference(**fields: Any) -> Json:
    """A reference to a key of an object."""
    return {"name": "object", "key": "key", **fields}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({}, [("", "Invalid")]),
        ({"fieldRef": {"fieldPath": "metadata.name"}}, []),
        ({"fieldRef": {"fieldPath": "metadata.labels['app']"}}, []),
        ({"fieldRef": {"fieldPath": "metadata.annotations['Example.com/A']"}}, []),
        ({"fieldRef": {"fieldPath": "metadata.labels['not valid']"}}, [(".fieldRef", "Invalid")]),
        ({"fieldRef": {"fieldPath": ""}}, [(".fieldRef.fieldPath", "Required")]),
        ({"fieldRef": {"fieldPath": "status.phase"}}, [(".fieldRef.fieldPath", "NotSupported")]),
        ({"resourceFieldRef": {"resource": "limits.cpu"}}, []),
        ({"resourceFieldRef": {}}, [(".resourceFieldRef.resource", "Required")]),
        ({"configMapKeyRef": reference()}, []),
        ({"configMapKeyRef": reference(name="")}, [(".configMapKeyRef.name", "Required")]),
        ({"secretKeyRef": reference(key="")}, [(".secretKeyRef.key", "Required")]),
        ({"secretKeyRef": reference(key="a b")}, [(".secretKeyRef.key", "Invalid")]),
        ({"secretKeyRef": reference(), "configMapKeyRef": reference()}, [("", "Invalid")]),
    ],
)
def test_a_variable_has_one_source_that_can_be_found(source: Json, expected: Wrong) -> None:
    """A field of the pod, a resource of a container, or a key of a config map or secret."""
    where = [(f"env[0].valueFrom{key}", reason) for key, reason in expected]
    assert where == wrong_container(env=[{"name": "A", "valueFrom": source}])


def test_a_variable_has_either_a_value_or_a_source() -> None:
    """An empty value is none."""
    source = {"configMapKeyRef": reference()}
    variable = {"name": "A", "value": "a", "valueFrom": source}
    assert [("env[0].valueFrom", "Invalid")] == wrong_container(env=[variable])
    assert [] == wrong_container(env=[{**variable, "value": ""}])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"configMapRef": {"name": "a"}}, []),
        ({"prefix": "A_", "secretRef": {"name": "a"}}, []),
        ({"prefix": "A=", "secretRef": {"name": "a"}}, [(".prefix", "Invalid")]),
        ({}, [("", "Invalid")]),
        ({"configMapRef": {"name": "a"}, "secretRef": {"name": "a"}}, [("", "Invalid")]),
        ({"secretRef": {}}, [(".secretRef.name", "Required")]),
    ],
)
def test_a_whole_environment_comes_from_one_object(source: Json, expected: Wrong) -> None:
    """That has a name, under a prefix that can begin a variable."""
    where = [(f"envFrom[0]{key}", reason) for key, reason in expected]
    assert where == wrong_container(envFrom=[source])


# -- the pod -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"nameservers": ["1.2.3.4"], "options": [{"name": "ndots", "value": "2"}]}, []),
        ({"nameservers": []}, [("nameservers", "Required")]),
        ({"nameservers": ["1.2.3.4"] * 4}, [("nameservers", "Invalid")]),
        ({"nameservers": ["dns"]}, [("nameservers[0]", "Invalid")]),
        ({"nameservers": ["1.2.3.4"], "searches": ["a.b"] * 33}, [("searches", "Invalid")]),
        ({"nameservers": ["1.2.3.4"], "options": [{"value": "2"}]}, [("options[0]", "Required")]),
    ],
)
def test_a_pod_that_brings_its_own_dns_names_a_few_servers(config: Json, expected: Wrong) -> None:
    """One to three addresses, and at most 32 places to search."""
    where = [(f"dnsConfig.{key}", reason) for key, reason in expected]
    assert where == wrong_pod(dnsPolicy="None", dnsConfig=config)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"preemptionPolicy": "Sometimes"}, [("preemptionPolicy", "NotSupported")]),
        ({"preemptionPolicy": "Never"}, []),
        ({"hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a.b"]}]}, []),
        (
            {"hostAliases": [{"ip": "here", "hostnames": ["A"]}]},
            [("hostAliases[0].ip", "Invalid"), ("hostAliases[0].hostnames", "Invalid")],
        ),
        ({"overhead": {"cpu": "-1"}}, [("overhead[cpu]", "Invalid")]),
        ({"os": {"name": ""}}, [("os.name", "Required")]),
        ({"os": {"name": "plan9"}}, [("os.name", "NotSupported")]),
        ({"os": {"name": "linux"}}, []),
        ({"shareProcessNamespace": True, "hostPID": True}, [("shareProcessNamespace", "Invalid")]),
        ({"shareProcessNamespace": True}, []),
        (
            {"hostname": "A.b", "subdomain": "a.b"},
            [("hostname", "Invalid"), ("subdomain", "Invalid")],
        ),
    ],
)
def test_what_a_pod_rarely_says_is_looked_at_too(spec: Json, expected: Wrong) -> None:
    """Fields that most pods do not have."""
    found = list(dict.fromkeys(wrong_pod(**spec)))
    assert expected == found


# -- resources of the whole pod ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resources", "containers", "expected"),
    [
        ({"limits": {"cpu": "2"}}, ["1", "500m"], {"cpu": "1500m"}),
        ({"limits": {"cpu": "2"}}, [None], {"cpu": "2"}),
        ({"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}, ["100m"], {"cpu": "1"}),
        ({"requests": {"memory": "1Gi"}}, [None], {"memory": "1Gi"}),
    ],
)
def test_a_pod_asks_as_a_whole_for_what_its_containers_ask(
    resources: Json, containers: list[str | None], expected: Json
) -> None:
    """What it says itself comes first, then the sum of its containers, then its limit."""
    each = [
        {**CONTAINER, "name": f"c-{number}", "resources": {"requests": {"cpu": cpu}} if cpu else {}}
        for number, cpu in enumerate(containers)
    ]
    made_pod = made(KIND, spec={"containers": each, "resources": resources})
    assert expected == made_pod["spec"]["resources"]["requests"]
    assert [] == pairs(KIND.strategy.validate(made_pod))


def test_one_address_of_a_status_is_both_the_single_and_the_first() -> None:
    """Old clients write one field, new ones the other; where they differ the single one counts."""
    for status in ({"podIPs": [{"ip": "10.0.0.1"}]}, {"podIP": "10.0.0.1"}):
        default = KIND.strategy.default({"spec": {"containers": [CONTAINER]}, "status": status})
        assert {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]} == default["status"]
    both = {"podIP": "10.0.0.2", "podIPs": [{"ip": "10.0.0.1"}]}
    default = KIND.strategy.default({"spec": {"containers": [CONTAINER]}, "status": both})
    assert [{"ip": "10.0.0.2"}] == default["status"]["podIPs"]
