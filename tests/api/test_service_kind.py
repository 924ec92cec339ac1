"""Services: defaults, validation, changes of type, and the steps around the allocation of addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from windtunnel.model.api.decoder import decode
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kinds.service import KIND, allocation
from windtunnel.model.api.kinds.service.fields import needs_node_ports

METADATA = {"name": "s", "namespace": "ns", "uid": "u", "resourceVersion": "1"}
PORT = {"port": 80}
STRATEGY = KIND.strategy


def read(spec: dict[str, Any], name: str = "s") -> dict[str, Any]:
    """A service as it is after reading and defaulting, before allocation."""
    fields = {"ports": [PORT], **spec}
    body = {"metadata": {**METADATA, "name": name}, "spec": fields}
    decoded, _ = decode(KIND.schema, body)
    return STRATEGY.default(decoded)


def allocated(service: dict[str, Any]) -> dict[str, Any]:
    """The service with all that it is missing, from a server that hands out the same values always."""
    missing = allocation.missing_cluster_ips(service)
    if missing:
        given = service["spec"].get("clusterIPs") or []
        service = allocation.with_cluster_ips(service, [*given, *("10.0.0.5" for _ in missing)])
    if needs_node_ports(service):
        ports = service["spec"].get("ports") or []
        numbers = [port.get("nodePort") or 31000 + index for index, port in enumerate(ports)]
        service = allocation.with_node_ports(service, numbers)
    return service


def create(spec: dict[str, Any], name: str = "s") -> tuple[dict[str, Any], list[Cause]]:
    """A new service as the server would store it, and what is wrong with it."""
    service, causes = allocation.begin_create(read(spec, name))
    if causes:
        return service, causes
    service = STRATEGY.prepare_for_create(allocated(service))
    return service, STRATEGY.validate(service)


def update(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], list[Cause]]:
    """The new service as the server would store it, and what is wrong with it or with the change."""
    new, causes = allocation.begin_update(STRATEGY.default(new), old)
    if causes:
        return new, causes
    new = STRATEGY.prepare_for_update(allocated(new), old)
    return new, STRATEGY.validate_update(new, old)


def stored(spec: dict[str, Any]) -> dict[str, Any]:
    """A service that is fine."""
    service, causes = create(spec)
    assert [] == causes
    return service


def merged(old: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """What a merge patch of the spec makes of the old service."""
    fields = {**old["spec"], **spec}
    return {**old, "spec": {key: value for key, value in fields.items() if value is not None}}


def fields_of(causes: Sequence[Cause]) -> list[tuple[str, str]]:
    """Fields and reasons."""
    return [(cause.field, cause.reason) for cause in causes]


def test_a_minimal_service_gets_every_default_and_an_address() -> None:
    """The stored service is the one the real server returns."""
    expected = {
        "clusterIP": "10.0.0.5",
        "clusterIPs": ["10.0.0.5"],
        "internalTrafficPolicy": "Cluster",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "sessionAffinity": "None",
        "type": "ClusterIP",
    }
    service = stored({})
    assert (expected, {"loadBalancer": {}}) == (service["spec"], service["status"])


def test_defaulting_twice_returns_the_same_object() -> None:
    """A service with its defaults is returned as it is."""
    service = stored({"type": "LoadBalancer", "sessionAffinity": "ClientIP"})
    assert service is STRATEGY.default(service)


@pytest.mark.parametrize(("target", "expected"), [(None, 80), (0, 80), ("", 80), ("web", "web")])
def test_the_target_port_defaults_to_the_port(target: Any, expected: Any) -> None:
    """A missing, zero or empty target port is the port itself."""
    port = PORT if target is None else {**PORT, "targetPort": target}
    assert expected == stored({"ports": [port]})["spec"]["ports"][0]["targetPort"]


def test_client_affinity_lasts_three_hours_and_none_has_no_settings() -> None:
    """ClientIP gets a timeout of 10800 s; with None any settings are dropped."""
    config = stored({"sessionAffinity": "ClientIP"})["spec"]["sessionAffinityConfig"]
    assert {"clientIP": {"timeoutSeconds": 10800}} == config
    given = {"clientIP": {"timeoutSeconds": 10}}
    assert "sessionAffinityConfig" not in stored({"sessionAffinityConfig": given})["spec"]


def test_a_headless_service_without_selector_is_of_both_families() -> None:
    """It is RequireDualStack even on a single-stack cluster; with a selector it is not."""
    alone = stored({"clusterIP": "None"})["spec"]
    found = (alone["clusterIPs"], alone["ipFamilies"], alone["ipFamilyPolicy"])
    assert (["None"], ["IPv4", "IPv6"], "RequireDualStack") == found
    selecting = stored({"clusterIP": "None", "selector": {"a": "b"}})["spec"]
    assert (["IPv4"], "SingleStack") == (selecting["ipFamilies"], selecting["ipFamilyPolicy"])


def test_an_external_name_has_neither_address_nor_families() -> None:
    """ExternalName services get no address, no families and no internal policy."""
    spec = stored({"type": "ExternalName", "externalName": "x.example.com"})["spec"]
    for key in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"):
        assert key not in spec


@pytest.mark.parametrize(
    ("name", "valid"),
    [("a", True), ("1abc", True), ("a.b", False), ("A", False), ("-a", False), ("a" * 64, False)],
)
def test_service_names_are_dns_labels(name: str, valid: bool) -> None:
    """A leading digit is fine, dots and capitals are not."""
    expected = [] if valid else [("metadata.name", "FieldValueInvalid")]
    assert expected == fields_of(create({}, name)[1])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"ports": []}, [("spec.ports", "FieldValueRequired")]),
        (
            {"ports": [PORT, {"port": 81}]},
            [
                ("spec.ports[0].name", "FieldValueRequired"),
                ("spec.ports[1].name", "FieldValueRequired"),
            ],
        ),
        (
            {"ports": [{"name": "a", "port": 80}, {"name": "a", "port": 81}]},
            [("spec.ports[1].name", "FieldValueDuplicate")],
        ),
        (
            {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]},
            [("spec.ports[1]", "FieldValueDuplicate")],
        ),
        (
            {"ports": [{"port": 0}]},
            [
                ("spec.ports[0].port", "FieldValueInvalid"),
                ("spec.ports[0].targetPort", "FieldValueInvalid"),
            ],
        ),
        (
            {"ports": [{**PORT, "targetPort": "UPPER"}]},
            [("spec.ports[0].targetPort", "FieldValueInvalid")] * 2,
        ),
        (
            {"ports": [{**PORT, "protocol": "tcp"}]},
            [("spec.ports[0].protocol", "FieldValueNotSupported")],
        ),
        (
            {"ports": [{**PORT, "nodePort": 30000}]},
            [("spec.ports[0].nodePort", "FieldValueForbidden")],
        ),
        ({"type": "Bogus"}, [("spec.type", "FieldValueNotSupported")]),
        ({"type": "ExternalName"}, [("spec.externalName", "FieldValueRequired")]),
        (
            {"type": "ExternalName", "externalName": "a.b", "clusterIP": "10.0.0.9"},
            [("spec.clusterIPs", "FieldValueForbidden")],
        ),
        (
            {"type": "NodePort", "clusterIP": "None"},
            [("spec.clusterIPs[0]", "FieldValueInvalid")],
        ),
        ({"clusterIP": "none"}, [("spec.clusterIPs[0]", "FieldValueInvalid")]),
        ({"clusterIP": "fd00::1"}, [("spec.clusterIPs[0]", "FieldValueInvalid")]),
        (
            {"clusterIPs": ["10.0.0.8", "10.0.0.9"]},
            [("spec.clusterIPs", "FieldValueInvalid")] * 2,
        ),
        ({"ipFamilies": ["IPv6"]}, [("spec.ipFamilies[0]", "FieldValueInvalid")]),
        ({"ipFamilies": ["IPv5"]}, [("spec.ipFamilies[0]", "FieldValueNotSupported")]),
        ({"ipFamilyPolicy": "RequireDualStack"}, [("spec.ipFamilyPolicy", "FieldValueInvalid")]),
        ({"sessionAffinity": "Cookie"}, [("spec.sessionAffinity", "FieldValueNotSupported")]),
        ({"externalTrafficPolicy": "Local"}, [("spec.externalTrafficPolicy", "FieldValueInvalid")]),
        (
            {"type": "NodePort", "externalTrafficPolicy": "Odd"},
            [("spec.externalTrafficPolicy", "FieldValueNotSupported")],
        ),
        (
            {"internalTrafficPolicy": ""},
            [("spec.internalTrafficPolicy", "FieldValueNotSupported")],
        ),
        ({"externalIPs": ["127.0.0.1"]}, [("spec.externalIPs[0]", "FieldValueInvalid")]),
        ({"externalIPs": ["nope"]}, [("spec.externalIPs[0]", "FieldValueInvalid")]),
        (
            {"allocateLoadBalancerNodePorts": True},
            [("spec.allocateLoadBalancerNodePorts", "FieldValueForbidden")],
        ),
        (
            {"loadBalancerSourceRanges": ["10.0.0.0/8"]},
            [("spec.LoadBalancerSourceRanges", "FieldValueForbidden")],
        ),
        (
            {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0"]},
            [("spec.LoadBalancerSourceRanges", "FieldValueInvalid")],
        ),
        ({"selector": {"a b": "c"}}, [("spec.selector", "FieldValueInvalid")]),
    ],
)
def test_a_broken_service_is_refused_at_its_field(
    spec: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Each fault is reported at the real server's field and with its reason."""
    assert expected == fields_of(create(spec)[1])


@pytest.mark.parametrize(
    ("seconds", "valid"), [(0, False), (1, True), (86400, True), (86401, False)]
)
def test_affinity_lasts_a_day_at_most(seconds: int, valid: bool) -> None:
    """The timeout of client affinity is from one second to a day."""
    config = {"clientIP": {"timeoutSeconds": seconds}}
    _, causes = create({"sessionAffinity": "ClientIP", "sessionAffinityConfig": config})
    assert valid == (not causes)


@pytest.mark.parametrize("address", ["10.0.0.14", "None"])
def test_the_cluster_ip_cannot_be_changed(address: str) -> None:
    """Another clusterIP is refused with the message of the real server."""
    old = stored({})
    _, causes = update(old, merged(old, clusterIP=address))
    expected = f'spec.clusterIPs[0]: Invalid value: ["{address}"]: may not change once set'
    assert [expected] == [str(cause) for cause in causes]


def test_what_was_allocated_is_kept_when_a_put_leaves_it_out() -> None:
    """Address and node port survive a PUT without them, and a patch that clears clusterIP."""
    old = stored({"type": "NodePort"})
    new, causes = update(old, {**read({"type": "NodePort"}), "metadata": METADATA})
    assert ([], old["spec"]) == (causes, new["spec"])
    cleared, causes = update(old, merged(old, clusterIP=None))
    assert ([], old["spec"]) == (causes, cleared["spec"])


def test_a_headless_service_cannot_get_an_address() -> None:
    """Its families were settled for both, which this cluster does not have."""
    _, causes = update(stored({"clusterIP": "None"}), read({"clusterIP": "10.0.0.96"}))
    assert [("spec.ipFamilyPolicy", "FieldValueInvalid")] == fields_of(causes)


def test_changing_the_type_adds_and_drops_what_belongs_to_it() -> None:
    """NodePort adds a node port, ClusterIP drops it again, ExternalName drops the address."""
    old = stored({})
    external, causes = update(old, merged(old, type="NodePort"))
    assert ([], 31000, "Cluster") == (
        causes,
        external["spec"]["ports"][0]["nodePort"],
        external["spec"]["externalTrafficPolicy"],
    )
    back, causes = update(external, merged(external, type="ClusterIP"))
    assert ([], old["spec"]) == (causes, back["spec"])
    named, causes = update(old, merged(old, type="ExternalName", externalName="x.example.com"))
    assert [] == causes
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"} & named["spec"].keys()
    again, causes = update(named, merged(named, type="ClusterIP", externalName=None))
    assert ([], "10.0.0.5") == (causes, again["spec"]["clusterIP"])


def test_a_dual_stack_cluster_gives_a_second_address_only_where_it_is_asked_for() -> None:
    """PreferDualStack takes both families, SingleStack the default one."""
    both = ("IPv6", "IPv4")
    preferred, causes = allocation.begin_create(read({"ipFamilyPolicy": "PreferDualStack"}), both)
    assert ([], both) == (causes, allocation.missing_cluster_ips(preferred))
    single, causes = allocation.begin_create(read({}), both)
    assert ([], ("IPv6",)) == (causes, allocation.missing_cluster_ips(single))


def test_releasing_the_second_address_takes_the_single_stack_policy() -> None:
    """Two families become one by naming the policy, and only then."""
    both = ("IPv4", "IPv6")
    old, _ = allocation.begin_create(read({"ipFamilyPolicy": "RequireDualStack"}), both)
    old = allocation.with_cluster_ips(old, ["10.0.0.5", "fd00::5"])
    single, causes = allocation.begin_update(merged(old, ipFamilyPolicy="SingleStack"), old, both)
    assert ([], ["10.0.0.5"], ["IPv4"]) == (
        causes,
        single["spec"]["clusterIPs"],
        single["spec"]["ipFamilies"],
    )
    _, causes = allocation.begin_update(merged(old, clusterIPs=["10.0.0.5"]), old, both)
    assert [("spec.ipFamilyPolicy", "FieldValueInvalid")] == fields_of(causes)


def test_field_selectors_see_address_and_type() -> None:
    """spec.clusterIP and spec.type can be selected on."""
    fields = STRATEGY.selectable_fields(stored({}))
    assert ("10.0.0.5", "ClusterIP") == (fields["spec.clusterIP"], fields["spec.type"])
