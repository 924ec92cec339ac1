"""The objects of an informer, with indices that answer "which objects have this value"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from windtunnel.model.objects.record import Key, Record

IndexFunction = Callable[[Any], Iterable[str]]


class Indexer:
    """Owns the records by key, and for each index the keys by value. Order is that of insertion."""

    def __init__(self) -> None:
        self._records: dict[Key, Record] = {}
        self._functions: dict[str, IndexFunction] = {}
        self._indices: dict[str, dict[str, dict[Key, None]]] = {}
        self._values: dict[str, dict[Key, tuple[str, ...]]] = {}
        self._namespaces: dict[str, dict[Key, None]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def get(self, key: Key) -> Record | None:
        """The record of a key. O(1)."""
        return self._records.get(key)

    def keys(self) -> list[Key]:
        """All keys. O(n)."""
        return list(self._records)

    def in_namespace(self, namespace: str) -> list[Record]:
        """The records of a namespace. O(answer)."""
        return [self._records[key] for key in self._namespaces.get(namespace, ())]

    def by_index(self, name: str, value: str) -> list[Record]:
        """The records for which an index function gave a value. O(answer). Raises KeyError for an unknown index."""
        return [self._records[key] for key in self._indices[name].get(value, ())]

    def index_values(self, name: str) -> list[str]:
        """The values that occur in an index. O(values)."""
        return list(self._indices[name])

    def add_index(self, name: str, function: IndexFunction) -> None:
        """Index all objects, now and later, by what a function of the view gives; again the same name is refused.
        O(n). Raises ValueError."""
        if name in self._functions:
            if self._functions[name] is function:
                return
            raise ValueError(f"there is an index called {name!r} already")
        self._functions[name] = function
        self._indices[name] = {}
        self._values[name] = {}
        for key, record in self._records.items():
            self._index(name, function, key, record)

    def put(self, key: Key, record: Record) -> Record | None:
        """Store a record; returns the one before. O(indices)."""
        before = self._records.get(key)
        self._records[key] = record
        if before is None:
            self._namespaces.setdefault(key[0], {})[key] = None
        for name, function in self._functions.items():
            self._index(name, function, key, record)
        return before

    def remove(self, key: Key) -> Record | None:
        """Remove a record; returns it. O(indices)."""
        before = self._records.pop(key, None)
        if before is None:
            return None
        _drop(self._namespaces, key.namespace, key)
        for name, values in self._values.items():
            for value in values.pop(key, ()):
                _drop(self._indices[name], value, key)
        return before

    def check(self) -> None:
        """Assert that the indices say what their functions say. O(n x indices)."""
        namespaces = {namespace: list(keys) for namespace, keys in self._namespaces.items()}
        assert sum(len(keys) for keys in namespaces.values()) == len(self._records)
        for key, record in self._records.items():
            assert key == record.key.key
            assert key in self._namespaces[key.namespace]
        for name, function in self._functions.items():
            expected: dict[str, dict[Key, None]] = {}
            for key, record in self._records.items():
                for value in function(record.view):
                    expected.setdefault(value, {})[key] = None
            assert expected == self._indices[name], f"index {name} is what its function gives"

    def _index(self, name: str, function: IndexFunction, key: Key, record: Record) -> None:
        found = function(record.view)
        index, all_values = self._indices[name], self._values[name]
        before = all_values.get(key, ())
        if found == before:  # the common case: nothing to file anew, and no doubles to look for
            return
        values = tuple(dict.fromkeys(found))
        if values == before:
            return
        all_values[key] = values
        for value in before:
            if value not in values:
                _drop(index, value, key)
        for value in values:
            index.setdefault(value, {})[key] = None


def _drop(index: dict[str, dict[Key, None]], value: str, key: Key) -> None:
    keys = index[value]
    del keys[key]
    if not keys:
        del index[value]
