"""Scenario files: what is written can be read, and what is wrong is one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from attrs import evolve

from tests.conftest import Golden
from tests.reports.example_reports import SCENARIO
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import FAULTS
from windtunnel.model.cluster.actions.operations import OPERATIONS
from windtunnel.model.cluster.actions.time import TIME
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.input_error import InputError
from windtunnel.model.settings import KubeletSettings, Settings
from windtunnel.reports import scenario_file
from windtunnel.reports.code_hash import own_hash
from windtunnel.reports.scenario_file import (
    CodeReference,
    SavedScenario,
    decode,
    encode,
    load,
    save,
)

ACTIONS: dict[str, type[Action]] = {
    action.action_name: action for action in (*OPERATIONS, *FAULTS, *TIME)
}
SAVED = SavedScenario(
    scenario=evolve(SCENARIO, shape=ClusterShape(2, ("shop",), 2, 3, 1), salt="salt"),
    settings=Settings(kubelet=KubeletSettings(max_pods=5), latency_ms=2),
    violates="foreign-pods-are-left-alone",
    digest="0123",
    seed=7,
    invariants=("foreign-*",),
    switched_off=("bound-once",),
    version="0.1.0",
    code="4567",
    swaps={"replication": CodeReference("broken.py:Broken", "89ab")},
    controllers=(CodeReference("site.py:Websites", "cdef"),),
    extensions=(CodeReference("mine.py:my_promise", "0f0f"),),
)


def document(**changes: Any) -> dict[str, Any]:
    """The document of SAVED with changes."""
    found: dict[str, Any] = orjson.loads(encode(SAVED))
    return {**found, **changes}


def refusal(changed: object) -> str:
    """The sentence with which a document is refused."""
    with pytest.raises(InputError) as caught:
        decode(orjson.dumps(changed), "a.scenario.json", ACTIONS)
    return str(caught.value)


def test_a_file_is_readable(golden: Golden) -> None:
    """The form of a scenario file changes only on purpose: an action a line, no opaque blob."""
    golden("example-scenario.json", encode(SAVED).decode())


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Nothing of a scenario is lost in its file."""
    path = tmp_path / "new" / "a.scenario.json"
    save(SAVED, path)
    assert SAVED == load(path, ACTIONS)
    assert [path] == list(path.parent.iterdir())


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash while writing leaves the earlier file as it was and no other one beside it."""
    path = tmp_path / "a.scenario.json"
    save(SAVED, path)
    before = path.read_bytes()

    def fail(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("windtunnel.reports.scenario_file.os.fsync", fail)
    with pytest.raises(InputError, match="No space left on device"):
        save(evolve(SAVED, digest="other"), path)
    assert before == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize("action", [*OPERATIONS, *FAULTS, *TIME], ids=lambda a: a.action_name)
def test_every_action_survives_a_file(action: type[Action]) -> None:
    """A scenario file can hold every action that there is."""
    import attrs

    values = {
        field.name: 3 if field.type in ("int", int) else "some/thing"
        for field in attrs.fields(action)  # type: ignore[arg-type]
    }
    scenario = evolve(SCENARIO, actions=(action(**values),))
    saved = evolve(SAVED, scenario=scenario)
    assert saved == decode(encode(saved), "a.scenario.json", ACTIONS)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "damaged at line 1"),
        (b"\x00\xff\xfe", "damaged at line 1"),
        (b'{"format": "windtunnel-scenario",', "damaged at line 1"),
        (b"[1, 2]", "the file is a list; it must be an object"),
        (b"{}", "its format is not 'windtunnel-scenario'"),
        (b"[" * 100_000, "damaged"),
        (b" " * (scenario_file.MAX_BYTES + 1), "larger than 16 MiB"),
    ],
    ids=["empty", "binary", "cut off", "list", "other JSON", "deep", "huge"],
)
def test_what_is_no_scenario_file_is_refused(data: bytes, sentence: str) -> None:
    """A damaged file is refused with one sentence that names it."""
    with pytest.raises(InputError) as caught:
        decode(data, "a.scenario.json", ACTIONS)
    assert str(caught.value).startswith("a.scenario.json: ")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format_version": 99}, "format_version is 99, and this windtunnel reads version 1"),
        ({"format_version": "1"}, "format_version is '1'; it must be a whole number"),
        ({"salt": 3}, "salt is 3; it must be a text"),
        ({"seed": True}, "seed is True; it must be a whole number"),
        ({"colour": "red"}, "'colour' is no field of a scenario file"),
        ({"shape": {"nodes": -1, "namespaces": []}}, "shape.nodes is -1; it must be a number from 0"),
        ({"shape": {"nodes": 1.5, "namespaces": []}}, "shape.nodes is 1.5; it must be a whole number"),
        ({"shape": {"nodes": 1}}, "shape.namespaces is missing"),
        ({"shape": {"nodes": 1, "namespaces": [], "schedulers": 4}}, "shape.schedulers is 4; it must be"),
        ({"shape": {"nodes": 1, "namespaces": ["A b"]}}, "shape.namespaces[0] is 'A b'"),
        ({"settings": {"kubelet": {"max_pod": 1}}}, "did you mean max_pods?"),
        ({"settings": {"kubelet": {"max_pods": "1"}}}, "kubelet.max_pods is '1'"),
        ({"settings": []}, "settings is a list; it must be an object"),
        ({"objects": [3]}, "objects[0] is 3; it must be an object"),
        ({"objects": [{"kind": "Pod"}]}, "objects[0].apiVersion is missing"),
        ({"objects": [{"apiVersion": "v1", "kind": "Pod"}]}, "objects[0].metadata is missing"),
        ({"actions": {}}, "actions is an object; it must be a list"),
        ({"actions": ["scale"]}, "actions[0] is 'scale'; it must be an object"),
        ({"actions": [{"action": "scal", "parameters": {}}]}, "did you mean scale?"),
        (
            {"actions": [{"action": "scale", "parameters": {"target": "rc/a"}}]},
            "actions[0].parameters.replicas is missing",
        ),
        (
            {"actions": [{"action": "scale", "parameters": {"target": "rc/a", "replicas": "2"}}]},
            "actions[0].parameters.replicas is '2'; it must be a whole number",
        ),
        (
            {"actions": [{"action": "scale", "parameters": {"target": "rc/a", "replicas": True}}]},
            "actions[0].parameters.replicas is True; it must be a whole number",
        ),
        (
            {"actions": [{"action": "settle", "parameters": {"x": 1}}]},
            "'x' is no field of actions[0].parameters",
        ),
        ({"deviations": {"latency a>b": 3}}, "deviations.latency a>b is 3"),
        ({"deviations": {"latency a>b": {"x": 3}}}, "it must be keyed by whole numbers"),
        ({"deviations": {"latency a>b": {"1": -3}}}, "deviations.latency a>b.1 is -3"),
        ({"swaps": {"replication": "broken.py"}}, "swaps.replication is 'broken.py'"),
        ({"controllers": [{"name": "a.py:A"}]}, "controllers[0].hash is missing"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(changes: dict[str, Any], sentence: str) -> None:
    """Whoever edits a scenario file by hand is told which field is wrong, and how."""
    found = refusal(document(**changes))
    assert sentence in found
    assert found.startswith("a.scenario.json: ")


def test_every_field_has_to_be_there() -> None:
    """A field that got lost is noticed, whichever it is."""
    for key in document():
        incomplete = {name: value for name, value in document().items() if name != key}
        assert key in refusal(incomplete)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """A wrong path is a wrong input."""
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "none.scenario.json", ACTIONS)
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path, ACTIONS)


def test_the_hash_of_the_code_is_the_same_each_time() -> None:
    """Digests are compared only where the code's hash says that nothing changed."""
    assert own_hash() == own_hash()
