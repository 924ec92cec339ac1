"""What starts a process of the control plane again when it has ended itself: its node's kubelet, as for a static pod.

The first restart follows as soon as the end is noticed; further ones back off from 10 s, doubling up to 5 minutes. A
process that ran for ten minutes begins anew. What a fault has taken down stays down until the fault is healed.
"""

from __future__ import annotations

from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.process import Process

NOTICED_AFTER_MS = 1_000
FIRST_BACK_OFF_MS, LONGEST_BACK_OFF_MS = 10_000, 300_000
RESET_AFTER_MS = 600_000


class Supervisor:
    """Owns how long each process has to wait when it ends itself once more."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._ends: dict[str, tuple[int, int]] = {}

    def exited(self, process: Process) -> None:
        """An incarnation has ended itself: start the next one after a while. O(log n)."""
        now_ms = self._loop.now_ms
        ended_ms, count = self._ends.get(process.name, (now_ms, 0))
        if now_ms - ended_ms > RESET_AFTER_MS:
            count = 0
        self._ends[process.name] = (now_ms, count + 1)
        # Whoever else starts it meanwhile makes another incarnation, of which nothing is known here.
        self._loop.after(
            _delay_ms(count), "supervisor", f"starts {process.name} again", _start,
            (process, process.incarnation), background=False,
        )  # fmt: skip


def _delay_ms(earlier_ends: int) -> int:
    if not earlier_ends:
        return NOTICED_AFTER_MS
    return NOTICED_AFTER_MS + min(FIRST_BACK_OFF_MS << (earlier_ends - 1), LONGEST_BACK_OFF_MS)


def _start(process_and_incarnation: tuple[Process, int]) -> None:
    process, incarnation = process_and_incarnation
    if process.incarnation == incarnation:
        process.start()
