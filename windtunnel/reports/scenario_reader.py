"""Reading the fields of a scenario file, strictly: each has its type, none is unknown, and every error names the field.

Not modelled: nothing is converted; a number written as text is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from windtunnel.model.api.names import is_dns1123_label
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.shape import MOST_OF_EACH, ClusterShape
from windtunnel.model.input_error import InputError, unknown_name
from windtunnel.model.objects.json import Json

MAX_ACTIONS = 100_000
SEVERAL = ("apiservers", "controller_managers", "schedulers")
MAX_ANSWER = 10**9
TYPES: Mapping[Any, tuple[type, ...]] = {
    "str": (str,),
    str: (str,),
    "int": (int,),
    int: (int,),
    "bool": (bool,),
    bool: (bool,),
    "float": (int, float),
    float: (int, float),
}
WORDS = {str: "a text", int: "a whole number", bool: "true or false", float: "a number"}
_REQUIRED: Any = object()


class Reader:
    """Takes the fields of one JSON object, one after the other, and remembers which were taken."""

    def __init__(self, name: str, document: Any, path: str = "") -> None:
        self._name = name
        self._path = path
        if not isinstance(document, dict):
            raise self.wrong(path, document, "an object")
        self._document: Json = document
        self._taken: dict[str, None] = {}

    def wrong(self, path: str, value: Any, wanted: str) -> InputError:
        """The error about a field of the wrong type."""
        return InputError(
            f"{self._name}: {path or 'the file'} is {_shown(value)}; it must be {wanted}"
        )

    def within(self, value: Any, path: str) -> Reader:
        """A reader of an object further in."""
        return Reader(self._name, value, path)

    def _take(self, key: str, default: Any) -> Any:
        self._taken[key] = None
        if key in self._document:
            return self._document[key]
        if default is _REQUIRED:
            raise InputError(f"{self._name}: {self._full(key)} is missing")
        return default

    def _full(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def text(self, key: str, default: Any = _REQUIRED) -> str:
        """A text."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.wrong(self._full(key), value, "a text")
        return value

    def whole(self, key: str, default: Any = _REQUIRED) -> int:
        """A whole number."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(self._full(key), value, "a whole number")
        return value

    def mapping(self, key: str) -> Json:
        """An object."""
        value = self._take(key, _REQUIRED)
        if not isinstance(value, dict):
            raise self.wrong(self._full(key), value, "an object")
        return value

    def items(self, key: str) -> Sequence[Any]:
        """A list."""
        value = self._take(key, _REQUIRED)
        if not isinstance(value, list):
            raise self.wrong(self._full(key), value, "a list")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.items(key)
        for number, value in enumerate(values):
            if not isinstance(value, str):
                raise self.wrong(f"{self._full(key)}[{number}]", value, "a text")
        return tuple(values)

    def refuse_others(self) -> None:
        """Refuse a field that nobody took: it would be ignored in silence."""
        for key in self._document:
            if key not in self._taken:
                known = list(self._taken)
                where = self._path or "a scenario file"
                raise InputError(f"{self._name}: {unknown_name(key, known, f'field of {where}')}")

    # -- what only scenario files have -------------------------------------------------------------------------------

    def shape(self) -> ClusterShape:
        """The shape of the cluster."""
        inner = self.within(self.mapping("shape"), "shape")
        nodes = inner.whole("nodes")
        namespaces = inner.items("namespaces")
        # Files of earlier versions do not say how many there are of each: there was one.
        several = {name: inner.whole(name, 1) for name in SEVERAL}
        inner.refuse_others()
        for number, namespace in enumerate(namespaces):
            if not isinstance(namespace, str) or is_dns1123_label(namespace):
                raise self.wrong(f"shape.namespaces[{number}]", namespace, "a namespace's name")
        for name, count in several.items():
            if not 1 <= count <= MOST_OF_EACH:
                raise self.wrong(f"shape.{name}", count, f"a number from 1 to {MOST_OF_EACH}")
        try:
            return ClusterShape(nodes, tuple(namespaces), **several)
        except ValueError:
            raise self.wrong("shape.nodes", nodes, "a number from 0 to 5000") from None

    def objects(self) -> tuple[Json, ...]:
        """The starting objects; whether the API takes them is for the API to say."""
        for number, obj in enumerate(self.items("objects")):
            inner = self.within(obj, f"objects[{number}]")
            inner.text("apiVersion")
            inner.text("kind")
            self.within(inner.mapping("metadata"), f"objects[{number}].metadata").text("name", "")
        return tuple(self._document["objects"])

    def deviations(self) -> dict[str, dict[int, int]]:
        """Point of choice -> {nth asking: answer}."""
        found: dict[str, dict[int, int]] = {}
        for point, answers in self.mapping("deviations").items():
            path = f"deviations.{point}"
            if not isinstance(answers, dict):
                raise self.wrong(path, answers, "an object of numbers")
            found[point] = {}
            for nth, answer in answers.items():
                if not (nth.isascii() and nth.isdecimal()) or len(nth) > 10:
                    raise self.wrong(path, nth, "keyed by whole numbers")
                if not _is_whole(answer) or not 0 <= answer <= MAX_ANSWER:
                    raise self.wrong(f"{path}.{nth}", answer, f"a number from 0 to {MAX_ANSWER}")
                found[point][int(nth)] = answer
        return found

    def actions(self, known: Mapping[str, type[Action]]) -> tuple[Action, ...]:
        """The actions, each one of the known ones with exactly its parameters."""
        entries = self.items("actions")
        if len(entries) > MAX_ACTIONS:
            raise InputError(f"{self._name}: actions has more than {MAX_ACTIONS} entries")
        return tuple(self._action(entry, f"actions[{n}]", known) for n, entry in enumerate(entries))

    def _action(self, entry: Any, path: str, known: Mapping[str, type[Action]]) -> Action:
        inner = self.within(entry, path)
        name = inner.text("action")
        given = inner.mapping("parameters")
        inner.refuse_others()
        if name not in known:
            raise InputError(
                f"{self._name}: {path}.action: {unknown_name(name, sorted(known), 'action')} "
                "(pass an action of your own with --load)"
            )
        cls = known[name]
        reader = self.within(given, f"{path}.parameters")
        fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(cls)  # type: ignore[arg-type]
        values = {field.name: reader.parameter(field) for field in fields}
        reader.refuse_others()
        try:
            return cls(**values)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"{self._name}: {path}: {name} takes no such values: {error}"
            ) from None

    def parameter(self, field: attrs.Attribute[Any]) -> Any:
        """The value of one parameter of an action, of the type that the action declares."""
        value = self._take(field.name, _REQUIRED)
        types = TYPES.get(field.type, (str, int, float, bool))
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            wanted = WORDS[types[-1]] if len(types) < 3 else "a text or a number"
            raise self.wrong(self._full(field.name), value, wanted)
        return value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "null"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
