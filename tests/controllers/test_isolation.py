"""A controller from outside cannot change the store behind its back."""

from __future__ import annotations

from typing import Any

from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.controllers.runtime import Context, Key, controller


@controller(watches="ConfigMap", owns=["Secret"])
class Careless:
    """Changes everything that it is given, and what it has sent."""

    async def reconcile(self, ctx: Context, key: Key) -> None:
        """Scribble over a cached object, an answer and a sent body."""
        if key.name != "settings":
            return
        ctx.cache.get("ConfigMap", key).raw["data"] = {"by": "cache"}
        ctx.cache.list("ConfigMap")[0].raw["data"] = {"by": "list"}
        got = await ctx.client.get("ConfigMap", key)
        got.raw["data"] = {"by": "answer"}
        body: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "made", "namespace": key.namespace},
            "stringData": {"a": "1"},
        }
        if await self.absent(ctx, key):
            await ctx.client.create(body)
            body["metadata"]["name"] = "scribbled"

    async def absent(self, ctx: Context, key: Key) -> bool:
        """Whether the secret is not there yet."""
        return not await ctx.client.list("Secret", key.namespace)


def test_what_a_controller_scribbles_stays_its_own() -> None:
    """Cached objects, answers and sent bodies are copies."""
    cluster = Cluster(ClusterShape(nodes=0), controllers=[Careless])
    cluster.start()
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings"},
        "data": {"a": "b"},
    }
    cluster.run_user(cluster.client.create(settings), "create")
    cluster.settle()
    stored = cluster.store.range("configmaps", "default")[0][-1]
    secrets = cluster.store.range("secrets", "default")[0]
    assert {"a": "b"} == stored.raw["data"]
    assert ["made"] == [record.raw["metadata"]["name"] for record in secrets]
