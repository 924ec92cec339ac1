"""The swarm: scenario after scenario from a seed, each with a mix of its own, aimed at the moments that matter.

A scenario is a loop: pick a group of actions, one of its kinds, one of its choices as the cluster is now, and a pause.
Sometimes it aims instead. An operation may be preceded by a trap, so that a process dies just before or just after the
very request that it makes because of the operation, or be followed at that moment by a fault that concerns the process,
by an answer that gets lost, or by another operation; a fault may wait for a lease that is about to be renewed or a
watch about to be opened again. Where such moments are, a rehearsal of the plan has shown.

Scenario n is a function of plan, seed and n. No Hypothesis is in here; replay, shrinking and reports are the same.
"""

from __future__ import annotations

from collections.abc import Callable

from windtunnel.model.cluster.action import TIME, Action
from windtunnel.model.cluster.actions.faults import ApiServerCrash, LoseAnswers, ProcessCrash
from windtunnel.model.cluster.actions.operations import Apply
from windtunnel.model.cluster.actions.time import Advance, HealFault, Settle
from windtunnel.model.cluster.settling import is_settled
from windtunnel.model.outcome import ScenarioOutcome
from windtunnel.strategies.generator import Generator, Weights
from windtunnel.strategies.heads import draw_head
from windtunnel.strategies.mix import (
    AT_REST,
    BREAK,
    DISTURB,
    HEAL,
    OPERATE,
    PUT_BACK,
    SETTLE,
    draw_mix,
)
from windtunnel.strategies.moments import Moment, Moments
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run

TRIES = 4
"""How often another kind of action, or another choice, is asked for where one does not fit."""
AROUND_MS = (-1, 0, 1, 2)
BEFORE_MS = (-2, -1, 0)
REST_BEFORE_AIMING = 0.5
IMPATIENCE = 0.7
SHORT_WAITS_MS = (200, 2_000)
NEAR_MS, FAR = 60_000, 0.1
"""Beats that come at least so often are near; how often a far one is waited for."""
LONGEST_WAIT_MS = 700_000


class SwarmScenario:
    """One scenario under way. Owns its generator and its run; outcome() runs it to the end."""

    def __init__(self, plan: RunPlan, moments: Moments, seed_number: int, number: int) -> None:
        self._plan = plan
        self._moments = moments
        self._generator = generator = Generator("swarm", seed_number, number)
        self._mix = draw_mix(generator, plan)
        self._head = draw_head(generator, plan, self._mix, moments)
        self.run = Run(plan, self._head.scenario)
        self._left = self._mix.length
        self._groups: dict[str, Callable[[], None]] = {
            OPERATE: self._operate,
            PUT_BACK: self._put_back,
            BREAK: self._break,
            DISTURB: self._disturb,
            HEAL: self._heal,
            SETTLE: self._settle,
        }

    def outcome(self) -> ScenarioOutcome:
        """Run the scenario from beginning to end. O(its events)."""
        run = self.run
        run.begin()
        if self._head.opening is not None:
            self._settle()
            self._do(self._draw(self._head.opening))
        while self._left > 0 and not run.over:
            left = self._left
            self._groups[self._generator.heavy(self._mix.groups)]()
            if self._left == left:
                self._left -= 1  # nothing of that group can be done now
            self._pause()
        return run.finish()

    # -- the groups ------------------------------------------------------------------------------------------------

    def _operate(self) -> None:
        operations = self._mix.operations
        if not self._generator.chance(self._mix.aim):
            self._do(self._any_of(operations))
            return
        if self._generator.chance(REST_BEFORE_AIMING):
            self._settle()
        operation = self._any_of(operations)
        moment = self._moment_after(operation)
        if operation is None or moment is None:
            self._do(operation)
        else:
            self._aim(operation, moment)

    def _put_back(self) -> None:
        self._do(self._draw(Apply))

    def _break(self) -> None:
        if self._generator.chance(self._mix.aim):
            self._break_at_a_beat()
        else:
            self._do(self._any_of(self._mix.breaks))

    def _disturb(self) -> None:
        self._do(self._any_of(self._mix.disturbances))

    def _heal(self) -> None:
        self._do(self._draw(HealFault))

    def _settle(self) -> None:
        cluster = self.run.cluster
        if self.run.over or is_settled(cluster):
            return
        if cluster.faults and self._generator.chance(IMPATIENCE):
            # What waits for a broken thing takes minutes to give up, and little happens in them.
            self._wait(self._generator.one_of(SHORT_WAITS_MS))
        else:
            self._do(Settle())

    def _pause(self) -> None:
        pause_ms = self._generator.heavy(self._mix.pauses)
        if pause_ms == AT_REST:
            self._settle()
        else:
            self._wait(pause_ms)

    # -- aiming ----------------------------------------------------------------------------------------------------

    def _aim(self, operation: Action, moment: Moment) -> None:
        """The operation, and something that happens to whoever acts because of it, at the moment when it does."""
        trap = ApiServerCrash if self._is_server(moment.process) else ProcessCrash
        ways: list[Callable[[Action, Moment], Action | None]] = [self._operate_again]
        if trap in self._mix.faults:
            ways += [self._set_a_trap] * 2
        if LoseAnswers in self._mix.faults:
            ways.append(self._lose_the_answer)
        if self._mix.breaks:
            ways += [self._break_then] * 2
        fault = self._generator.one_of(ways)(operation, moment)
        if fault is not None and self._generator.chance(self._mix.heal_soon):
            self._pause()
            self._do(HealFault(str(fault)) if str(fault) in self.run.cluster.faults else None)

    def _set_a_trap(self, operation: Action, moment: Moment) -> Action | None:
        after_requests = moment.requests + self._generator.below(2)
        crash = ApiServerCrash if self._is_server(moment.process) else ProcessCrash
        trap = crash(moment.process, after_requests)
        if not trap.why_not(self.run.cluster):
            self._do(trap)
        self._do(operation)
        return trap

    def _lose_the_answer(self, operation: Action, moment: Moment) -> Action | None:
        self._do(operation)
        self._wait(moment.after_ms - 1)
        lost = LoseAnswers(moment.process, 1 + self._generator.below(2))
        self._do(lost)
        return lost

    def _break_then(self, operation: Action, moment: Moment) -> Action | None:
        self._do(operation)
        self._wait(moment.after_ms + self._generator.one_of(AROUND_MS))
        fault = self._fault_about(moment.process)
        self._do(fault)
        return fault

    def _operate_again(self, operation: Action, moment: Moment) -> Action | None:
        self._do(operation)
        self._wait(moment.after_ms + self._generator.one_of(AROUND_MS))
        self._do(self._any_of(self._mix.operations))
        return None

    def _break_at_a_beat(self) -> None:
        """Wait for a lease that is to be renewed, or a watch to be opened again, and break something just before."""
        cluster = self.run.cluster
        near, far = self._moments.beats_within(NEAR_MS)
        beats = far if far and (not near or self._generator.chance(FAR)) else near
        beat = self._generator.one_of(beats) if beats else None
        next_ms = beat.next_ms(cluster.now_ms) if beat is not None else None
        if beat is None or next_ms is None or beat.process not in cluster.processes:
            self._do(self._any_of(self._mix.breaks))
            return
        self._wait(next_ms - cluster.now_ms + self._generator.one_of(BEFORE_MS))
        self._do(self._fault_about(beat.process))

    def _moment_after(self, operation: Action | None) -> Moment | None:
        ripple = self._moments.ripples.get(operation.action_name) if operation else None
        if not ripple:
            return None
        moment = self._generator.one_of(self._generator.one_of(ripple))
        return moment if moment.process in self.run.cluster.processes else None

    def _fault_about(self, process: str) -> Action | None:
        """A fault that hits this process or its host, if one is found soon; any other else."""
        names = (process, self.run.cluster.processes[process].host)
        fault = None
        for _ in range(TRIES):
            fault = self._any_of(self._mix.breaks)
            if fault is not None and any(v in names for v in fault.parameters().values()):
                break
        return fault

    def _is_server(self, process: str) -> bool:
        return process in self.run.cluster.environment.apiservers

    # -- doing -----------------------------------------------------------------------------------------------------

    def _any_of(self, classes: Weights[type[Action]]) -> Action | None:
        """An action of one of the classes, by their weights; None where none is found soon."""
        for _ in range(TRIES):
            action = self._draw(self._generator.heavy(classes))
            if action is not None:
                return action
        return None

    def _draw(self, cls: type[Action]) -> Action | None:
        return cls.draw(self.run.cluster, self._pick)

    def _pick(self, below: int) -> int:
        if self._mix.habit and self._generator.chance(self._mix.habit):
            return int(self._mix.place * below)
        return self._generator.below(below)

    def _wait(self, duration_ms: int) -> None:
        if duration_ms > 0:
            self._do(Advance(min(duration_ms, LONGEST_WAIT_MS)))

    def _do(self, action: Action | None) -> None:
        if action is None or self.run.over:
            return
        if action.action_sort != TIME:
            self._left -= 1
        self.run.apply(action)
