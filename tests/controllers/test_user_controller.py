"""A controller of one's own, with what its Context offers."""

from __future__ import annotations

import pytest

from tests.controllers.control_plane import ControlPlane
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.controllers.runtime import Context, Key, controller
from windtunnel.model.objects.json import Json

KINDS = KindRegistry(BUILT_IN)


def website(name: str, pages: int) -> Json:
    """An object of a kind that only the user knows."""
    metadata = {"name": name, "namespace": "default"}
    return {
        "apiVersion": "example.com/v1",
        "kind": "Website",
        "metadata": metadata,
        "spec": {"pages": pages},
    }


@controller(watches="Website", owns=["ConfigMap"])
class Websites:
    """One ConfigMap for each page."""

    async def reconcile(self, ctx: Context, key: Key) -> None:
        """Create the missing pages."""
        site = ctx.cache.get("Website", key)
        if site is None:
            return
        owned = {page.name for page in ctx.cache.owned_by(site, "ConfigMap")}
        wanted = [f"{key.name}-{number}" for number in range(site.spec["pages"])]
        owner = {
            "apiVersion": "example.com/v1",
            "kind": "Website",
            "name": site.name,
            "uid": site.uid,
        }
        await ctx.gather(
            *(
                ctx.client.create(
                    {
                        "apiVersion": "v1",
                        "kind": "ConfigMap",
                        "metadata": {
                            "name": name,
                            "namespace": key.namespace,
                            "ownerReferences": [{**owner, "controller": True}],
                        },
                    }
                )
                for name in wanted
                if name not in owned
            )
        )


@controller(watches="Website")
class Stubborn:
    """Fails twice, then asks to be called again, then is content."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    async def reconcile(self, ctx: Context, key: Key) -> int | None:
        """Remember when it was called."""
        self.calls.append(ctx.now)
        if len(self.calls) <= 2:
            raise ValueError(f"attempt {len(self.calls)} at {key}")
        await ctx.sleep(100)
        return 5_000 if len(self.calls) == 3 else None


def plane_with(*controllers: str | type) -> ControlPlane:
    """A control plane that serves Websites."""
    return ControlPlane(controllers, kinds=KINDS.with_objects([website("x", 0)]))


def test_it_makes_what_it_owns_and_makes_it_again() -> None:
    """Watched objects and owned ones both lead to a reconcile of the owner."""
    plane = plane_with("service-account", Websites)
    plane.create(website("shop", 3))
    plane.settle()
    assert ["shop-0", "shop-1", "shop-2"] == [page.name for page in plane.list("ConfigMap")]
    plane.delete("ConfigMap", "shop-1")
    plane.settle()
    assert ["shop-0", "shop-1", "shop-2"] == [page.name for page in plane.list("ConfigMap")]


def test_what_it_owns_is_collected_with_its_owner() -> None:
    """The garbage collector knows the user's kind as an owner."""
    plane = plane_with("garbage-collector", Websites)
    plane.create(website("shop", 2))
    plane.settle()
    plane.delete("Website", "shop")
    plane.settle()
    assert [] == plane.list("ConfigMap")


def test_a_reconcile_that_raises_is_called_again() -> None:
    """Any error is remembered and answered with the back-off, a returned number with that delay."""
    plane = plane_with(Stubborn)
    plane.create(website("shop", 0))
    stubborn = plane.manager.component.controllers[0]  # type: ignore[union-attr]
    plane.run_for(4)
    assert "ValueError: attempt 1 at default/shop" in (plane.busy() or "")
    plane.settle()
    first, second, third, fourth = stubborn.reconciler.calls
    assert [5, 10, 5_100] == [second - first, third - second, fourth - third]


def test_an_unmarked_class_is_refused_with_a_sentence() -> None:
    """Who forgets the decorator, or the reconcile, learns it at once."""

    class Unmarked:
        pass

    with pytest.raises(TypeError, match=r"Unmarked is no controller: decorate it"):
        plane_with(Unmarked)
    with pytest.raises(TypeError, match="needs a method"):
        plane_with(controller(watches="Website")(Unmarked))


def test_a_cache_that_was_not_asked_for_is_named() -> None:
    """Reading a kind that is neither watched nor owned is an error that says what to do."""
    plane = plane_with(Websites)
    context = plane.manager.component.controllers[0].context  # type: ignore[union-attr]
    with pytest.raises(LookupError, match="add it to `owns`"):
        context.cache.list("Pod")
