"""Whatever is added, delayed and done in whatever order: the work queue keeps client-go's documented guarantees."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.client.small_world import World
from windtunnel.model.client.workqueue import WorkQueue

ITEMS = st.sampled_from(["a", "b", "c", "d"])


class WorkQueueMachine(RuleBasedStateMachine):
    """Fair (in order of addition), stingy (no item twice at once, added often means worked on once), nothing lost."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.queue: WorkQueue[str] = WorkQueue(self.world.user, "queue")
        self.waiting: list[str] = []
        self.held: list[str] = []
        self.again: list[str] = []
        self.due: dict[str, int] = {}
        self.getters = 0
        self.ended = 0
        self.down = False

    # -- the model

    def expect_add(self, item: str) -> None:
        """Add to the model."""
        if self.down:
            return
        if item in self.held:
            if item not in self.again:
                self.again.append(item)
        elif item not in self.waiting:
            self.waiting.append(item)

    # -- what may happen

    @rule(item=ITEMS)
    def add(self, item: str) -> None:
        """Add an item."""
        self.queue.add(item)
        self.expect_add(item)
        self.settle(0)

    @rule(item=ITEMS, delay_ms=st.integers(0, 30))
    def add_after(self, item: str, delay_ms: int) -> None:
        """Add an item later."""
        self.queue.add_after(item, delay_ms)
        if not self.down:
            if delay_ms == 0:
                self.expect_add(item)
            else:
                at_ms = self.world.loop.now_ms + delay_ms
                if at_ms < self.due.get(item, at_ms + 1):
                    self.due.pop(item, None)
                    self.due[item] = at_ms
        self.settle(0)

    @rule()
    def get(self) -> None:
        """One more worker asks for an item."""

        async def work() -> None:
            item = await self.queue.get()
            self.getters -= 1
            if item is None:
                assert self.down and not self.waiting
                self.ended += 1
                return
            assert item not in self.held, "no item is worked on twice at once"
            assert [item] == self.waiting[:1], "items come in the order of their addition"
            self.waiting.pop(0)
            self.held.append(item)

        self.getters += 1
        self.world.user.spawn(work(), "worker")
        self.settle(0)

    @rule(position=st.integers(0, 3))
    def done(self, position: int) -> None:
        """A worker is done."""
        if self.held:
            item = self.held.pop(position % len(self.held))
            self.queue.done(item)
            if item in self.again:
                self.again.remove(item)
                self.waiting.append(item)
            self.settle(0)

    @rule(milliseconds=st.integers(1, 40))
    def wait(self, milliseconds: int) -> None:
        """Time passes; what falls due in one millisecond comes in the order in which it was scheduled."""
        for _ in range(milliseconds):
            now_ms = self.world.loop.now_ms + 1
            for item, at_ms in list(self.due.items()):
                if at_ms == now_ms:
                    del self.due[item]
                    self.expect_add(item)
            self.settle(1)

    @rule()
    def shut_down(self) -> None:
        """No more items."""
        if self.world.loop.now_ms > 100:
            self.queue.shut_down()
            self.down = True
            self.due.clear()
            self.settle(0)

    def settle(self, milliseconds: int) -> None:
        """Let everything happen that can."""
        self.world.run(milliseconds)

    # -- what must hold

    @invariant()
    def nothing_is_lost(self) -> None:
        """Waiting items and worked-on items are exactly those of the model; no worker idles beside a waiting item."""
        self.queue.check()
        assert len(self.waiting) == len(self.queue)
        assert not (self.waiting and self.getters), "a waiting item meets a waiting worker"
        assert (self.queue.busy() is None) == (not self.waiting and not self.held)
        if self.down:
            assert 0 == self.getters or self.waiting, (
                "every worker of a queue that is down and empty ends"
            )


TestWorkQueue = WorkQueueMachine.TestCase
TestWorkQueue.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
