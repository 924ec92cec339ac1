"""How quotas count pods: each as one, and by what it requests and is limited to.

A pod that is over, or that is still there after its grace period, uses nothing but its place in `count/pods`. A quota
of CPU or memory obliges every container to say how much of it it wants; Kubernetes calls that a mistake and keeps it.

Not modelled: extended resources that a device class stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from windtunnel.model.api.kinds.pod.qos import qos_class
from windtunnel.model.api.kinds.pod.resource_validation import HUGE_PAGES, is_native
from windtunnel.model.api.pod_resources import (
    LIMITS,
    REQUESTS,
    is_set_for_the_whole,
    pod_limits_with_overhead,
    pod_requests_with_overhead,
)
from windtunnel.model.api.quantity import Quantity
from windtunnel.model.api.quota.evaluator import ONE, Evaluator
from windtunnel.model.api.quota.scopes import Requirement
from windtunnel.model.api.resource_list import ResourceList, read_resource_list
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.time import parse_time

OVER = ("Succeeded", "Failed")
OBLIGATORY = (
    "cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory",
)  # fmt: skip
"""Resources that every container has to give if a quota is about them."""
_NAMES = (
    "count/pods", "pods", *OBLIGATORY, "ephemeral-storage", "requests.ephemeral-storage",
    "limits.ephemeral-storage",
)  # fmt: skip
_PREFIXES = (HUGE_PAGES, f"requests.{HUGE_PAGES}")
_NATIVE = ("cpu", "memory", "ephemeral-storage")
_TERMS = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)


def compute_usage(requests: Mapping[str, Quantity], limits: Mapping[str, Quantity]) -> ResourceList:
    """Return requests and limits under the names that quotas have for them. O(resources)."""
    used: ResourceList = {}
    for name, amount in requests.items():
        if name in _NATIVE or name.startswith(HUGE_PAGES):
            used[name] = used[f"requests.{name}"] = amount
        elif not is_native(name):
            used[f"requests.{name}"] = amount
    for name in _NATIVE:
        if name in limits:
            used[f"limits.{name}"] = limits[name]
    return used


def is_charged(pod: Json, now_ms: int) -> bool:
    """Whether a pod uses what it asks for: it is not over, and not late in going."""
    if (pod.get("status") or {}).get("phase") in OVER:
        return False
    metadata = pod["metadata"]
    deleted, grace_seconds = (
        metadata.get("deletionTimestamp"),
        metadata.get("deletionGracePeriodSeconds"),
    )
    if deleted is None or grace_seconds is None:
        return True
    return now_ms <= parse_time(deleted) + int(grace_seconds) * 1000


class Pods(Evaluator):
    """Counts pods."""

    def __init__(self) -> None:
        super().__init__("pods")

    def tracked(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of the names in a quota are about pods. O(names)."""
        return tuple(name for name in names if _is_of_pods(name))

    def is_in_scope(self, requirement: Requirement, obj: Json) -> bool:
        """Whether a pod is in a scope. O(containers)."""
        scope, spec = requirement.scope, obj.get("spec") or {}
        if scope in ("Terminating", "NotTerminating"):
            deadline_seconds = spec.get("activeDeadlineSeconds")
            ends = deadline_seconds is not None and deadline_seconds >= 0
            return bool(ends) == (scope == "Terminating")
        if scope in ("BestEffort", "NotBestEffort"):
            return (qos_class(spec) == "BestEffort") == (scope == "BestEffort")
        if scope == "PriorityClass":
            name = spec.get("priorityClassName")
            return requirement.accepts((name,) if name else ())
        return scope == "CrossNamespacePodAffinity" and _looks_beyond_its_namespace(spec)

    def missing(self, names: Iterable[str], obj: Json) -> str:
        """The obligatory resources that a container does not give, with the containers. O(containers)."""
        spec = obj.get("spec") or {}
        wanted = [name for name in names if name in OBLIGATORY]
        if not wanted or is_set_for_the_whole(spec):
            return ""
        lacking: dict[str, dict[str, None]] = {}
        for part in ("containers", "initContainers"):
            for container in spec.get(part) or ():
                resources = container.get("resources") or {}
                given = compute_usage(
                    read_resource_list(resources.get(REQUESTS)),
                    read_resource_list(resources.get(LIMITS)),
                )
                for name in wanted:
                    if name not in given:
                        lacking.setdefault(name, {})[container.get("name", "")] = None
        sentences = [f"{name} for: {','.join(sorted(lacking[name]))}" for name in sorted(lacking)]
        return f"must specify {'; '.join(sentences)}" if sentences else ""

    def usage(self, obj: Json, now_ms: int) -> ResourceList:
        """What a pod uses. O(containers), less where its spec is shared."""
        used: ResourceList = {"count/pods": ONE}
        if is_charged(obj, now_ms):
            spec = obj.get("spec") or {}
            used["pods"] = ONE
            used.update(
                compute_usage(pod_requests_with_overhead(spec), pod_limits_with_overhead(spec))
            )
        return used

    def was_freed(self, old: Json, new: Json, now_ms: int) -> bool:
        """Whether a pod stopped using what it asked for."""
        return is_charged(old, now_ms) and not is_charged(new, now_ms)


def _is_of_pods(name: str) -> bool:
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    return name.startswith("requests.") and not is_native(name)


def _looks_beyond_its_namespace(spec: Json) -> bool:
    affinity = spec.get("affinity") or {}
    for part in ("podAffinity", "podAntiAffinity"):
        for key in _TERMS:
            for each in (affinity.get(part) or {}).get(key) or ():
                term = each.get("podAffinityTerm", each)
                if term.get("namespaces") or term.get("namespaceSelector") is not None:
                    return True
    return False
