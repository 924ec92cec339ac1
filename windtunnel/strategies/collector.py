"""What came of each scenario, summed up in the order of scenario numbers, whoever ran it and whenever it was done.

A scenario that broke a promise is told of twice: as it was found, and once more when it has been shrunk. The sum goes
on only then, so that a search ends at the same scenario however many work on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import evolve, frozen

from windtunnel.model.outcome import Failure, RunOutcome, ScenarioOutcome, Verdict
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.shrinking import shrink
from windtunnel.strategies.tally import Tally


@frozen
class Ran:
    """A scenario ran; failure: as it was found and saved, where it broke a promise."""

    number: int
    outcome: ScenarioOutcome
    failure: Failure | None = None


@frozen
class Shrunk:
    """The failure of a scenario is as small as it gets."""

    number: int
    failure: Failure


def examine(
    number: int,
    outcome: ScenarioOutcome,
    plan: RunPlan,
    seed_number: int,
    on_failure: Callable[[Failure], Failure],
    out_of_time: Callable[[], bool],
) -> Iterator[Ran | Shrunk]:
    """What is to be told of a scenario: a failure is handed over before anything else is done with it."""
    if outcome.verdict is not Verdict.VIOLATED:
        yield Ran(number, outcome)
        return
    failure = Failure(outcome, seed_number)
    try:
        found = on_failure(failure)
    except KeyboardInterrupt:
        # It may have come after the failure was saved, which does not hurt to be done again.
        yield Ran(number, outcome, on_failure(failure))
        raise
    yield Ran(number, outcome, found)
    small = shrink(outcome, plan, out_of_time=out_of_time)
    if small is not outcome:
        found = on_failure(evolve(found, outcome=small))
    yield Shrunk(number, found)


class Collector:
    """Takes in what is told of scenarios in any order. Owns the tally of those whose turn it was."""

    def __init__(
        self, wanted: int | None, max_failures: int, on_progress: Callable[[Tally], None]
    ) -> None:
        self.tally = Tally()
        self._wanted = wanted
        self._max_failures = max_failures
        self._on_progress = on_progress
        self._ran: dict[int, Ran] = {}
        self._shrunk: dict[int, Failure] = {}
        self._failures: dict[int, Failure] = {}
        self._failing: dict[int, None] = {}
        self._next = 0

    @property
    def next_number(self) -> int:
        """The number of the scenario whose turn it is. O(1)."""
        return self._next

    @property
    def enough(self) -> bool:
        """Whether nothing more is wanted. O(1)."""
        return self._next >= self.limit

    @property
    def limit(self) -> int:
        """The first number that is certainly not wanted, as far as is known. O(failures)."""
        limit = self._wanted if self._wanted is not None else 2**62
        if len(self._failing) >= self._max_failures:
            limit = min(limit, sorted(self._failing)[self._max_failures - 1] + 1)
        return limit

    def take(self, message: Ran | Shrunk) -> None:
        """Take in one message. Amortised O(promises)."""
        if isinstance(message, Ran):
            self._ran[message.number] = message
            if message.failure is not None:
                self._failing[message.number] = None
        else:
            self._shrunk[message.number] = message.failure
        while self._next < self.limit and self._sum_next():
            self._next += 1
            self._on_progress(self.tally)

    def outcome(self, seed_number: int, explorer: str) -> RunOutcome:
        """The sum, with what was done of the scenarios whose turn has not come because the search was ended."""
        for number in sorted(self._ran):
            if self._next <= number < self.limit:
                self._sum_up(number)
        found = self.tally.outcome(seed_number, explorer)
        return evolve(found, verdict=Verdict.VIOLATED) if found.failures else found

    def _sum_next(self) -> bool:
        """Sum up the scenario whose turn it is, as far as it is done; whether it is."""
        number = self._next
        if number not in self._ran:
            return False
        if self._ran[number].failure is not None and number not in self._shrunk:
            return False
        self._sum_up(number)
        return True

    def _sum_up(self, number: int) -> None:
        ran = self._ran[number]
        if ran.failure is not None:
            # First of all, and by its number: an interruption may come at any moment.
            self._failures[number] = self._shrunk.get(number, ran.failure)
            self.tally.failures = list(self._failures.values())
        del self._ran[number]
        self.tally.add(ran.outcome)
