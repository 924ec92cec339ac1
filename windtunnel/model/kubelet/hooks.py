"""Lifecycle hooks of containers: how long they take, and the postStart hook between a start and what comes after it.

A container is not spoken of as running until its postStart hook has ended, and until then nothing else is started or
stopped in its pod. Where the hook fails, the container is ended and started again as its restart policy has it. The
hook belongs to the kubelet that ran it: one that finds a container running does not run its hook again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from windtunnel.model.kubelet.behaviour import POST_START, Answer
from windtunnel.model.kubelet.container_status import Waiting
from windtunnel.model.kubelet.machine import Machine

POST_START_HOOK_ERROR = "PostStartHookError"


def hook_ms(handler: Mapping[str, Any], answer: Answer, usual_ms: int) -> int:
    """How long a hook takes: as it was told to, as long as it sleeps, or as hooks usually do. O(1)."""
    if answer.takes_ms is not None:
        return answer.takes_ms
    asleep = handler.get("sleep")
    return int(asleep.get("seconds", 0)) * 1000 if asleep is not None else usual_ms


@frozen
class PostStart:
    """A container that was told to start, whose hook is to run then."""

    container: str
    attempt: int
    handler: Mapping[str, Any]
    began_ms: int | None = None
    """When the hook began; None before the container runs."""
    failed: bool = False

    def next(self, machine: Machine, uid: str) -> PostStart | None:
        """How it stands now; None when there is nothing to wait for any more. O(1)."""
        on_machine, now_ms = machine.pod(uid), machine.loop.now_ms
        latest = on_machine.latest(self.container) if on_machine is not None else None
        runs = latest is not None and latest.running and latest.attempt == self.attempt
        if not runs:
            return self if self.began_ms is None and machine.is_starting(uid) else None
        if self.failed:
            return self
        if self.began_ms is None:
            return evolve(self, began_ms=now_ms)
        if now_ms < self.until_ms(machine, uid):
            return self
        outcome = machine.behaviour.answer(uid, self.container, POST_START).outcome
        machine.hook_ran(uid, self.container, f"{POST_START} {outcome}")
        if outcome == "success":
            return None
        return evolve(self, failed=True)

    def until_ms(self, machine: Machine, uid: str) -> int:
        """When the hook that has begun will end, as it is now. O(1)."""
        answer = machine.behaviour.answer(uid, self.container, POST_START)
        return (self.began_ms or 0) + hook_ms(self.handler, answer, machine.settings.hook_run_ms)


def hook_failed(name: str) -> Waiting:
    """What a container whose postStart hook failed says until it runs again. O(1)."""
    return Waiting(POST_START_HOOK_ERROR, f"PostStart hook of container {name} failed")
