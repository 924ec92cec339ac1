"""A replication controller that writes into the status whether this look was an even one, and hears of that write."""

from __future__ import annotations

from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.json import Json


class ReplicationAnsweringItself(ReplicationManager):
    """Never content with the status that it wrote itself."""

    async def write_status(self, workload: Workload, status: Json) -> None:
        """Turn a condition over each time."""
        conditions = (workload.raw.get("status") or {}).get("conditions") or [{}]
        even = "False" if conditions[0].get("status") == "True" else "True"
        looked = {"type": "LookedEvenly", "status": even}
        await super().write_status(workload, {**status, "conditions": [looked]})
