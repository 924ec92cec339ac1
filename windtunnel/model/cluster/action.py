"""Actions: the atoms of a scenario, frozen values that say when they apply, what they do and how they end.

An action class has fields (strings and numbers only, so that a scenario file can hold it) and up to three methods:
`choices(cluster)`, the finite ways to do it now; `why_not(cluster)`, the reason why this very one does not apply, or
""; and `apply(cluster)`, which puts the consequences on the agenda and, for a fault, returns how it ends. A class with
hundreds of choices has a `draw(cluster, pick)` besides, which makes the one that is picked and no other. Decorators
make a plain class such a value; they register nothing, and whoever wants an action names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

import attrs

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

C = TypeVar("C", bound=type)
Heal = Callable[[], None]
Pick = Callable[[int], int]
"""Picks a number below the given one: how whoever draws says which of so many it is."""

OPERATION, FAULT, TIME = "operation", "fault", "time"


class NotApplicable(Exception):
    """An action does not apply to the cluster as it is now; the message says why."""


class Action:
    """What every action has once decorated with operation, fault or time_action."""

    action_name: ClassVar[str]
    action_sort: ClassVar[str]
    spares_heartbeats: ClassVar[bool] = False
    """Of a fault: whether it leaves heartbeats alone, or hits them only in ways that HeartbeatPaths sees (processes
    that are down, links, answers that are armed or to be lost). Around any other fault no heartbeat is left out."""

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Action]:
        """Every way to do this now, in a defined order; an explorer picks one."""
        raise NotImplementedError

    @classmethod
    def draw(cls, cluster: Cluster, pick: Pick) -> Action | None:
        """One of the choices, or None where there is none. O(choices) unless a class knows better."""
        choices = cls.choices(cluster)
        return choices[pick(len(choices))] if choices else None

    def why_not(self, cluster: Cluster) -> str:
        """Why this action does not apply now, in words; '' when it does."""
        return ""

    def apply(self, cluster: Cluster) -> Heal | None:
        """Do it; a fault returns how it ends."""
        raise NotImplementedError

    def __str__(self) -> str:
        values = (f"{name}={value}" for name, value in self.parameters().items())
        return " ".join((self.action_name, *values))

    def parameters(self) -> dict[str, Any]:
        """The fields by name, as they stand in a scenario file."""
        return attrs.asdict(self, recurse=False)  # type: ignore[arg-type]


def _name(cls: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


def _action(cls: type, sort: str) -> Any:
    if not cls.__doc__:
        raise TypeError(
            f"{cls.__name__} has no docstring; say in one sentence what the {sort} does"
        )
    if not callable(getattr(cls, "apply", None)) or not callable(getattr(cls, "choices", None)):
        raise TypeError(f"{cls.__name__} needs a method apply and a classmethod choices")
    if not issubclass(cls, Action):
        body = {k: v for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__")}
        cls = type(
            cls.__name__,
            (*cls.__bases__, Action) if cls.__bases__ != (object,) else (Action,),
            body,
        )
    made: Any = cls
    made.action_name = _name(cls)
    made.action_sort = sort
    return attrs.frozen(made, slots=False, str=False)


@dataclass_transform(frozen_default=True)
def operation(cls: C) -> C:
    """Make a class an operation: something a user of the cluster does, by requests."""
    made: C = _action(cls, OPERATION)
    return made


@dataclass_transform(frozen_default=True)
def fault(cls: C) -> C:
    """Make a class a fault: something that breaks; apply returns how it ends, and the docstring's second paragraph says
    what is promised meanwhile."""
    made: C = _action(cls, FAULT)
    return made


@dataclass_transform(frozen_default=True)
def time_action(cls: C) -> C:
    """Make a class an action that only lets time pass."""
    made: C = _action(cls, TIME)
    return made
