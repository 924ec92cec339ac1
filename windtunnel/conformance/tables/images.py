"""Conformance area `images`: default pull policies and tags, when an image is pulled, and the back-off of pulls.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.api.images import default_pull_policy, with_default_tag
from windtunnel.model.kubelet.back_off import BackOff
from windtunnel.model.kubelet.images import ImageManager, should_pull
from windtunnel.model.objects.json import Json

_START_MS = 1_000_000_000


def _default_policy(given: Json) -> Json:
    explicit = given.get("imagePullPolicy")
    return {"imagePullPolicy": explicit or default_pull_policy(given["image"])}


def _default_tag(given: Json) -> Json:
    image = with_default_tag(given["image"])
    return {"valid": False} if image is None else {"valid": True, "image": image}


def _should_pull(given: Json) -> Json:
    return {"pull": should_pull(given["imagePullPolicy"], given["present"])}


def _ensure(given: Json) -> Json:
    initial_ms, most_ms = given["backoffInitialSeconds"] * 1000, given["backoffMaxSeconds"] * 1000
    manager = ImageManager(BackOff(initial_ms, most_ms))
    image, now_ms, attempts = given["image"], _START_MS, []
    for attempt in given["attempts"]:
        now_ms += attempt["afterSeconds"] * 1000
        present = None if attempt["inspectFails"] else attempt["present"]
        plan = manager.plan("pod", image, given["imagePullPolicy"], present, now_ms)
        pulled = plan.pull
        if pulled and attempt["pullFails"]:
            plan = manager.pull_failed("pod", image, now_ms)
        attempts.append({"pullAttempted": pulled, "error": plan.error or None})
    return {"attempts": attempts}


_KINDS: dict[str, Callable[[Json], Json]] = {
    "defaultPolicy": _default_policy,
    "defaultTag": _default_tag,
    "shouldPull": _should_pull,
    "ensure": _ensure,
}


def needs(case: Json) -> tuple[str, ...]:
    """What the case needs that the model does not have: nothing, for the kinds of case there are."""
    given: dict[str, Any] = case["given"]
    return () if given["kind"] in _KINDS else (f"cases of kind {given['kind']}",)


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    found = _KINDS[case["given"]["kind"]](case["given"])
    for key, expected in case["expect"].items():
        if found.get(key) != expected:
            return f"{key} should be {expected!r} and is {found.get(key)!r}."
    return None
