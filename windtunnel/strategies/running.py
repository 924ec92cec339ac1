"""One run of one scenario, action by action: bring up, apply, judge after every fact, heal, settle, judge again.

The Hypothesis machine drives a Run as it draws; a replay drives one from a saved scenario. Both go through the same
calls in the same order, so a scenario that was found replays to the same digest.
"""

from __future__ import annotations

from collections import Counter
from zlib import crc32

from attrs import evolve

from windtunnel.invariants.meaning.ends import End
from windtunnel.invariants.monitor import Monitor
from windtunnel.invariants.running import Found
from windtunnel.model.cluster.action import Action, NotApplicable
from windtunnel.model.cluster.actions.operations import apply_manifest, send
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.targets import target_name
from windtunnel.model.facts import Finished
from windtunnel.model.outcome import ScenarioOutcome, Verdict
from windtunnel.model.sim.loop import EventLimit
from windtunnel.model.timeline import Timeline
from windtunnel.strategies.fair_twin import fair_twin, has_faults, rest_of
from windtunnel.strategies.plan import RunPlan

FINISH_LIMIT_MS = 1_800_000
"""How long healing may take: above the bound of every `eventually`."""
QUIET_MS = 30_000
"""How long what came true must stay true."""
AFTERMATH_EVENTS = 2_000
"""How much is looked at, for what else breaks, between the first broken promise and the end of that action."""


class Run:
    """A scenario under way. begin(), then apply() each action, then finish()."""

    def __init__(self, plan: RunPlan, head: Scenario, *, draw: bool = False) -> None:
        self.plan = plan
        self.head = head
        self.applied: list[Action] = []
        self.not_applied: list[str] = []
        self.exhausted = ""
        self._ends_soon = False
        self.cluster = Cluster(
            head.shape,
            settings=plan.settings,
            swaps=plan.swaps,
            kinds=plan.kinds.with_objects(head.objects),
            controllers=plan.controllers,
            deviations=head.deviations,
            salt=head.salt,
        )
        self.cluster.loop.limit_steps = plan.limit_events
        self.monitor = Monitor(self.cluster, plan.promises)
        self.monitor.on_found = self.broken
        self.monitor.world.fair_end = self._fair_end
        self._ends: list[End | None] = []
        self._timeline = Timeline(self.cluster.facts) if draw else None

    def begin(self) -> None:
        """Bring the cluster up and ask for the starting objects; they are not waited for."""
        try:
            self._begin()
        except EventLimit as limit:
            self.exhausted = str(limit)

    def _begin(self) -> None:
        self.cluster.start()
        for manifest in self.head.objects:
            kind = self.cluster.environment.kinds.for_object(manifest)
            target = target_name(kind, manifest["metadata"])
            if manifest["metadata"].get("name"):
                self.cluster.manifests[target] = manifest
            with self.cluster.loop.because("user", f"applies {target}"):
                send(self.cluster, apply_manifest(self.cluster, manifest), "apply")

    def broken(self, found: Found) -> None:
        """A promise was broken: the run ends soon, also within an action that would never come to rest. O(1)."""
        if not self._ends_soon:
            self._ends_soon = True
            loop = self.cluster.loop
            limit = loop.step + AFTERMATH_EVENTS
            loop.limit_steps = min(limit, self.plan.limit_events)

    @property
    def over(self) -> bool:
        """Whether nothing more can be learnt: a promise has been broken, or the events are used up."""
        return bool(self.monitor.found or self.exhausted)

    def apply(self, action: Action) -> bool:
        """Apply one action; one that does not apply is noted and False."""
        try:
            self.cluster.apply(action)
        except NotApplicable as error:
            self.not_applied.append(str(error))
            return False
        except EventLimit as limit:
            self.exhausted = str(limit)
        self.applied.append(action)
        return True

    def finish(self) -> ScenarioOutcome:
        """Heal everything, wait for what must come true, see whether it stays true, and sum up."""
        return self._outcome(*self.complete())

    def complete(self) -> tuple[bool, str]:
        """As finish, without the sum: whether the cluster came to rest, and why not."""
        settled = False
        reason = "a promise was broken before" if self.monitor.found else self.exhausted
        if not self.over:
            try:
                settled, reason = self._heal_and_wait()
            except EventLimit as limit:
                settled, reason = False, str(limit)
            loop = self.cluster.loop
            self.cluster.facts.emit(Finished(loop.step, loop.now_ms, settled, reason))
        return settled, reason

    def _heal_and_wait(self) -> tuple[bool, str]:
        cluster = self.cluster
        cluster.heal_all()
        settlement = cluster.settle(FINISH_LIMIT_MS)
        self._wait_for_promises()
        cluster.run_for(QUIET_MS)
        # What had come true and is no longer so has until its bound too; then it is known not to have stayed true.
        self._wait_for_promises()
        return settlement.settled, settlement.reason

    def _wait_for_promises(self) -> None:
        """At rest, but not where it should be: background work has until the bound to mend it."""
        deadline_ms = self.monitor.wait_until_ms()
        if deadline_ms is not None and deadline_ms > self.cluster.now_ms:
            self.cluster.run_for(deadline_ms - self.cluster.now_ms)

    def _fair_end(self) -> End | None:
        """How the same scenario ends without its faults; None where that is not to be known, or never ends."""
        if not self._ends:
            self._ends.append(self._end_of_twin() if self._is_compared() else None)
        return self._ends[0]

    def _is_compared(self) -> bool:
        every = self.plan.compare_every
        if not every or not has_faults(self.scenario):
            return False
        # By what the scenario says, so that a replay with the same plan does as the search did.
        return crc32("\n".join(map(str, self.applied)).encode()) % every == 0

    def _end_of_twin(self) -> End | None:
        twin = fair_twin(self.scenario)
        one = Run(evolve(self.plan, promises=()), evolve(twin, actions=()))
        one.begin()
        for action in twin.actions:
            one.apply(action)
        return None if one.exhausted else rest_of(one.cluster)

    @property
    def scenario(self) -> Scenario:
        """The scenario so far: the head, and the actions that applied."""
        return evolve(self.head, actions=tuple(self.applied))

    def _outcome(self, settled: bool, reason: str) -> ScenarioOutcome:
        cluster = self.cluster
        promises = self.monitor.results()
        findings = self.monitor.findings()
        timeline = self._timeline
        verdict = max((p.verdict for p in promises if p.applicable), default=Verdict.HELD)
        return ScenarioOutcome(
            scenario=self.scenario,
            verdict=verdict,
            promises=promises,
            findings=findings,
            not_applied=tuple(self.not_applied),
            settled=settled,
            reason=reason,
            actions=len(self.applied),
            events=cluster.loop.step,
            virtual_ms=cluster.now_ms,
            digest=cluster.loop.trace.digest(),
            coverage=dict(sorted(Counter(a.action_name for a in self.applied).items())),
            spans=timeline.spans(cluster.now_ms) if timeline is not None else (),
        )


def run_scenario(scenario: Scenario, plan: RunPlan, *, draw: bool = False) -> ScenarioOutcome:
    """Run a scenario from beginning to end. The outcome is a function of scenario, plan and code; draw keeps what a
    picture of it needs."""
    one = Run(plan, evolve(scenario, actions=()), draw=draw)
    one.begin()
    for action in scenario.actions:
        if one.over:
            break
        one.apply(action)
    return one.finish()
