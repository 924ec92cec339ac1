"""Reading documents by a schema: pruning, types, canonical values, warnings, sharing."""

from __future__ import annotations

import pytest

from windtunnel.model.api.body import decode_body, decode_patch, read_object
from windtunnel.model.api.decoder import decode
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kinds.config_map import KIND as CONFIG_MAP
from windtunnel.model.api.schema import (
    ANY,
    BYTES,
    FLAG,
    INT_OR_STRING,
    INTEGER,
    MICRO_TIME,
    POINTER_STRING,
    QUANTITIES,
    STRING,
    STRING_MAP,
    STRINGS,
    TIME,
    ListOf,
    MapOf,
    Object,
    resource,
)
from windtunnel.model.api.shared_json import Shared, remembered
from windtunnel.model.objects.json import Json

PART = Object({"name": STRING, "count": INTEGER, "size": QUANTITIES, "at": TIME}, "Part")
WIDGET = resource(
    "Widget",
    {
        "spec": Object(
            {
                "parts": ListOf(PART),
                "labels": STRING_MAP,
                "free": ANY,
                "flag": FLAG,
                "text": STRING,
                "pointer": POINTER_STRING,
                "words": STRINGS,
                "port": INT_OR_STRING,
                "data": MapOf(BYTES),
                "renewed": MICRO_TIME,
            },
            "WidgetSpec",
            shared=True,
        )
    },
)


def widget(**spec: object) -> Json:
    """A document with this spec."""
    return {"apiVersion": "v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec}


def read(**spec: object) -> Json:
    """The spec as it is kept."""
    result: Json = decode(WIDGET, widget(**spec))[0]["spec"]
    return result


def test_unknown_fields_are_dropped_and_free_ones_kept() -> None:
    """A field outside the schema does not reach the store, a free field is not touched."""
    spec = read(parts=[{"name": "a", "color": "red"}], free={"x": None, "y": []}, extra=1)
    assert {"parts": [{"name": "a"}], "free": {"x": None, "y": []}} == spec


def test_nulls_and_empty_values_are_absent_where_the_real_types_omit_them() -> None:
    """Null fields, empty lists and maps, plain zero values are absent; pointers keep theirs."""
    spec = read(parts=[], labels={}, flag=False, text="", pointer="", words=None, port=0)
    assert {"pointer": "", "port": 0} == spec
    assert {"labels": {"a": ""}, "words": [""], "parts": [{}]} == read(
        labels={"a": None}, words=[None], parts=[None]
    )


def test_values_are_kept_in_their_canonical_form() -> None:
    """Quantities, times and numbers are stored as the real server would print them."""
    part = {
        "size": {"cpu": "1000m", "memory": 1024, "x": "100u"},
        "at": "2024-05-01T12:00:00.5+02:00",
    }
    assert [
        {"size": {"cpu": "1", "memory": "1024", "x": "1m"}, "at": "2024-05-01T10:00:00Z"}
    ] == read(parts=[part])["parts"]
    assert "2024-05-01T12:00:00.250000Z" == read(renewed="2024-05-01T12:00:00.25Z")["renewed"]


def test_a_document_that_is_already_right_is_returned_itself() -> None:
    """Reading what was read before allocates nothing and shares everything."""
    first, _ = decode(WIDGET, widget(parts=[{"name": "a"}], words=["x"]))
    again, _ = decode(WIDGET, first)
    assert first is again
    assert isinstance(first["spec"], Shared)


def test_the_document_of_a_client_is_not_changed() -> None:
    """Pruning copies the path it changes and leaves the input alone."""
    document = widget(parts=[{"name": "a", "x": 1}], labels={"k": None})
    decode(WIDGET, document)
    assert widget(parts=[{"name": "a", "x": 1}], labels={"k": None}) == document


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"parts": [{"count": "x"}]},
            "json: cannot unmarshal string into Go struct field Part.spec.parts.count of type int32",
        ),
        (
            {"parts": [{"count": 1.5}]},
            "json: cannot unmarshal number 1.5 into Go struct field Part.spec.parts.count "
            "of type int32",
        ),
        (
            {"parts": {}},
            "json: cannot unmarshal object into Go struct field WidgetSpec.spec.parts "
            "of type []v1.Part",
        ),
        (
            {"labels": {"a": True}},
            "json: cannot unmarshal bool into Go struct field WidgetSpec.spec.labels of type string",
        ),
        ({"data": {"a": "***"}}, "illegal base64 data at input byte 0"),
        (
            {"parts": [{"size": {"cpu": "lots"}}]},
            "quantities must match the regular expression "
            "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
    ],
)
def test_a_wrong_type_is_a_bad_request_that_names_the_field(spec: Json, message: str) -> None:
    """A value of a wrong type gives 400 with the place and the wanted type."""
    with pytest.raises(ApiError) as caught:
        decode(WIDGET, widget(**spec), kind="Widget")
    assert 400 == caught.value.code
    assert f'Widget in version "v1" cannot be handled as a Widget: {message}' == str(caught.value)


def test_a_patch_result_that_does_not_fit_is_invalid() -> None:
    """A patch that breaks the schema is a 422 about the field `patch`."""
    with pytest.raises(ApiError) as caught:
        decode(WIDGET, widget(words=1), patched=True)
    assert (422, "patch") == (caught.value.code, caught.value.causes[0].field)


def test_unknown_and_repeated_fields_are_warnings_or_errors() -> None:
    """Field validation ignores, warns of or refuses fields that would be lost."""
    document = widget(parts=[{"name": "a"}, {"nmae": "b"}])
    assert () == decode(WIDGET, document, "ignore", ("spec.x",))[1]
    assert (
        'unknown field "spec.parts[1].nmae"',
        'duplicate field "spec.x"',
    ) == decode(WIDGET, document, "warn", ("spec.x",))[1]
    with pytest.raises(ApiError, match=r'strict decoding error: unknown field "spec.parts\[1\]'):
        decode(WIDGET, document, "strict")


def test_an_object_of_another_kind_is_a_bad_request() -> None:
    """A body may leave out its kind, but not be of another one."""
    assert {"apiVersion": "v1", "kind": "ConfigMap"} == read_object(CONFIG_MAP, {})[0]
    with pytest.raises(ApiError, match='Pod in version "v1" cannot be handled as a ConfigMap'):
        read_object(CONFIG_MAP, {"kind": "Pod"})
    with pytest.raises(ApiError, match="does not match the expected API version"):
        read_object(CONFIG_MAP, {"kind": "ConfigMap", "apiVersion": "apps/v1"})


def test_a_shared_object_remembers_results_and_refuses_changes() -> None:
    """A pure function runs once per shared object, and a shared object cannot go stale."""
    runs: list[Json] = []

    @remembered
    def count(obj: Json, scale: int) -> int:
        runs.append(obj)
        return len(obj) * scale

    spec = read(text="a")
    assert [2, 2, 3] == [count(spec, 2), count(spec, 2), count(spec, 3)]
    assert 2 == len(runs)
    with pytest.raises(TypeError, match="immutable"):
        spec["text"] = "b"
    assert {"text": "b"} == {**spec, "text": "b"}


def test_a_body_is_parsed_with_its_repeated_fields() -> None:
    """The last of repeated fields counts, and each is reported with its path."""
    document, repeated = decode_body(b'{"a": 1, "a": {"b": 1, "b": 2}}')
    assert ({"a": {"b": 2}}, ("a", "a.b")) == (document, repeated)
    document, repeated = decode_body(b"a: 1\nb: yes\nd: 2024-01-01\nd: x\n", "application/yaml")
    assert ({"a": 1, "b": True, "d": "x"}, ("d",)) == (document, repeated)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unexpected end of JSON input (<empty>)"),
        (b"{", "unexpected end of JSON input (7b)"),
        (b'{"a":}', "invalid character '}' looking for beginning of value (7b2261223a7d)"),
        (b"{a:1}", "invalid character 'a' looking for beginning of object key string (7b613a317d)"),
    ],
)
def test_a_broken_body_is_a_bad_request(body: bytes, reason: str) -> None:
    """A body that is no JSON gives 400 with the place and the start of the body."""
    with pytest.raises(ApiError) as caught:
        decode_body(body, kind="Pod")
    assert 400 == caught.value.code
    assert (
        "the object provided is unrecognized (must be of type Pod): "
        f"couldn't get version/kind; json parse error: {reason}"
    ) == caught.value.message


def test_an_unknown_format_is_an_unsupported_media_type() -> None:
    """Bodies and patches in other formats give 415."""
    for decode_it in (decode_body, decode_patch):
        with pytest.raises(ApiError) as caught:
            decode_it(b"{}", "text/plain")
        assert 415 == caught.value.code
