"""Who asked for a write: the request behind a committed change, and whether its sender was still there.

A request that was sent may land after its sender died or gave up. Such a late write is legal and can put back what a
later incarnation of the same process already wrote, so promises about one writer's progress must be able to tell.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from windtunnel.model.apiserver.request import Request
from windtunnel.model.facts import CallAnswered, CallBegun, ProcessDown, ProcessUp
from windtunnel.model.sim.network import NetworkError


@frozen
class Sent:
    """One write request on its way: who sent it, and what it says."""

    process: str
    incarnation: int
    request: Request
    given_up: bool = False


class Calls:
    """The write requests that may still land, by call number; and which incarnations live."""

    def __init__(self) -> None:
        self._sent: dict[int, Sent] = {}
        self.incarnations: dict[str, int] = {}
        self.up_since: dict[str, int] = {}

    def begun(self, fact: CallBegun) -> None:
        """A process sent a request. O(1)."""
        request: Any = fact.request
        if isinstance(request, Request) and request.writes:
            self._sent[fact.call] = Sent(fact.process, fact.incarnation, request)

    def answered(self, fact: CallAnswered) -> None:
        """The caller has an answer; without one from the server, the request may still land. O(1)."""
        if isinstance(fact.error, NetworkError):
            sent = self._sent.get(fact.call)
            if sent is not None:
                self._sent[fact.call] = Sent(sent.process, sent.incarnation, sent.request, True)
        else:
            self._sent.pop(fact.call, None)

    def up(self, fact: ProcessUp, revision: int) -> None:
        """An incarnation began, when the store stood at a revision. O(1)."""
        self.incarnations[fact.process] = fact.incarnation
        self.up_since[fact.process] = revision

    def down(self, fact: ProcessDown) -> None:
        """An incarnation ended. O(1)."""
        self.incarnations.pop(fact.process, None)

    def of(self, call: int) -> Sent | None:
        """The request of a call that was not answered yet, or None. O(1)."""
        return self._sent.get(call)

    def process_of(self, call: int) -> str:
        """Which process sent the request of a call that was not answered yet, or ''. O(1)."""
        sent = self._sent.get(call)
        return sent.process if sent is not None else ""

    def late(self, call: int) -> bool:
        """Whether a write of this call landed after its sender died or gave up. O(1)."""
        sent = self._sent.get(call)
        if sent is None:
            return False
        return sent.given_up or self.incarnations.get(sent.process) != sent.incarnation
