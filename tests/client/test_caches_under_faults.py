"""Whatever breaks between the store and an informer, its copy ends equal to the store, and never lies on the way."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.client.small_world import Idle, World
from windtunnel.model.client.informer import Informer
from windtunnel.model.facts import WatchDelivered
from windtunnel.model.objects.record import Key, StoreKey
from windtunnel.model.settings import ApiServerSettings, Settings

NAMES = st.sampled_from(["p", "q", "r", "s"])
HOSTS = ["store-0", "apiserver-0", "apiserver-1", "watcher-0", "watcher-1", "watcher-2"]
SELECTORS: list[dict[str, str]] = [
    {},
    {"field_selector": "spec.nodeName=n1"},
    {"label_selector": "t=x"},
]


class CacheMachine(RuleBasedStateMachine):
    """Three informers with different selections, two API servers, one store; pods come, move, change and go."""

    def __init__(self) -> None:
        super().__init__()
        small = Settings(apiserver=ApiServerSettings(watch_cache_size=6, watch_buffer_size=4))
        self.world = World(apiservers=2, settings=small)
        self.world.facts.subscribe(WatchDelivered, self.delivered)
        self.last: dict[int, int] = {}
        self.live: dict[int, dict[Key, Any]] = {}
        self.informers: list[Informer] = []
        self.heard: list[dict[Key, int]] = []
        self.revisions = [0] * len(SELECTORS)
        for n, selectors in enumerate(SELECTORS):
            process = self.world.process(f"watcher-{n}", f"watcher-{n}", Idle)
            informer = self.world.environment.roles["informer"](
                process, self.world.environment, "pods", **selectors
            )
            heard: dict[Key, int] = {}
            informer.add_handler(
                partial(self.added, heard),
                partial(self.updated, heard),
                partial(self.deleted, heard),
            )
            informer.start()
            self.informers.append(informer)
            self.heard.append(heard)

    # -- what may happen

    @rule(name=NAMES, node=st.sampled_from(["", "n1", "n2"]), label=st.sampled_from(["x", "y"]))
    def put(self, name: str, node: str, label: str) -> None:
        """Write a pod; while the store is down nobody can."""
        if self.world.store_process.alive:
            self.world.put(
                name, resource="pods", labels={"t": label}, spec={"nodeName": node} if node else {}
            )

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        """Delete a pod."""
        if self.world.store_process.alive and self.world.store.get(StoreKey("pods", "ns", name)):
            self.world.delete(name, resource="pods")

    @rule(milliseconds=st.sampled_from([0, 1, 2, 3, 50, 1_000, 30_000, 301_000]))
    def wait(self, milliseconds: int) -> None:
        """Time passes."""
        self.world.run(milliseconds)

    @rule(which=st.integers(0, 2))
    def crash(self, which: int) -> None:
        """Crash a server."""
        [self.world.store_process, *self.world.servers][which].crash()

    @rule(which=st.integers(0, 2))
    def restart(self, which: int) -> None:
        """Start a server."""
        [self.world.store_process, *self.world.servers][which].start()

    @rule(one=st.sampled_from(HOSTS), other=st.sampled_from(HOSTS))
    def cut(self, one: str, other: str) -> None:
        """Cut a direction of a link."""
        self.world.network.cut(one, other)

    @rule(one=st.sampled_from(HOSTS), other=st.sampled_from(HOSTS))
    def heal(self, one: str, other: str) -> None:
        """Heal a direction of a link."""
        self.world.network.heal(one, other)

    @rule()
    def compact(self) -> None:
        """Forget all history."""
        self.world.store.compact(self.world.store.revision)

    @rule(
        deleted=st.lists(NAMES, max_size=2),
        written=st.lists(NAMES, max_size=2),
        wait_ms=st.sampled_from([0, 9_000]),
    )
    def change_unseen(self, deleted: list[str], written: list[str], wait_ms: int) -> None:
        """Change pods while no API server runs, and let them come back without that history."""
        for process in self.world.servers:
            process.crash()
        self.world.run(wait_ms)
        for name in deleted:
            self.delete(name)
        for name in written:
            self.put(name, "n1", "x")
        for process in self.world.servers:
            process.start()

    @rule(names=st.lists(NAMES, min_size=1, max_size=8), back=st.booleans())
    def let_one_server_lag(self, names: list[str], back: bool) -> None:
        """Write while one server does not hear of it, and make the clients of the other one move over."""
        lagging, other = self.world.servers
        self.world.network.cut("store-0", lagging.name)
        for name in names:
            self.put(name, "n1", "x")
        self.world.run(10)
        other.crash()
        self.world.run(20_000)
        other.start()
        if back:
            self.world.network.heal("store-0", lagging.name)

    @rule(deleted=NAMES, written=NAMES)
    def forget_what_a_server_missed(self, deleted: str, written: str) -> None:
        """Write while one server is cut off from the store, and compact before it comes back."""
        cut_off = self.world.servers[0]
        self.world.network.cut("store-0", cut_off.name)
        self.delete(deleted)
        self.put(written, "n1", "x")
        self.world.store.compact(self.world.store.revision)
        self.world.run(46_000)
        self.world.network.heal("store-0", cut_off.name)

    # -- what must hold

    def delivered(self, fact: WatchDelivered) -> None:
        """On one watch revisions grow, and the first part of a streaming list comes before its bookmark."""
        if fact.event_type == "ADDED" and fact.watch not in self.last:
            return
        if fact.event_type in ("BOOKMARK", "MODIFIED", "DELETED", "ADDED"):
            assert fact.revision >= self.last.get(fact.watch, 0), "a watch never goes back in time"
            self.last[fact.watch] = fact.revision

    def added(self, heard: dict[Key, int], obj: Any) -> None:
        """Handlers hear of an addition only of what they did not know."""
        key = Key(obj.namespace, obj.name)
        assert key not in heard
        heard[key] = int(obj.metadata.resource_version)

    def updated(self, heard: dict[Key, int], old: Any, new: Any) -> None:
        """An update goes from what was heard last to something newer."""
        key = Key(new.namespace, new.name)
        assert int(old.metadata.resource_version) == heard[key] < int(new.metadata.resource_version)
        heard[key] = int(new.metadata.resource_version)

    def deleted(self, heard: dict[Key, int], obj: Any) -> None:
        """A deletion is of what was known."""
        del heard[Key(obj.namespace, obj.name)]

    @invariant()
    def parts_are_sound(self) -> None:
        """Every component's own checks hold, and a copy never shows what the store never had."""
        self.world.store.check()
        for process in self.world.servers:
            if process.alive:
                process.component.caches["pods"].check()  # type: ignore[union-attr]
        for informer, heard in zip(self.informers, self.heard, strict=True):
            informer.check()
            assert sorted(heard) == sorted(Key(pod.namespace, pod.name) for pod in informer.list())
            assert informer.revision <= self.world.store.revision
        revisions = [informer.revision for informer in self.informers]
        assert all(a <= b for a, b in zip(self.revisions, revisions, strict=True)), (
            "a copy never goes back in time"
        )
        self.revisions = revisions

    def teardown(self) -> None:
        """Heal everything: each copy becomes equal to what the store has of its selection."""
        for source, target in self.world.network.cuts():
            self.world.network.heal(source, target)
        for process in (self.world.store_process, *self.world.servers):
            process.start()
        self.world.run(200_000)
        stored = {record.key.key: record for record in self.world.store.range("pods")[0]}
        wanted = [
            stored,
            {k: r for k, r in stored.items() if r.raw["spec"].get("nodeName") == "n1"},
            {k: r for k, r in stored.items() if r.raw["metadata"]["labels"]["t"] == "x"},
        ]
        for informer, expected in zip(self.informers, wanted, strict=True):
            assert informer.busy() is None
            assert {k: r.revision for k, r in expected.items()} == {
                Key(pod.namespace, pod.name): int(pod.metadata.resource_version)
                for pod in informer.list()
            }


TestCaches = CacheMachine.TestCase
TestCaches.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
