"""The Monitor: hands each fact to the promises that asked for its kind, and judges the run.

Cost goes by the fact: a write to a resource reaches only the promises about that resource, over indexes that each write
keeps up. Eventual promises rest until every fault is healed. Each is then evaluated when its bound is over (just before
the first fact after it, so on the world exactly as it was), and at every later rest and at the end, since it must stay
true. An operation, or a new fault, after healing begins the waiting anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from windtunnel.invariants.promise import EVENTUALLY, Calls, Promise, Writes
from windtunnel.invariants.promises import BUILT_IN
from windtunnel.invariants.running import KEPT, Found, Running
from windtunnel.invariants.verdict import UNCONCERNED, Verdict, Violation, worst
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.apiserver.request import Request
from windtunnel.model.cluster.action import TIME
from windtunnel.model.cluster.settling import why_busy
from windtunnel.model.facts import (
    ActionBegun,
    CallAnswered,
    CallBegun,
    ClockChanged,
    Committed,
    Fact,
    Finished,
    Healed,
    ProcessDown,
    ProcessUp,
    Settled,
)
from windtunnel.model.outcome import Finding, PromiseResult

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

_CAUSES = 50


class Monitor:
    """Watches one cluster from before its start. Owns the counts, the violations and the deadlines."""

    def __init__(self, cluster: Cluster, promises: Sequence[Promise] = BUILT_IN) -> None:
        self.world = World(cluster)
        self.found: list[Found] = []
        self.on_found: Callable[[Found], None] = lambda found: None
        """Told of each violation that is kept, at once."""
        self._promises = tuple(promises)
        self._running = [Running(promise) for promise in promises]
        self._eventual = [run for run in self._running if run.promise.kind == EVENTUALLY]
        self._healed_ms: int | None = None
        self._due: list[tuple[int, Running]] = []
        self._by_fact: dict[type, list[Running]] = {}
        self._writes: dict[str, list[Running]] = {}
        self._by_call: dict[tuple[type, str | type], list[Running]] = {}
        self._written: dict[str, int] = {}
        """The step of the last write to each object, by its name in words."""
        self._subscribe(cluster)

    # -- what it came to -------------------------------------------------------------------------------------------

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the applicable promises so far. O(promises)."""
        return worst(result.verdict for result in self.results() if result.applicable)

    def results(self) -> tuple[PromiseResult, ...]:
        """How each promise fared, in the order in which they were given. O(promises)."""
        return tuple(run.result(self.world) for run in self._running)

    def findings(self) -> tuple[Finding, ...]:
        """The kept violations with their chains of causes, in the order in which they were found. O(violations)."""
        return tuple(self._finding(found) for found in self.found)

    def unmet(self) -> tuple[tuple[Promise, Violation], ...]:
        """What the eventual promises still wait for, in words. O(cluster)."""
        return tuple(
            (run.promise, violation)
            for run in self._eventual
            for violation in run.unmet(self.world) or ()
        )

    def wait_until_ms(self) -> int | None:
        """Until when a run must go on before an unmet eventual promise is broken; None: nothing waits. O(cluster)."""
        if self._healed_ms is None:
            return None
        waiting = [self._deadline(run) for run in self._eventual if run.unmet(self.world)]
        return max(waiting, default=None)

    # -- facts -----------------------------------------------------------------------------------------------------

    def _subscribe(self, cluster: Cluster) -> None:
        for run in self._running:
            for trigger in run.promise.on:
                if isinstance(trigger, type) and trigger is not Committed:
                    self._by_fact.setdefault(trigger, []).append(run)
        own: dict[type, Callable[[Any], None]] = {
            Committed: self._committed,
            CallBegun: self._call_begun,
            CallAnswered: self._call_answered,
            ProcessUp: self._process_up,
            ProcessDown: self._process_down,
            ClockChanged: self._clock_changed,
            ActionBegun: self._action_begun,
            Healed: self._healed,
            Settled: self._rest,
            Finished: self._finished,
        }
        for kind, observer in own.items():
            cluster.facts.subscribe(kind, observer)
        for kind in self._by_fact:
            if kind not in own:
                cluster.facts.subscribe(kind, self._hand_out)

    def _hand_out(self, fact: Fact) -> None:
        runs = self._by_fact.get(type(fact))
        if runs is not None:
            self._check(runs, fact)

    def _check(self, runs: Sequence[Running], fact: Fact) -> None:
        world = self.world
        for run in runs:
            # The most frequent line of a run: a check that says at once that the fact does not concern it ends here.
            try:
                said = run.see(fact, world)
            except Exception as error:  # noqa: BLE001 - a check that breaks is UNKNOWN, and the run goes on
                run.broke(error)
                continue
            if said is UNCONCERNED:
                continue
            for violation in run.take(said):
                self._keep(run, violation, fact.step, fact.now_ms)

    def _committed(self, fact: Committed) -> None:
        if self._due and fact.now_ms > self._due[-1][0]:
            self._judge_due(fact.now_ms)
        self.world.apply(fact.change)
        self._written[named(fact.change.record)] = fact.step
        resource = fact.change.key.resource
        runs = self._writes.get(resource)
        if runs is None:
            runs = self._writes[resource] = [
                self._running[n] for n in _wanting(self._promises, resource)
            ]
        self._check(runs, fact)

    def _call_begun(self, fact: CallBegun) -> None:
        self.world.calls.begun(fact)
        runs = self._about(CallBegun, fact.request)
        if runs:
            self._check(runs, fact)

    def _call_answered(self, fact: CallAnswered) -> None:
        runs = self._about(CallAnswered, fact.request)
        if runs:
            self._check(runs, fact)
        self.world.calls.answered(fact)

    def _about(self, kind: type, request: Any) -> list[Running]:
        """Who asked for the calls of a request like this one. O(1) after the first."""
        what: Any = request.verb if type(request) is Request else type(request)
        runs = self._by_call.get((kind, what))
        if runs is None:
            runs = [self._running[n] for n in _asking(self._promises, kind, what)]
            self._by_call[kind, what] = runs
        return runs

    def _process_up(self, fact: ProcessUp) -> None:
        self.world.calls.up(fact, self.world.revision)
        self._hand_out(fact)

    def _clock_changed(self, fact: ClockChanged) -> None:
        self.world.fastest_rate = max(self.world.fastest_rate, fact.rate)
        self._hand_out(fact)

    def _process_down(self, fact: ProcessDown) -> None:
        self.world.calls.down(fact)
        self._hand_out(fact)

    def _action_begun(self, fact: ActionBegun) -> None:
        if self._due:
            self._judge_due(fact.now_ms)
        action = fact.action
        self.world.actions[action.action_name] = self.world.actions.get(action.action_name, 0) + 1
        if action.action_sort != TIME:
            self._healed_ms, self._due = None, []
        self._hand_out(fact)

    # -- eventual promises -----------------------------------------------------------------------------------------

    def _deadline(self, run: Running) -> int:
        bound = run.promise.within
        assert bound is not None and self._healed_ms is not None
        return self._healed_ms + bound.ms

    def _healed(self, fact: Healed) -> None:
        self._healed_ms = self.world.healed_ms = fact.now_ms
        due = [(self._deadline(run), run) for run in self._eventual]
        # The earliest last: that is the one each write is compared with.
        self._due = sorted(due, key=lambda entry: -entry[0])
        self._hand_out(fact)

    def _judge_due(self, now_ms: int) -> None:
        while self._due and now_ms > self._due[-1][0]:
            deadline_ms, run = self._due.pop()
            self._judge(run, self.world.step, deadline_ms)

    def _judge(self, run: Running, step: int, now_ms: int) -> None:
        moment = (now_ms, self.world.revision)
        if run.judged_at == moment:
            return
        violations = run.unmet(self.world)
        if violations is None:
            return
        run.judged_at = moment
        run.open = ""
        run.count(violations)
        for violation in violations:
            self._keep(run, violation, step, now_ms)

    def _rest(self, fact: Settled) -> None:
        self._judge_due(fact.now_ms)
        if self._healed_ms is not None:
            for run in self._eventual:
                if fact.now_ms > self._deadline(run):
                    self._judge(run, fact.step, fact.now_ms)
        self._hand_out(fact)

    def _finished(self, fact: Finished) -> None:
        self._judge_due(fact.now_ms)
        if self._healed_ms is not None:
            for run in self._eventual:
                self._judge_at_end(run, fact)
        self._hand_out(fact)

    def _judge_at_end(self, run: Running, fact: Finished) -> None:
        deadline_ms = self._deadline(run)
        if fact.now_ms >= deadline_ms or not run.unmet(self.world):
            self._judge(run, fact.step, fact.now_ms)
            return
        early_ms = deadline_ms - fact.now_ms
        run.open = f"the run ended {early_ms / 1000:g} s before its bound was over" + (
            f": {fact.reason}" if fact.reason else ""
        )

    # -- violations ------------------------------------------------------------------------------------------------

    def _keep(self, run: Running, violation: Violation, step: int, now_ms: int) -> None:
        if sum(1 for each in self.found if each.promise is run.promise) < KEPT:
            found = Found(run.promise, violation, step, now_ms)
            self.found.append(found)
            self.on_found(found)

    def _finding(self, found: Found) -> Finding:
        violation = found.violation
        return Finding(
            found.promise.id,
            found.promise.text,
            violation.expected,
            violation.found,
            violation.object,
            violation.revision or self.world.revision,
            found.step,
            found.now_ms,
            self._causes(found),
        )

    def _causes(self, found: Found) -> tuple[str, ...]:
        """How it came to this: what led to the step, or, for what never came true, to the last write of the object."""
        trace, step = self.world.cluster.loop.trace, found.step
        if found.promise.kind == EVENTUALLY:
            step = self._written.get(found.violation.object, 0)
        chain = trace.causes(step, _CAUSES) if step else []
        causes = [
            f"step {number} at {each.when_ms / 1000:.3f} s, {each.who}: {each.what}"
            for number, each in chain
        ]
        if found.promise.kind == EVENTUALLY:
            waits = why_busy(self.world.cluster)
            causes.append(
                f"since then: {waits}" if waits else "since then: nobody has anything to do"
            )
        return tuple(causes)


@lru_cache(maxsize=4096)
def _asking(promises: tuple[Promise, ...], kind: type, what: Hashable) -> tuple[int, ...]:
    """Which of these promises asked for such calls: the same for every run of a search."""
    return tuple(number for number, promise in enumerate(promises) if _asks(promise, kind, what))


@lru_cache(maxsize=4096)
def _wanting(promises: tuple[Promise, ...], resource: str) -> tuple[int, ...]:
    """Which of these promises asked for the writes of a resource."""
    return tuple(number for number, promise in enumerate(promises) if _wants(promise, resource))


def _asks(promise: Promise, kind: type, what: Hashable) -> bool:
    return any(
        trigger is kind
        or (isinstance(trigger, Calls) and trigger.fact is kind and what in trigger.requests)
        for trigger in promise.on
    )


def _wants(promise: Promise, resource: str) -> bool:
    return any(
        trigger is Committed or (isinstance(trigger, Writes) and resource in trigger.resources)
        for trigger in promise.on
    )
