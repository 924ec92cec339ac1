"""windtunnel: put a control plane in the wind tunnel.

A deterministic chaos and property-testing harness for Kubernetes-style control-plane logic. These are the names that
people use; each is imported when it is first asked for, so that a pytest plugin costs nothing where nobody needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windtunnel.invariants.promise import always as always
    from windtunnel.invariants.promise import eventually as eventually
    from windtunnel.invariants.promise import minutes as minutes
    from windtunnel.invariants.promise import seconds as seconds
    from windtunnel.invariants.promise import sometimes as sometimes
    from windtunnel.invariants.promise import written as written
    from windtunnel.invariants.verdict import UNCONCERNED as UNCONCERNED
    from windtunnel.invariants.verdict import Verdict as Verdict
    from windtunnel.invariants.verdict import Violation as Violation
    from windtunnel.invariants.world import World as World
    from windtunnel.model.api.causes import Cause as Cause
    from windtunnel.model.api.causes import forbidden as forbidden
    from windtunnel.model.api.causes import invalid as invalid
    from windtunnel.model.api.causes import required as required
    from windtunnel.model.api.errors import ApiError as ApiError
    from windtunnel.model.api.errors import is_conflict as is_conflict
    from windtunnel.model.api.errors import is_not_found as is_not_found
    from windtunnel.model.api.kind import Kind as Kind
    from windtunnel.model.api.own_kind import kind as kind
    from windtunnel.model.api.schema import BOOLEAN as BOOLEAN
    from windtunnel.model.api.schema import INTEGER as INTEGER
    from windtunnel.model.api.schema import STRING as STRING
    from windtunnel.model.api.schema import ListOf as ListOf
    from windtunnel.model.api.schema import MapOf as MapOf
    from windtunnel.model.api.schema import Object as Object
    from windtunnel.model.cluster.action import Action as Action
    from windtunnel.model.cluster.action import fault as fault
    from windtunnel.model.cluster.action import operation as operation
    from windtunnel.model.cluster.actions.operations import send as send
    from windtunnel.model.cluster.cluster import Cluster as Cluster
    from windtunnel.model.cluster.scenario import Scenario as Scenario
    from windtunnel.model.cluster.shape import ClusterShape as ClusterShape
    from windtunnel.model.cluster.targets import pod_targets as pod_targets
    from windtunnel.model.cluster.targets import resolve as resolve
    from windtunnel.model.controllers.runtime import Context as Context
    from windtunnel.model.controllers.runtime import controller as controller
    from windtunnel.model.facts import ActionBegun as ActionBegun
    from windtunnel.model.facts import CacheChanged as CacheChanged
    from windtunnel.model.facts import CacheReplaced as CacheReplaced
    from windtunnel.model.facts import CallAnswered as CallAnswered
    from windtunnel.model.facts import CallBegun as CallBegun
    from windtunnel.model.facts import Committed as Committed
    from windtunnel.model.facts import Fact as Fact
    from windtunnel.model.facts import Finished as Finished
    from windtunnel.model.facts import Healed as Healed
    from windtunnel.model.facts import LinkCut as LinkCut
    from windtunnel.model.facts import LinkHealed as LinkHealed
    from windtunnel.model.facts import Physical as Physical
    from windtunnel.model.facts import ProcessDown as ProcessDown
    from windtunnel.model.facts import ProcessUp as ProcessUp
    from windtunnel.model.facts import SchedulerDecided as SchedulerDecided
    from windtunnel.model.facts import Settled as Settled
    from windtunnel.model.facts import WatchDelivered as WatchDelivered
    from windtunnel.model.facts import WatchOpened as WatchOpened
    from windtunnel.model.objects.record import Key as Key
    from windtunnel.model.settings import Settings as Settings
    from windtunnel.strategies.machine import ControlPlaneMachine as ControlPlaneMachine
    from windtunnel.strategies.plan import RunPlan as RunPlan

__version__ = "0.1.0"

_FACTS = (
    "ActionBegun", "CacheChanged", "CacheReplaced", "CallAnswered", "CallBegun", "Committed", "Fact", "Finished",
    "Healed", "LinkCut", "LinkHealed", "Physical", "ProcessDown", "ProcessUp", "SchedulerDecided", "Settled",
    "WatchDelivered", "WatchOpened",
)  # fmt: skip
_MODULES: dict[str, tuple[str, ...]] = {
    "windtunnel.model.controllers.runtime": ("Context", "controller"),
    "windtunnel.model.objects.record": ("Key",),
    "windtunnel.invariants.promise": (
        "always", "eventually", "minutes", "seconds", "sometimes", "written",
    ),
    "windtunnel.invariants.verdict": ("UNCONCERNED", "Verdict", "Violation"),
    "windtunnel.invariants.world": ("World",),
    "windtunnel.model.facts": _FACTS,
    "windtunnel.model.api.causes": ("Cause", "forbidden", "invalid", "required"),
    "windtunnel.model.api.errors": ("ApiError", "is_conflict", "is_not_found"),
    "windtunnel.model.api.kind": ("Kind",),
    "windtunnel.model.api.own_kind": ("kind",),
    "windtunnel.model.api.schema": (
        "BOOLEAN", "INTEGER", "STRING", "ListOf", "MapOf", "Object",
    ),
    "windtunnel.model.cluster.actions.operations": ("send",),
    "windtunnel.model.cluster.targets": ("pod_targets", "resolve"),
    "windtunnel.model.cluster.action": ("Action", "fault", "operation"),
    "windtunnel.model.cluster.cluster": ("Cluster",),
    "windtunnel.model.cluster.scenario": ("Scenario",),
    "windtunnel.model.cluster.shape": ("ClusterShape",),
    "windtunnel.model.settings": ("Settings",),
    "windtunnel.strategies.machine": ("ControlPlaneMachine",),
    "windtunnel.strategies.plan": ("RunPlan",),
}  # fmt: skip
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"windtunnel has no {name}; it has {', '.join(sorted(_HOME))}")
    from importlib import import_module

    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
