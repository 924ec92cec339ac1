"""Scenario files (`*.scenario.json`): a run as a readable, versioned text that replays for ever.

A file holds everything a run is a function of, beside the code: shape, settings that differ from their defaults,
starting objects, actions by name with their parameters, deviations and salt. Code (classes swapped in, controllers and
extensions of one's own) stands there by name and content hash only: reading a file never loads code that it names, the
user passes it again. A file comes from anywhere, so each field is checked, and what is wrong is one sentence.

Not modelled: reading files of an older format version, of which there is none yet.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import orjson
from attrs import field, frozen

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.input_error import InputError
from windtunnel.model.settings import Settings
from windtunnel.reports.scenario_reader import Reader
from windtunnel.reports.settings_codec import decode_settings, encode_settings

FORMAT = "windtunnel-scenario"
FORMAT_VERSION = 1
MAX_BYTES = 16 * 1024 * 1024
SUFFIX = ".scenario.json"
MODE = 0o644
ONE_ITEM_A_LINE = ("objects", "actions", "controllers", "extensions")


@frozen
class CodeReference:
    """Code of one's own by the name under which it was given, FILE.py:NAME, and the hash of that file."""

    name: str
    content_hash: str


@frozen
class SavedScenario:
    """What a scenario file holds. violates is the id of the promise, or '' where it held."""

    scenario: Scenario
    settings: Settings = Settings()
    violates: str = ""
    digest: str = ""
    seed: int = 0
    invariants: tuple[str, ...] = ()
    """The globs of --invariant: which promises were judged; () is all. The first violation ends a run."""
    switched_off: tuple[str, ...] = ()
    version: str = ""
    code: str = ""
    """The hash of windtunnel's own code: digests are compared under equal code only."""
    swaps: Mapping[str, CodeReference] = field(factory=dict)
    controllers: tuple[CodeReference, ...] = ()
    extensions: tuple[CodeReference, ...] = ()


# -- writing -----------------------------------------------------------------------------------------------------------


def encode(saved: SavedScenario) -> bytes:
    """The text of a scenario file: one action and one object a line. O(size)."""
    scenario = saved.scenario
    document: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "windtunnel": saved.version,
        "code": saved.code,
        "violates": saved.violates,
        "digest": saved.digest,
        "seed": saved.seed,
        "invariants": list(saved.invariants),
        "switched_off": list(saved.switched_off),
        "shape": {
            "nodes": scenario.shape.nodes,
            "namespaces": list(scenario.shape.namespaces),
            "apiservers": scenario.shape.apiservers,
            "controller_managers": scenario.shape.controller_managers,
            "schedulers": scenario.shape.schedulers,
        },
        "settings": encode_settings(saved.settings),
        "salt": scenario.salt,
        "actions": [_action(action) for action in scenario.actions],
        "deviations": {
            point: {str(nth): answer for nth, answer in answers.items()}
            for point, answers in scenario.deviations.items()
        },
        "swaps": {role: _reference(found) for role, found in saved.swaps.items()},
        "controllers": [_reference(found) for found in saved.controllers],
        "extensions": [_reference(found) for found in saved.extensions],
        "objects": list(scenario.objects),
    }
    lines = [f'  "{key}": {_value(key, value)}' for key, value in document.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def save(saved: SavedScenario, path: Path) -> None:
    """Write a scenario file, whole or not at all. Raises InputError where the folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encode(saved))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a file beside it, flush that to the disk, and give it the name. Raises OSError.

    Where the system can do it, the file has no name before it is whole: nothing half-written is ever to be seen, even
    by those who look into the folder after a kill.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        try:
            _write_unnamed(temporary, data)
        except (AttributeError, OSError):
            _write_named(temporary, data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write_unnamed(path: Path, data: bytes) -> None:
    """Write a file without a name, and link it in when it is whole. AttributeError or OSError where that cannot be."""
    descriptor = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, MODE)
    with open(descriptor, "wb") as stream:
        _flush(stream, data)
        os.fchmod(descriptor, MODE)
        os.link(f"/proc/self/fd/{descriptor}", path, follow_symlinks=True)


def _write_named(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        _flush(stream, data)
    path.chmod(MODE)


def _flush(stream: IO[bytes], data: bytes) -> None:
    stream.write(data)
    stream.flush()
    os.fsync(stream.fileno())


def _action(action: Action) -> dict[str, Any]:
    return {"action": action.action_name, "parameters": action.parameters()}


def _reference(found: CodeReference) -> dict[str, str]:
    return {"name": found.name, "hash": found.content_hash}


def _value(key: str, value: Any) -> str:
    if key in ONE_ITEM_A_LINE and value:
        return "[\n    " + ",\n    ".join(orjson.dumps(item).decode() for item in value) + "\n  ]"
    return orjson.dumps(value).decode()


# -- reading -----------------------------------------------------------------------------------------------------------


def load(path: Path, actions: Mapping[str, type[Action]]) -> SavedScenario:
    """Read a scenario file; actions are those it may name. Raises InputError with one sentence."""
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise InputError(f"{path}: {what}; name a file ending in {SUFFIX}")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    return decode(data, str(path), actions)


def decode(data: bytes, name: str, actions: Mapping[str, type[Action]]) -> SavedScenario:
    """A scenario from the text of a file. O(size). Raises InputError that names file and field."""
    if len(data) > MAX_BYTES:
        raise InputError(f"{name}: larger than {MAX_BYTES // 1024 // 1024} MiB: no scenario file")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InputError(
            f"{name}: not a scenario file, its JSON is damaged at line {error.lineno}, "
            f"column {error.colno} ({error.msg})"
        ) from None
    reader = Reader(name, document)
    if reader.text("format", "") != FORMAT:
        raise InputError(f"{name}: not a scenario file: its format is not {FORMAT!r}")
    version = reader.whole("format_version")
    if version != FORMAT_VERSION:
        raise InputError(
            f"{name}: format_version is {version}, and this windtunnel reads version "
            f"{FORMAT_VERSION}; replay it with the windtunnel that wrote it "
            f"({reader.text('windtunnel', '') or 'unknown'})"
        )
    scenario = Scenario(
        shape=reader.shape(),
        objects=reader.objects(),
        actions=reader.actions(actions),
        deviations=reader.deviations(),
        salt=reader.text("salt"),
    )
    saved = SavedScenario(
        scenario=scenario,
        settings=decode_settings(reader.mapping("settings"), f"{name}: settings"),
        violates=reader.text("violates"),
        digest=reader.text("digest"),
        seed=reader.whole("seed"),
        invariants=reader.texts("invariants"),
        switched_off=reader.texts("switched_off"),
        version=reader.text("windtunnel"),
        code=reader.text("code"),
        swaps={
            role: _read_reference(reader, entry, f"swaps.{role}")
            for role, entry in reader.mapping("swaps").items()
        },
        controllers=_read_references(reader, "controllers"),
        extensions=_read_references(reader, "extensions"),
    )
    reader.refuse_others()
    return saved


def _read_references(reader: Reader, key: str) -> tuple[CodeReference, ...]:
    entries = reader.items(key)
    return tuple(_read_reference(reader, entry, f"{key}[{n}]") for n, entry in enumerate(entries))


def _read_reference(reader: Reader, entry: Any, path: str) -> CodeReference:
    inner = reader.within(entry, path)
    found = CodeReference(inner.text("name"), inner.text("hash"))
    inner.refuse_others()
    return found
