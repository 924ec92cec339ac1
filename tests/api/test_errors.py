"""API errors print, and turn into Status objects, as the real server's do."""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ResourceName

PODS = ResourceName("Pod", "pods")
REPLICA_SETS = ResourceName("ReplicaSet", "replicasets", "apps")


def test_a_missing_object_is_named_by_its_qualified_resource() -> None:
    """A 404 says which resource, with its group, and which name."""
    error = errors.not_found_error(REPLICA_SETS, "web")
    assert 'replicasets.apps "web" not found' == error.message
    assert errors.is_not_found(error)
    assert {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'replicasets.apps "web" not found',
        "reason": "NotFound",
        "details": {"name": "web", "group": "apps", "kind": "replicasets"},
        "code": 404,
    } == error.status()


def test_an_invalid_object_lists_its_causes_in_brackets() -> None:
    """Several causes are joined in brackets, one stands alone, and equal ones are printed once."""
    one = errors.required("spec.containers")
    two = errors.invalid("metadata.name", "A", "is bad")
    assert 'Pod "p" is invalid: spec.containers: Required value' == (
        errors.invalid_error(PODS, "p", [one]).message
    )
    several = errors.invalid_error(PODS, "p", [one, two, two])
    assert (
        'Pod "p" is invalid: [spec.containers: Required value, '
        'metadata.name: Invalid value: "A": is bad]'
    ) == several.message
    assert 3 == len(several.status()["details"]["causes"])


def test_each_cause_has_its_reason_and_wording() -> None:
    """Each sort of cause has the reason and the text clients match on."""
    expected = {
        ("FieldValueInvalid", 'Invalid value: ["a"]: no'): errors.invalid("f", ["a"], "no"),
        ("FieldValueDuplicate", 'Duplicate value: "c"'): errors.duplicate("f", "c"),
        (
            "FieldValueNotSupported",
            'Unsupported value: "Bad": supported values: "Equal", "Exists"',
        ): errors.not_supported("f", "Bad", ("Equal", "Exists")),
        ("FieldValueForbidden", "Forbidden: never"): errors.forbidden("f", "never"),
        ("FieldValueNotFound", 'Not found: "v"'): errors.not_found("f", "v"),
        ("FieldValueTooLong", "Too long: may not be more than 5 bytes"): errors.too_long("f", 5),
        ("FieldValueTooMany", "Too many: 3: must have at most 1 item"): errors.too_many("f", 3, 1),
        ("FieldValueTypeInvalid", "Invalid value: 1: must be text"): errors.type_invalid(
            "f", 1, "must be text"
        ),
    }
    for (reason, message), cause in expected.items():
        assert (reason, message) == (cause.reason, cause.message)


def test_a_status_can_be_turned_back_into_its_error() -> None:
    """A client that receives a Status raises the error the server meant."""
    error = errors.too_large_resource_version(9, 3)
    again = errors.error_from_status(error.status())
    assert error.status() == again.status()
    assert errors.is_too_large_resource_version(again)
    assert (504, "Timeout") == (again.code, again.reason)


def test_the_predicates_tell_errors_apart() -> None:
    """Callers can ask an error what it is without looking at codes."""
    assert errors.is_conflict(errors.conflict(PODS, "p"))
    assert errors.is_already_exists(errors.generate_name_conflict(PODS, "p-1"))
    assert errors.is_gone(errors.gone("too old"))
    assert errors.is_invalid(errors.unprocessable_entity())
    assert not errors.is_not_found(ValueError("x"))
