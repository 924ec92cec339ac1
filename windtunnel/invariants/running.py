"""One promise during one run: its check with its memory, what it has counted, and what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from windtunnel.invariants.promise import EVENTUALLY, SOMETIMES, Promise, when_it_happens
from windtunnel.invariants.verdict import Unconcerned, Verdict, Violation
from windtunnel.model.outcome import PromiseResult

if TYPE_CHECKING:
    from windtunnel.invariants.world import World

KEPT = 20
"""How many violations of one promise are kept; all are counted."""


@frozen
class Found:
    """A violation, of which promise, and when."""

    promise: Promise
    violation: Violation
    step: int
    now_ms: int


class Running:
    """Counts for one promise; of a `sometimes`, how often it was seen. A check that raises makes it UNKNOWN."""

    def __init__(self, promise: Promise) -> None:
        self.promise = promise
        self.checked = 0
        self.violated = 0
        self.error = ""
        self.open = ""
        self.judged_at: tuple[int, int] | None = None
        self._check, observe = promise.start()
        self._observes = observe is not None
        self.see = observe or self._check
        """What is called with each fact that the promise asked for, and the world. It may raise."""
        self._sees = promise.kind == SOMETIMES

    def take(self, said: Any) -> Sequence[Violation]:
        """Count what a check said of a fact that concerns it; the violations in it. O(violations)."""
        if self._observes:
            return ()
        if self._sees:
            self.checked += said is True
            return ()
        if said is None:
            self.checked += 1
            return ()
        try:
            return self._take(said)
        except Exception as error:  # noqa: BLE001 - a check that breaks is UNKNOWN, and the run goes on
            self.broke(error)
            return ()

    def unmet(self, world: World) -> list[Violation] | None:
        """Evaluate an eventual promise: what is not yet so, nothing where all is, None where nothing can be said."""
        try:
            findings = self._check(world)
            found: list[Violation] = []
            if isinstance(findings, Unconcerned):
                return None
            if isinstance(findings, Violation):
                found = [findings]
            elif findings is not None:
                found = [each for each in findings if isinstance(each, Violation)]
        except Exception as error:  # noqa: BLE001 - as above
            self.broke(error)
            return None
        return found

    def count(self, violations: list[Violation]) -> None:
        """Count one evaluation of an eventual promise. O(1)."""
        self.checked += 1
        self.violated += len(violations)

    def result(self, world: World) -> PromiseResult:
        """What the promise came to. O(what `applies` costs)."""
        applicable = self._applicable(world) or bool(self.violated)
        verdict, reason = Verdict.HELD, ""
        if self.violated:
            verdict = Verdict.VIOLATED
        elif self.error:
            verdict, reason = Verdict.UNKNOWN, f"its check broke: {self.error}"
        elif not applicable:
            reason = "nothing in this scenario is concerned"
        elif self.open:
            verdict, reason = Verdict.UNKNOWN, self.open
        elif not self.checked:
            verdict, reason = Verdict.UNKNOWN, self._never()
        promise = self.promise
        return PromiseResult(
            promise.id, promise.kind, promise.text, applicable, verdict, self.checked,
            self.violated, reason, bool(self.error),
        )  # fmt: skip

    def _never(self) -> str:
        if self.promise.kind == EVENTUALLY:
            return "the run never came to the point where every fault is healed"
        if self._sees:
            return "it was never seen"
        return "no fact that it is about ever happened"

    def _applicable(self, world: World) -> bool:
        applies = self.promise.applies
        if applies is None:
            return True
        if applies is when_it_happens:
            return self.checked > 0 or bool(self.error)
        try:
            return bool(applies(world))
        except Exception as error:  # noqa: BLE001 - as above
            self.broke(error)
            return True

    def _take(self, findings: Any) -> list[Violation]:
        if isinstance(findings, Violation):
            self.checked += 1
            self.violated += 1
            return [findings]
        found, concerned = [], True
        for each in findings:
            if isinstance(each, Violation):
                found.append(each)
            elif isinstance(each, Unconcerned):
                concerned = False
            else:
                raise TypeError(f"a check yields Violation or UNCONCERNED, not {each!r}")
        if concerned or found:
            self.checked += 1
        self.violated += len(found)
        return found

    def broke(self, error: Exception) -> None:
        """Note that the check raised an error; the first one counts. O(1)."""
        if not self.error:
            self.error = f"{type(error).__name__}: {error}"
