"""A scheduler without the filter for room: processors, memory and the number of pods."""

from __future__ import annotations

from windtunnel.model.scheduler.decision import Profile
from windtunnel.model.scheduler.filters import default_filters
from windtunnel.model.scheduler.scheduler import Scheduler


class SchedulerIgnoringRoom(Scheduler):
    """Takes a full node for an empty one."""

    def make_profile(self) -> Profile:
        """Every filter but the one for room."""
        return Profile([each for each in default_filters() if each.name != "NodeResourcesFit"])
