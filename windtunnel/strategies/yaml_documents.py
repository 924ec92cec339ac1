"""YAML and JSON that people hand us, read with the safe loader only, each problem one sentence with file and line.

Kubernetes reads YAML as JSON with comments: moments stay text, a mapping has each key once, keys are text. Anchors are
fine; a document that contains itself, or that unfolds to more than MAX_VALUES values, is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from windtunnel.model.input_error import InputError

__all__ = ["InputError", "read_documents", "read_file"]

MAX_BYTES = 16 * 1024 * 1024
MAX_VALUES = 500_000
MAX_DEPTH = 100


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """The safe loader, without moments and with each key once."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping whose keys are checked before merge keys are folded in."""
        seen: dict[str, None] = {}
        for key_node, _ in getattr(node, "value", ()):
            if (
                not isinstance(key_node, yaml.ScalarNode)
                or key_node.tag == "tag:yaml.org,2002:merge"
            ):
                continue
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value!r} is there twice", key_node.start_mark
                )
            seen[key_node.value] = None
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return found


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_documents(data: bytes, name: str) -> list[tuple[int, Any]]:
    """The documents of a YAML stream with their numbers, from 1; empty ones are left out. Raises InputError."""
    if len(data) > MAX_BYTES:
        raise InputError(f"{name}: larger than {MAX_BYTES // 1024 // 1024} MiB; split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: not UTF-8 text (byte {error.start}); give a YAML or JSON manifest"
        ) from None
    documents = []
    try:
        for number, document in enumerate(yaml.load_all(text, Loader=_Loader), 1):
            if document is not None:
                documents.append((number, document))
    except yaml.YAMLError as error:
        raise InputError(f"{name}: {_sentence(error)}") from None
    except RecursionError:
        raise InputError(f"{name}: nested too deeply; write it flat") from None
    except ValueError as error:
        raise InputError(f"{name}: a value that cannot be read: {error}") from None
    for number, document in documents:
        _check_plain(document, f"{name}: document {number}")
    return documents


def read_file(path: Path) -> bytes:
    """The bytes of a file. Raises InputError."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _sentence(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "broken YAML").replace("\n", " ")
    if "could not determine a constructor" in problem:
        tag = problem.split("'")[1] if "'" in problem else "?"
        problem = f"the tag {tag} is not allowed in a manifest; remove it"
    if mark is None:
        return f"{problem}; mend the YAML"
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}"


def _check_plain(document: Any, where: str) -> None:
    """Refuse what is not JSON: other types, keys that are not text, cycles, endless unfolding."""
    count = 0
    stack: list[tuple[Any, str, int]] = [(document, "", 0)]
    while stack:
        value, path, depth = stack.pop()
        count += 1
        if count > MAX_VALUES:
            raise InputError(f"{where}: unfolds to more than {MAX_VALUES} values; split it")
        if depth > MAX_DEPTH:
            raise InputError(
                f"{where}: contains itself or is nested deeper than {MAX_DEPTH}; write it flat"
            )
        if isinstance(value, dict):
            for key, child in value.items():
                if not isinstance(key, str):
                    raise InputError(
                        f"{where}: {path or 'the document'} has the key {key!r}, which is not text"
                    )
                stack.append((child, f"{path}.{key}" if path else key, depth + 1))
        elif isinstance(value, list):
            stack += [(child, f"{path}[{n}]", depth + 1) for n, child in enumerate(value)]
        elif not isinstance(value, str | int | float | bool | None):
            raise InputError(
                f"{where}: {path} is a {type(value).__name__}, which no manifest can hold"
            )
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise InputError(f"{where}: {path} is a number too large to keep; write a smaller one")
        elif (
            isinstance(value, float) and value in (float("inf"), float("-inf"))
        ) or value != value:
            raise InputError(f"{where}: {path} is not a finite number; write one")
