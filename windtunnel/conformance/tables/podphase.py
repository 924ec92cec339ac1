"""Conformance area `podphase`: the phase of a pod from the states of its containers.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does not.
"""

from __future__ import annotations

from windtunnel.model.kubelet.phase import pod_phase
from windtunnel.model.objects.json import Json


def needs(case: Json) -> tuple[str, ...]:
    """What the case needs that the model does not have: nothing."""
    return ()


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given = case["given"]
    statuses = given["containerStatuses"] + (given.get("initContainerStatuses") or [])
    phase = pod_phase(
        given["restartPolicy"],
        [f"c{number + 1}" for number in range(len(given["containers"]))],
        [f"i{number + 1}" for number in range(len(given["initContainers"]))],
        {status["name"]: status for status in statuses},
        terminal=given["podIsTerminal"],
    )
    expected = case["expect"]["phase"]
    return None if phase == expected else f"The phase should be {expected} and is {phase}."
