"""Compaction: an API server tells the store from time to time to forget old history.

Each round compacts to the revision that the store had a round before, so that a client can resume, or go on with a
page, for at least one interval.

Not modelled: several servers that agree on who compacts; here each does, which compacts nothing that one would not.
"""

from __future__ import annotations

from windtunnel.model.environment import Environment
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process
from windtunnel.model.steady_timer import Recurring
from windtunnel.model.store.errors import StoreError
from windtunnel.model.store.requests import Compact, CurrentRevision


async def compact_regularly(process: Process, environment: Environment) -> None:
    """Compact for as long as the process lives: spawn it once. Two background calls an interval."""
    target = 0
    timer = Recurring(process, environment.settings.apiserver.compaction_interval_ms, "compacts")
    environment.heartbeats.timers[f"{process.name} compaction"] = timer
    while True:
        await timer.sleep()
        try:
            if target:
                await process.call(environment.store, Compact(target), "store compact")
            target = await process.call(environment.store, CurrentRevision(""), "store revision")
        except (NetworkError, StoreError):
            target = 0
