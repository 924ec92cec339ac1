"""Comparing what a server answers with what a golden transcript expects: subsets, lists, and variables.

A variable is written `$kind:label`. The kinds that stand for values of the server (uid, rv, name, …) are bound where
they are first met and must be equal from then on. Differences are sentences that begin with the path to the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from windtunnel.model.objects.json import Json

_KINDS = "ns|node|cluster|uid|rv|name|ip|port|cont|set|time|any|absent|item|i|now"
_WHOLE = re.compile(rf"\$(?:{_KINDS})(?::[A-Za-z0-9_-]+)?")
_INSIDE = re.compile(
    rf"\$\{{(?P<braced>(?:{_KINDS})(?::[A-Za-z0-9_-]+)?)\}}"
    rf"|\$(?P<plain>(?:{_KINDS})(?![A-Za-z])(?::[A-Za-z0-9_-]+)?)"
)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
NOISE_NAMES = ("kube-root-ca.crt", "openshift-service-ca.crt")
NOISE_VOLUMES = "kube-api-access-"


def is_variable(value: Any) -> bool:
    """Whether a value is a variable and nothing else."""
    return isinstance(value, str) and _WHOLE.fullmatch(value) is not None


def is_time(value: Any) -> bool:
    """Whether a value is an RFC 3339 timestamp."""
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


class Bindings:
    """The variables of one run of a transcript, by their text."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self.values: dict[str, Any] = dict(given or {})

    def fill(self, value: Any) -> Any:
        """A value of a request with its variables replaced; ones that are not bound stay as they are. O(size)."""
        if isinstance(value, str):
            if value in self.values:
                return self.values[value]
            return _INSIDE.sub(self._replacement, value) if "$" in value else value
        if isinstance(value, dict):
            return {self.fill(key): self.fill(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.fill(part) for part in value]
        return value

    def _replacement(self, found: re.Match[str]) -> str:
        name = "$" + (found["braced"] or found["plain"])
        return str(self.values.get(name, found[0]))

    def difference(self, expected: Any, actual: Any, path: str = "") -> str | None:
        """The first way in which a value is not what is expected; binds variables on the way. O(expected)."""
        if isinstance(expected, str):
            return self._text(expected, actual, path)
        if isinstance(expected, dict):
            if set(expected) <= {"$unordered", "$contains", "$lacks"} and expected:
                return self._collection(expected, actual, path)
            return self._subset(expected, actual, path)
        if isinstance(expected, list):
            return self._list(expected, actual, path)
        if type(expected) is type(actual) and expected == actual:
            return None
        if _numbers(expected, actual) and expected == actual:
            return None
        return _unequal(expected, actual, path)

    def matches(self, expected: Any, actual: Any) -> bool:
        """Whether a value is as expected; variables are bound only if it is."""
        before = dict(self.values)
        if self.difference(expected, actual) is None:
            return True
        self.values = before
        return False

    def _text(self, expected: str, actual: Any, path: str) -> str | None:
        if expected == "$absent":
            return None if actual is None else f"{path} is {_show(actual)}, expected none"
        if expected == "$any":
            return f"{path} is missing" if actual is None else None
        if expected == "$time":
            return None if is_time(actual) else f"{path} is {_show(actual)}, expected a time"
        if is_variable(expected) and expected not in self.values:
            if actual is None:
                return f"{path} is missing"
            self.values[expected] = actual
            return None
        wanted = self.fill(expected)
        return None if wanted == actual else _unequal(wanted, actual, path)

    def _subset(self, expected: Json, actual: Any, path: str) -> str | None:
        if actual is None and all(value == "$absent" for value in expected.values()):
            return None
        if not isinstance(actual, dict):
            return _unequal(expected, actual, path)
        for key, value in expected.items():
            place = f"{path}.{key}" if path else str(key)
            found = self.difference(value, actual.get(self.fill(key)), place)
            if found:
                return found
        return None

    def _list(self, expected: list[Any], actual: Any, path: str) -> str | None:
        if actual is None and not expected:
            return None
        if not isinstance(actual, list) or len(actual) != len(expected):
            return _unequal(expected, actual, path)
        for index, (wanted, got) in enumerate(zip(expected, actual, strict=True)):
            found = self.difference(wanted, got, f"{path}[{index}]")
            if found:
                return found
        return None

    def _collection(self, expected: Json, actual: Any, path: str) -> str | None:
        values = actual if isinstance(actual, list) else []
        if "$unordered" in expected:
            return self.unordered(expected["$unordered"], values, path)
        for wanted in expected.get("$contains", ()):
            if not any(self.matches(wanted, value) for value in values):
                return f"{path} is {_show(actual)}, expected an element like {_show(wanted)}"
        for unwanted in expected.get("$lacks", ()):
            if any(self.matches(unwanted, value) for value in values):
                return f"{path} has an element like {_show(unwanted)}, expected none"
        return None

    def unordered(self, expected: list[Any], actual: list[Any], path: str) -> str | None:
        """Whether the elements are the expected ones in any order; each is used once. O(n * n)."""
        if len(expected) != len(actual):
            return f"{path} has {len(actual)} elements {_show(actual)}, expected {len(expected)}: {_show(expected)}"
        rest = list(actual)
        for wanted in expected:
            index = next((i for i, value in enumerate(rest) if self.matches(wanted, value)), None)
            if index is None:
                return f"{path} is {_show(actual)}, expected an element like {_show(wanted)}"
            del rest[index]
        return None


def _numbers(left: Any, right: Any) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in (left, right))


def _unequal(expected: Any, actual: Any, path: str) -> str:
    return f"{path or 'the answer'} is {_show(actual)}, expected {_show(expected)}"


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else text[:297] + "..."


def without_noise(document: Any) -> Any:
    """A document without what a real cluster adds everywhere: root certificates, managed fields, token volumes."""
    if isinstance(document, list):
        return [without_noise(each) for each in document if not _is_noise(each)]
    if not isinstance(document, dict):
        return document
    cleaned: Json = {}
    for key, value in document.items():
        if key == "managedFields":
            continue
        if key in ("volumes", "volumeMounts") and isinstance(value, list):
            value = [v for v in value if not str(_name(v)).startswith(NOISE_VOLUMES)]
            if not value:
                continue
        cleaned[key] = without_noise(value)
    return cleaned


def _is_noise(element: Any) -> bool:
    metadata = element.get("metadata") if isinstance(element, dict) else None
    return isinstance(metadata, dict) and metadata.get("name") in NOISE_NAMES


def _name(element: Any) -> Any:
    return element.get("name", "") if isinstance(element, dict) else ""


_STEP = re.compile(r'"([^"]+)"|([^.\[\]"]+)|\[([^=\]]+)=([^\]]+)\]')


def look_up(document: Any, path: str) -> Any:
    """The value at a dotted path: `a.b.0.c`, `x[type=Ready].status`, `a."b/c"`; None where there is none."""
    value = document
    for quoted, plain, field, wanted in _STEP.findall(path):
        if field:
            elements = value if isinstance(value, list) else []
            value = next(
                (e for e in elements if isinstance(e, dict) and e.get(field) == wanted), None
            )
        elif isinstance(value, list) and plain.isdigit():
            value = value[int(plain)] if int(plain) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(quoted or plain)
        else:
            return None
    return value
