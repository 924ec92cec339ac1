"""Compaction of the store by an API server."""

from __future__ import annotations

from tests.client.small_world import World
from windtunnel.model.apiserver.compaction import compact_regularly


def test_history_is_kept_for_an_interval_and_then_forgotten() -> None:
    """Each round compacts to where the store was a round before, and survives a store that is away."""
    world = World()
    world.servers[0].spawn(compact_regularly(world.servers[0], world.environment), "compactor")
    for n in range(3):
        world.put("a", data={"n": str(n)})
    world.run(301_000)
    world.put("a")
    assert 1 == world.store.compacted
    world.run(300_000)
    assert 4 == world.store.compacted
    world.store_process.crash()
    world.run(300_000)
    world.store_process.start()
    world.put("a")
    world.run(900_000)
    assert world.store.revision == world.store.compacted
    world.store.check()
