"""Defects planted in leader election: who leads for too long, too soon, or not at all."""

from __future__ import annotations

from windtunnel.model.cluster.actions.faults import ClockJump, Partition, ProcessCrash
from windtunnel.model.cluster.actions.operations import Scale
from windtunnel.model.cluster.actions.time import Advance, HealFault
from windtunnel.zoo.defect import PlantedDefect, back_after, scenario
from windtunnel.zoo.world import WEB_CONTROLLER

_LEADER, _OTHER = "controller-manager-0", "controller-manager-1"
_SILENT = Partition("apiserver-0", _LEADER)

LEADERS: tuple[PlantedDefect, ...] = (
    PlantedDefect(
        "elector-without-deadline",
        "leader-election",
        "elector_without_deadline:ElectorWithoutDeadline",
        "terms-do-not-overlap",
        "A leader goes on to lead for as long as it lives, whether or not it can renew its lease.",
        scenario((WEB_CONTROLLER,), *back_after(_SILENT, Advance(30_000)), managers=2),
    ),
    PlantedDefect(
        "elector-trusting-written-times",
        "leader-election",
        "elector_trusting_written_times:ElectorTrustingWrittenTimes",
        "terms-do-not-overlap",
        "A candidate compares the time that the holder wrote with its own time of day.",
        scenario(
            (WEB_CONTROLLER,), *back_after(ClockJump(_OTHER, 60_000), Advance(20_000)), managers=2
        ),
    ),
    PlantedDefect(
        "elector-that-lingers",
        "leader-election",
        "elector_that_lingers:ElectorThatLingers",
        "only-leaders-write",
        "A process that knows that it has lost its lease goes on with its work for a minute before it exits.",
        scenario(
            (WEB_CONTROLLER,),
            _SILENT,
            Advance(14_000),
            HealFault(str(_SILENT)),
            Scale("rc/web", 5),
            Advance(60_000),
            managers=2,
        ),
    ),
    PlantedDefect(
        "elector-that-never-takes-over",
        "leader-election",
        "elector_that_never_takes_over:ElectorThatNeverTakesOver",
        "one-of-them-leads",
        "A candidate takes a lease that somebody else has ever held for his for ever.",
        scenario((WEB_CONTROLLER,), *back_after(ProcessCrash(_LEADER)), managers=2),
    ),
)
