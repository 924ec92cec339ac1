"""Leader election by Lease, as client-go does it: at most one of several processes works, most of the time.

A candidate looks at the Lease every 2 s, and up to 1.2 times as long again by a choice. It notes when it saw a new
record, by the steady reading of its own clock; the times in the record are the holder's, and decide nothing. A lease
whose record has not changed for 15 s is anybody's. The holder renews 2 s after the last success. If it does not succeed
within 10 s of trying, every 2 s, it knows that it has lost, and its process exits. It does not give the lease back.

Nothing is fenced. A holder that was paused goes on where it was, and what it had sent arrives; even when it reads that
another one leads, it only gives up when its 10 s are over.

Not modelled: coordinated election; release of the lease when told to end; events about who leads.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.client.client import Client
from windtunnel.model.client.lease_lock import ElectionRecord, LeaseLock
from windtunnel.model.environment import Environment
from windtunnel.model.facts import LeadershipBegun, LeadershipLost
from windtunnel.model.heartbeats import SteadyTimer
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import DeadlineExceeded, sleep
from windtunnel.model.steady_timer import Recurring

JITTER_STEPS = 8
_JITTER_FACTOR_TENTHS = 12
_LEAST_TIMEOUT_MS = 1_000
_FAILURES = (ApiError, NetworkError, DeadlineExceeded)


class LeaderElector:
    """Role "leader-election": made with (process, environment, client, name of the lease), then started.

    Owns what was last observed of the lease. is_leading says whether the process has got it and not yet given up.
    """

    def __init__(
        self, process: Process, environment: Environment, client: Client, name: str
    ) -> None:
        self.process = process
        self.environment = environment
        self.settings = environment.settings.leader_election
        self.name = name
        self.identity = (
            f"{process.host}_{environment.identity.uid('leader election', process.name)}"
        )
        timeout_ms = max(self.settings.renew_deadline_ms // 2, _LEAST_TIMEOUT_MS)
        self.lock = LeaseLock(client, name, timeout_ms)
        self.observed: ElectionRecord | None = None
        self.observed_ms = 0
        self.is_leading = False
        self.is_failing = False
        self._seen: object = None
        self._looked_ms = 0
        self._lead: Callable[[], None] | None = None

    def start(self, lead: Callable[[], None]) -> None:
        """Compete for the lease; lead() is called once it is got."""
        self._lead = lead
        self.process.spawn(self.run(), f"election {self.name}")

    def busy(self) -> str | None:
        """What is still to be decided, in words; None where a living process leads, and is heard. O(servers)."""
        process = self.process
        if self.is_leading:
            return f"{process.name} fails to renew its lease" if self.is_failing else None
        leader = self.environment.leaders.get(self.name)
        if leader is None or self._is_silent(leader):
            return f"{process.name} waits for the lease {self.name}"
        return None

    # -- terms -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Wait for the lease, lead, and exit when it is lost."""
        await self.acquire()
        self.begin()
        await self.renew()
        self.end()

    async def acquire(self) -> None:
        """Try until the lease is got."""
        timer = self._timer("tries for the lease again", self.environment.heartbeats.listeners)
        while True:
            left_out = self.leave_out(self.process.loop.now_ms)
            if not left_out and await self.try_acquire_or_renew():
                return
            more_ms = self.retry_ms() - self.settings.retry_period_ms
            await timer.sleep(left_out=left_out, more_ms=more_ms)

    async def renew(self) -> None:
        """Renew for as long as that succeeds in time."""
        timer = self._timer("renews its lease", self.environment.heartbeats.timers)
        while True:
            left_out = self.leave_out(self.process.loop.now_ms)
            if not left_out and not await self.renew_in_time():
                return
            await timer.sleep(left_out=left_out)

    def _timer(self, what: str, timers: dict[str, SteadyTimer]) -> Recurring:
        """The timer of what recurs every retry period, among others that can be moved over idle time."""
        timer = Recurring(self.process, self.settings.retry_period_ms, what, self.leave_out)
        timer.takes_ms = self.environment.heartbeats.write_takes_ms
        timers[f"{self.process.name} {self.name}"] = timer
        return timer

    def leave_out(self, moment_ms: int) -> bool:
        """Leave out the look or renewal of a moment (in true time) that would bring nothing new; says whether."""
        process, heartbeats = self.process, self.environment.heartbeats
        if not heartbeats.may_leave_out_of_election(process, self.lock.key, self.lock.version):
            return False
        if self.is_holder():
            if not self.is_leading or not self.is_valid(process.now_ms):
                return False
            heartbeats.held_ms[self.name] = moment_ms
        elif not self._was_held_since(self._looked_ms) or self.is_leading:
            return False
        self._looked_ms = moment_ms
        self.observed_ms = process.now_ms + moment_ms - process.loop.now_ms
        return True

    def _was_held_since(self, moment_ms: int) -> bool:
        """Whether the leader has renewed since then without sending it. O(1)."""
        return self.environment.heartbeats.held_ms.get(self.name, -1) >= moment_ms > 0

    async def renew_in_time(self) -> bool:
        """Try to renew until the deadline, every retry period; says whether it succeeded."""
        process, retry_ms = self.process, self.settings.retry_period_ms
        deadline_ms = process.now_ms + self.settings.renew_deadline_ms
        while True:
            next_ms = min(process.now_ms + retry_ms, deadline_ms)
            try:
                renewal = self.try_acquire_or_renew()
                if await process.within(deadline_ms - process.now_ms, renewal, "to renew"):
                    self.is_failing = False
                    return True
            except DeadlineExceeded:
                return False
            self.is_failing = True
            await sleep(max(next_ms - process.now_ms, 0), "tries to renew again", background=True)
            if process.now_ms >= deadline_ms:
                return False

    def begin(self) -> None:
        """The lease is got: say so, and let the work begin."""
        process = self.process
        assert self.observed is not None and self._lead is not None
        self.is_leading = True
        self.environment.leaders[self.name] = process, process.incarnation
        process.facts.emit(
            LeadershipBegun(process.loop.step, process.loop.now_ms, process.name, process.incarnation,
                            self.name, self.observed.transitions)
        )  # fmt: skip
        lead = self._lead
        process.loop.after(
            0, process.name, f"leads by the lease {self.name}", lambda _: lead(), background=False
        )

    def end(self) -> None:
        """The lease is lost: say so, and exit."""
        process = self.process
        self.is_leading = False
        process.facts.emit(
            LeadershipLost(
                process.loop.step, process.loop.now_ms, process.name, process.incarnation, self.name
            )
        )
        self.leave()

    def leave(self) -> None:
        """Exit, since the controllers cannot be told to stop."""
        self.process.exit(f"it lost the lease {self.name}")

    # -- one attempt -----------------------------------------------------------------------------------------------

    async def try_acquire_or_renew(self) -> bool:
        """Get the lease if it is free, renew it if it is one's own; says whether that worked."""
        now_ms, new = self.process.now_ms, self.new_record()
        observed = self.observed
        if (
            observed is not None
            and self.is_holder()
            and self.is_valid(now_ms)
            and await self.has_written(self.renewed(new, observed))
        ):
            return True
        # Nothing is known for sure, or the write failed, which may have been carried out: read first.
        try:
            found = await self.lock.get()
        except _FAILURES as error:
            if isinstance(error, ApiError) and is_not_found(error):
                return await self.has_written(new, create=True)
            return False
        was_held = self._was_held_since(self._looked_ms)
        self._looked_ms = self.process.loop.now_ms
        if was_held or found.as_compared() != self._seen:
            self._seen = found.as_compared()
            self.observe(found)
        if found.holder and self.is_valid(now_ms) and not self.is_holder():
            return False
        if self.is_holder():
            return await self.has_written(self.renewed(new, found))
        return await self.has_written(evolve(new, transitions=found.transitions + 1))

    def is_holder(self) -> bool:
        """Whether the last observed record names this process's incarnation. O(1)."""
        return self.observed is not None and self.observed.holder == self.identity

    def is_valid(self, now_ms: int) -> bool:
        """Whether the last observed record is not older than it may get, by when it was observed here. O(1)."""
        observed = self.observed
        return observed is not None and self.observed_ms + observed.duration_seconds * 1000 > now_ms

    def observe(self, record: ElectionRecord) -> None:
        """Note a record, and when it was seen. O(1)."""
        self.observed, self.observed_ms = record, self.process.now_ms

    def new_record(self) -> ElectionRecord:
        """The record of a term that begins now. O(1)."""
        wall_ms, seconds = self.process.wall_ms, self.settings.lease_duration_seconds
        return ElectionRecord(self.identity, seconds, wall_ms, wall_ms)

    def renewed(self, new: ElectionRecord, old: ElectionRecord) -> ElectionRecord:
        """The record of a term that goes on. O(1)."""
        return evolve(new, acquired_ms=old.acquired_ms, transitions=old.transitions)

    async def has_written(self, record: ElectionRecord, *, create: bool = False) -> bool:
        """Write a record, and observe it if that is known to have worked; says whether."""
        try:
            await (self.lock.create(record) if create else self.lock.update(record))
        except _FAILURES:
            return False
        self.observe(record)
        return True

    def retry_ms(self) -> int:
        """How long a candidate waits before it looks again: the period, and up to 1.2 times as long more. O(1)."""
        period_ms = self.settings.retry_period_ms
        step = self.environment.choices(f"leader election {self.process.name}", JITTER_STEPS)
        return period_ms + period_ms * _JITTER_FACTOR_TENTHS * step // (10 * JITTER_STEPS)

    def _is_silent(self, leader: tuple[Process, int]) -> bool:
        """Whether the last leader is down, stopped, or out of reach: then its lease will run out. O(servers)."""
        process, incarnation = leader
        network = process.network
        servers = [network.processes[each].host for each in self.environment.apiservers]
        return (
            not process.alive
            or process.incarnation != incarnation
            or process.paused
            or all(
                network.is_cut(process.host, server) or network.is_cut(server, process.host)
                for server in servers
            )
        )
