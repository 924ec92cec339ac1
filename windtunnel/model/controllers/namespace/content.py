"""What is still in a namespace that is being deleted, and how the namespace reports it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import format_time

FINALIZER_ESTIMATE_SECONDS = 15


@define
class Remaining:
    """What was found: objects by resource, finalizers by name, errors, and how long it may take to go."""

    objects: dict[str, int] = field(factory=dict)
    finalizers: dict[str, int] = field(factory=dict)
    errors: list[str] = field(factory=list)
    estimate_seconds: int = 0

    def add(self, resource: str, found: Sequence[KubeObject]) -> None:
        """Count what a list of one resource shows. O(found)."""
        if not found:
            return
        self.objects[resource] = len(found)
        names = [name for obj in found for name in obj.metadata.finalizers]
        for name in names:
            self.finalizers[name] = self.finalizers.get(name, 0) + 1
        estimate_seconds = graceful_seconds(found)
        if names:
            estimate_seconds = max(estimate_seconds, FINALIZER_ESTIMATE_SECONDS)
        self.estimate_seconds = max(self.estimate_seconds, estimate_seconds)


def graceful_seconds(found: Iterable[KubeObject]) -> int:
    """The longest grace period among pods that are not over; 0 for anything else. O(found)."""
    return max(
        (
            obj.spec.termination_grace_period_seconds
            for obj in found
            if isinstance(obj, Pod) and not obj.terminal
        ),
        default=0,
    )


def conditions_for(remaining: Remaining, old: Iterable[Json], now_ms: int) -> list[Json]:
    """The conditions of the namespace; transition times are kept where the status stays. O(conditions)."""
    before = {each["type"]: each for each in old}
    wanted = [
        _condition(
            "NamespaceDeletionDiscoveryFailure", "", "", "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        _condition(
            "NamespaceDeletionGroupVersionParsingFailure", "", "", "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        _condition(
            "NamespaceDeletionContentFailure",
            "ContentDeletionFailed",
            "Failed to delete all resource types, "
            f"{len(remaining.errors)} remaining: {', '.join(remaining.errors)}"
            if remaining.errors
            else "",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        _condition(
            "NamespaceContentRemaining",
            "SomeResourcesRemain",
            "Some resources are remaining: "
            + _counted(remaining.objects, "{} has {} resource instances")
            if remaining.objects
            else "",
            "ContentRemoved",
            "All content successfully removed",
        ),
        _condition(
            "NamespaceFinalizersRemaining",
            "SomeFinalizersRemain",
            "Some content in the namespace has finalizers remaining: "
            + _counted(remaining.finalizers, "{} in {} resource instances")
            if remaining.finalizers
            else "",
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
        ),
    ]  # fmt: skip
    return [_with_time(each, before.get(each["type"]), now_ms) for each in wanted]


def _condition(type_: str, bad: str, bad_message: str, good: str, good_message: str) -> Json:
    if bad_message:
        return {"type": type_, "status": "True", "reason": bad, "message": bad_message}
    return {"type": type_, "status": "False", "reason": good, "message": good_message}


def _with_time(condition: Json, before: Json | None, now_ms: int) -> Json:
    same = before is not None and before.get("status") == condition["status"]
    time = before["lastTransitionTime"] if before is not None and same else format_time(now_ms)
    return {**condition, "lastTransitionTime": time}


def _counted(counts: Mapping[str, int], sentence: str) -> str:
    return ", ".join(sentence.format(name, counts[name]) for name in sorted(counts))
