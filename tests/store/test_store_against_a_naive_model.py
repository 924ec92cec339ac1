"""Whatever is written, the store agrees with a model that keeps a full copy of the world at every revision."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from windtunnel.model.objects.record import StoreKey
from windtunnel.model.store.errors import Compacted, FutureRevision, RevisionMismatch
from windtunnel.model.store.store import Store

KEYS = st.builds(
    StoreKey,
    st.sampled_from(["pods", "nodes"]),
    st.sampled_from(["a", "a-b", "ab"]),
    st.sampled_from("xyz"),
)
World = dict[StoreKey, tuple[int, int]]


def text(key: StoreKey) -> str:
    """A key as etcd sorts it."""
    return f"{key.namespace}/{key.name}"


class StoreMachine(RuleBasedStateMachine):
    """worlds[r] is the whole world at revision r: key to (revision, value)."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.worlds: list[World] = [{}, {}]
        self.compacted = 1
        self.value = 0

    @rule(key=KEYS, expect=st.sampled_from(["any", "right", "absent", "wrong"]))
    def put(self, key: StoreKey, expect: str) -> None:
        """Write, with a right or a wrong expectation."""
        self.value += 1
        raw = {"metadata": {"name": key.name}, "value": self.value}
        current = self.worlds[-1].get(key)
        wanted = self.expectation(expect, current)
        holds = wanted is None or wanted == (current[0] if current else 0)
        try:
            record = self.store.put(key, raw, wanted)
        except RevisionMismatch as error:
            assert not holds
            assert (error.current.revision if error.current else None) == (
                current[0] if current else None
            )
        else:
            assert holds
            self.worlds.append({**self.worlds[-1], key: (len(self.worlds), self.value)})
            assert self.worlds[-1][key] == (record.revision, record.raw["value"])

    @rule(key=KEYS, expect=st.sampled_from(["any", "right", "absent", "wrong"]))
    def delete(self, key: StoreKey, expect: str) -> None:
        """Remove, with a right or a wrong expectation."""
        current = self.worlds[-1].get(key)
        wanted = self.expectation(expect, current)
        holds = current is not None and wanted in (None, current[0])
        try:
            record = self.store.delete(key, wanted)
        except RevisionMismatch:
            assert not holds
        else:
            assert holds and current is not None
            assert (len(self.worlds), current[1]) == (record.revision, record.raw["value"])
            self.worlds.append({k: v for k, v in self.worlds[-1].items() if k != key})

    def expectation(self, expect: str, current: tuple[int, int] | None) -> int | None:
        """What a writer expects."""
        now = current[0] if current else 0
        return {"any": None, "right": now, "absent": 0, "wrong": now + 1}[expect]

    @rule(part=st.integers(0, 10))
    def compact(self, part: int) -> None:
        """Forget some of the history."""
        revision = 1 + (len(self.worlds) - 2) * part // 10
        self.compacted = max(self.compacted, revision)
        assert self.compacted == self.store.compact(revision)

    @rule(
        resource=st.sampled_from(["pods", "nodes"]),
        namespace=st.sampled_from([None, "a", "ab"]),
        back=st.integers(-1, 6),
        limit=st.integers(0, 3),
        start=st.sampled_from([None, "a-b/y", "a/x", "a/z"]),
    )
    def read(
        self, resource: str, namespace: str | None, back: int, limit: int, start: str | None
    ) -> None:
        """Read a range as of some revision."""
        revision = max(len(self.worlds) - 1 - back, 1)
        try:
            found, at, more, remaining = self.store.range(
                resource, namespace, revision, limit, start
            )
        except Compacted:
            assert revision < self.compacted
            return
        except FutureRevision:
            assert revision >= len(self.worlds)
            return
        world = self.worlds[revision]
        expected = sorted(
            (text(key), *value)
            for key, value in world.items()
            if key.resource == resource
            and namespace in (None, key.namespace)
            and (start is None or text(key) > start)
        )
        cut = expected[:limit] if limit else expected
        assert cut == [(text(r.key), r.revision, r.raw["value"]) for r in found]
        assert (revision, len(cut) < len(expected), len(expected) - len(cut)) == (
            at,
            more,
            remaining,
        )
        for key in world:
            record = self.store.get(key, revision)
            assert record is not None and world[key] == (record.revision, record.raw["value"])

    @rule(back=st.integers(0, 8), resource=st.sampled_from([None, "pods", "nodes"]))
    def replay(self, back: int, resource: str | None) -> None:
        """The changes after a revision lead from its world to the present one."""
        revision = max(len(self.worlds) - 1 - back, 1)
        try:
            changes = self.store.changes_since(revision, resource)
        except Compacted:
            assert revision < self.compacted
            return
        world: dict[StoreKey, Any] = dict(self.worlds[revision])
        last = revision
        for change in changes:
            assert change.revision > last
            last = change.revision
            before = world.pop(change.key, None)
            assert (before and before[0]) == (change.before and change.before.revision)
            if change.after is not None:
                world[change.key] = (change.revision, change.after.raw["value"])
        wanted = self.worlds[-1]
        if resource is None:
            assert wanted == world
        else:
            assert {k: v for k, v in wanted.items() if k.resource == resource} == {
                k: v for k, v in world.items() if k.resource == resource
            }

    @invariant()
    def is_sound(self) -> None:
        """The store's own checks hold, and it is where the model is."""
        self.store.check()
        assert len(self.worlds) - 1 == self.store.revision
        for resource in ("pods", "nodes"):
            assert sum(k.resource == resource for k in self.worlds[-1]) == self.store.count(
                resource
            )


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
