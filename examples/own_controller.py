"""A controller of one's own: it keeps as many pods as a Website asks for."""

from windtunnel import Context, Key, controller, is_not_found


@controller(watches="Website", owns=["Pod"])
class Websites:
    """Every Website has its pods, named after it and numbered."""

    async def reconcile(self, ctx: Context, key: Key) -> None:
        try:
            site = await ctx.client.get("Website", key)
        except Exception as error:
            if is_not_found(error):
                return
            raise
        owner = {
            "apiVersion": "example.org/v1",
            "kind": "Website",
            "name": key.name,
            "uid": site.uid,
            "controller": True,
        }
        wanted = [f"{key.name}-{number}" for number in range(site.spec["replicas"])]
        have = {pod.name for pod in ctx.cache.owned_by(site, "Pod")}
        for name in wanted:
            if name not in have:
                await ctx.client.create(
                    {
                        "apiVersion": "v1",
                        "kind": "Pod",
                        "metadata": {
                            "name": name,
                            "namespace": key.namespace,
                            "labels": {"site": key.name},
                            "ownerReferences": [owner],
                        },
                        "spec": {"containers": [{"name": "web", "image": site.spec["image"]}]},
                    }
                )
        for name in sorted(have - set(wanted)):
            await ctx.client.delete("Pod", Key(key.namespace, name))
