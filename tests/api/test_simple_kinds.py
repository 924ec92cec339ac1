"""The kinds without a life of their own, plain kinds, and the registry of all."""

from __future__ import annotations

import pytest

from windtunnel.model.api.errors import ApiError, Cause
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.api.kinds.config_map import KIND as CONFIG_MAP
from windtunnel.model.api.kinds.event import KIND as EVENT
from windtunnel.model.api.kinds.lease import KIND as LEASE
from windtunnel.model.api.kinds.namespace import KIND as NAMESPACE
from windtunnel.model.api.kinds.plain import guess_plural, plain_kind
from windtunnel.model.api.kinds.secret import KIND as SECRET
from windtunnel.model.api.kinds.service_account import KIND as SERVICE_ACCOUNT
from windtunnel.model.objects.json import Json

REGISTRY = KindRegistry(BUILT_IN)


def made(**parts: object) -> Json:
    """An object with these parts."""
    return {"metadata": {"name": "a", "namespace": "ns", "resourceVersion": "1"}, **parts}


def shown(causes: list[Cause]) -> list[str]:
    """The causes as they are printed."""
    return [str(cause) for cause in causes]


def test_a_sealed_config_map_cannot_change() -> None:
    """`immutable` seals the data and itself."""
    old = made(immutable=True, data={"k": "v"})
    assert ["data: Forbidden: field is immutable when `immutable` is set"] == shown(
        CONFIG_MAP.strategy.validate_update(made(immutable=True, data={"k": "w"}), old)
    )
    assert ["immutable: Forbidden: field is immutable when `immutable` is set"] == shown(
        CONFIG_MAP.strategy.validate_update(made(data={"k": "v"}), old)
    )


def test_config_map_keys_and_size_are_checked() -> None:
    """Keys are file names, occur once, and all data together has at most 1 MiB."""
    validate = CONFIG_MAP.strategy.validate_own
    assert ["data[a b]"] == [cause.field for cause in validate(made(data={"a b": ""}))]
    twice = validate(made(data={"a": ""}, binaryData={"a": ""}))
    assert ["data[a]", "binaryData[a]"] == [cause.field for cause in twice]
    assert ["[]: Too long: may not be more than 1048576 bytes"] == shown(
        validate(made(data={"a": "x" * 1048577}))
    )


def test_secret_string_data_becomes_data() -> None:
    """`stringData` is written in base64 and not shown; the type is Opaque by default."""
    obj = made(stringData={"a": "hello"}, data={"b": "d29ybGQ="})
    assert made(data={"b": "d29ybGQ=", "a": "aGVsbG8="}, type="Opaque") == (
        SECRET.strategy.default(obj)
    )


def test_a_secret_keeps_its_type_and_has_what_the_type_needs() -> None:
    """The type is immutable, and a TLS secret needs certificate and key."""
    old = made(type="Opaque")
    assert ['type: Invalid value: "other": field is immutable'] == shown(
        SECRET.strategy.validate_update(made(type="other"), old)
    )
    assert ["data[tls.crt]: Required value", "data[tls.key]: Required value"] == shown(
        SECRET.strategy.validate(made(type="kubernetes.io/tls"))
    )


def test_a_namespace_starts_active_with_finalizer_and_label() -> None:
    """A new namespace is Active, held by its finalizer, and labelled with its name."""
    obj = NAMESPACE.strategy.prepare_for_create({"metadata": {"name": "b"}})
    assert {
        "metadata": {"name": "b", "labels": {"kubernetes.io/metadata.name": "b"}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    } == obj
    changed = {**obj, "spec": {}, "status": {"phase": "Terminating"}}
    assert obj == NAMESPACE.strategy.prepare_for_update(changed, obj)


def test_the_phase_of_a_namespace_follows_its_deletion() -> None:
    """A status update cannot claim that a living namespace is Terminating."""
    obj = {"metadata": {"name": "b", "resourceVersion": "1"}, "status": {"phase": "Terminating"}}
    assert [
        'status.phase: Invalid value: "Terminating": '
        "may only be 'Active' if `deletionTimestamp` is empty"
    ] == shown(NAMESPACE.strategy.validate_status_update(obj, obj))


def test_lease_numbers_must_be_possible() -> None:
    """A lease lasts longer than nothing; a PUT may create one but not overwrite blindly."""
    spec = {"leaseDurationSeconds": 0, "leaseTransitions": -1}
    assert ["spec.leaseDurationSeconds", "spec.leaseTransitions"] == [
        cause.field for cause in LEASE.strategy.validate(made(spec=spec))
    ]
    assert LEASE.strategy.allow_create_on_update
    assert not LEASE.strategy.allow_unconditional_update


def test_an_event_lives_beside_its_object() -> None:
    """An event in another namespace than its object is refused."""
    assert [] == EVENT.strategy.validate(made(involvedObject={"namespace": "ns"}))
    assert ["involvedObject.namespace"] == [
        cause.field for cause in EVENT.strategy.validate(made(involvedObject={"namespace": "x"}))
    ]


def test_service_accounts_keep_only_names_of_secrets() -> None:
    """A reference to a secret cannot reach into another namespace."""
    obj = made(secrets=[{"name": "s", "namespace": "other"}])
    assert [{"name": "s"}] == SERVICE_ACCOUNT.strategy.prepare_for_create(obj)["secrets"]


def test_field_selectors_know_the_fields_of_a_kind() -> None:
    """An unknown field is a bad request, in the words of the kind."""
    with pytest.raises(ApiError) as caught:
        CONFIG_MAP.strategy.check_selectable("data.k")
    assert (
        '"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"'
    ) == caught.value.message
    with pytest.raises(ApiError, match="field label not supported: spec"):
        SECRET.strategy.check_selectable("spec.x")


@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.resource)
def test_every_kind_supports_the_fields_it_shows(kind: Kind) -> None:
    """What an object answers to a field selector may be asked."""
    shown_fields = kind.strategy.selectable_fields({})
    assert [] == [each for each in shown_fields if each not in kind.strategy.supported_fields]


def test_unknown_kinds_are_plain_objects() -> None:
    """Any kind is accepted: its names are guessed and its fields are kept."""
    obj = {"apiVersion": "example.com/v1", "kind": "Policy", "spec": {"a": None}}
    kind = REGISTRY.for_object(obj)
    assert ("policies", "example.com", True) == (kind.plural, kind.group, kind.namespaced)
    assert REGISTRY.by_resource("example.com", "v1", "policies") is None
    served = REGISTRY.with_objects([obj])
    assert "Policy" == served.in_group_version("example.com", "v1")[0].kind
    assert ["ingresses", "endpoints", "networkpolicies", "widgets"] == [
        guess_plural(each) for each in ("Ingress", "Endpoints", "NetworkPolicy", "Widget")
    ]


def test_a_plain_object_counts_its_generations() -> None:
    """Every change outside of metadata is a new generation, as for custom resources."""
    strategy = plain_kind("example.com", "v1", "Widget").strategy
    first = strategy.prepare_for_create(made(spec={"a": 1}))
    assert 1 == first["metadata"]["generation"]
    second = strategy.prepare_for_update({**first, "spec": {"a": 2}}, first)
    assert 2 == second["metadata"]["generation"]
    assert second is strategy.prepare_for_update(second, second)


def test_well_known_kinds_have_their_scope() -> None:
    """Cluster-scoped kinds are known as such, and a modelled kind replaces a plain one."""
    storage_class = REGISTRY.by_kind("storage.k8s.io", "v1", "StorageClass")
    assert storage_class is not None and not storage_class.namespaced
    replaced = REGISTRY.register(plain_kind("", "v1", "ConfigMap", namespaced=False))
    config_map = replaced.by_kind("", "v1", "ConfigMap")
    assert config_map is not None and not config_map.namespaced
    assert len(REGISTRY.kinds) == len(replaced.kinds)


def test_discovery_lists_what_is_served() -> None:
    """The discovery documents list versions, groups, kinds and subresources."""
    assert {"kind": "APIVersions", "versions": ["v1"]} == REGISTRY.api_versions()
    listed = REGISTRY.api_resource_list("", "v1")
    assert listed is not None
    names = {each["name"]: each["kind"] for each in listed["resources"]}
    assert ("Pod", "Binding", "Namespace") == (
        names["pods"],
        names["pods/binding"],
        names["namespaces/finalize"],
    )
    assert REGISTRY.api_resource_list("nope.example", "v1") is None
    assert REGISTRY.api_group("apps") is not None
    assert "apps" in [group["name"] for group in REGISTRY.api_group_list()["groups"]]
