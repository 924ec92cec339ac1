"""What a check says: nothing (the promise held), a Violation, or that the fact does not concern it.

Verdicts are HELD < UNKNOWN < VIOLATED and the worst wins. A check that itself breaks is UNKNOWN, never a pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from windtunnel.model.outcome import Verdict

__all__ = ["UNCONCERNED", "Findings", "Unconcerned", "Verdict", "Violation", "worst"]


@frozen
class Violation:
    """What should have been and what was, about which object (in words) and at which revision of the store."""

    expected: str
    found: str
    object: str = ""
    revision: int = 0


class Unconcerned:
    """The type of UNCONCERNED."""

    def __repr__(self) -> str:
        return "UNCONCERNED"


UNCONCERNED: Final = Unconcerned()
"""A check returns or yields this for a fact that says nothing about its promise: it then does not count as checked."""

Findings = Violation | Unconcerned | None | Iterable[Violation | Unconcerned]
"""What a check may return; a generator yields any number of violations."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of the verdicts; HELD where there are none. O(n)."""
    return max(verdicts, default=Verdict.HELD)
