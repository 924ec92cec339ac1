"""Code of one's own, as users write it, that the command-line tests load from its path."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from windtunnel import (
    Action,
    Cluster,
    Committed,
    Context,
    Key,
    Violation,
    World,
    always,
    controller,
    fault,
    written,
)
from windtunnel.model.controllers.replication.controller import ReplicationManager


@always()
def my_promise(fact: Committed, world: World) -> None:
    """Whatever is written is fine with me."""


@always()
def a_broken_check(fact: Committed, world: World) -> None:
    """This promise's check is broken."""
    raise LookupError("my mistake")


@always()
def deaf_to_ctrl_c(fact: Committed, world: World) -> None:
    """Ctrl-C is pressed where nobody hears of it."""
    with suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1_000):
            pass


@fault
class Hiccup(Action):
    """Nothing happens, but it is called a fault."""

    count: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Hiccup]:
        """One way."""
        return [cls(1)]

    def apply(self, cluster: Cluster) -> None:
        """Do nothing."""


@controller(watches="ConfigMap")
class Watcher:
    """Looks at ConfigMaps."""

    async def reconcile(self, ctx: Context, key: Key) -> None:
        """Nothing to do."""


class Renamed(ReplicationManager):
    """The built-in controller under another name."""


class Unbuildable(ReplicationManager):
    """Cannot be made."""

    def __init__(self, *arguments: Any) -> None:
        raise RuntimeError("cannot be built")


@always(on=written("configmaps"))
def nothing_is_forbidden(fact: Committed, world: World) -> Violation | None:
    """No ConfigMap is called forbidden."""
    name = fact.change.key.name
    return Violation("another name", name, f"ConfigMap {name}") if name == "forbidden" else None


@always(on=written("configmaps"))
def a_deadly_check(fact: Committed, world: World) -> None:
    """This promise's check takes its process with it."""
    os.kill(os.getpid(), signal.SIGKILL)


@always(on=written("secrets"))
def never_exercised(fact: Committed, world: World) -> None:
    """Secrets are fine."""


NUMBER = 3
