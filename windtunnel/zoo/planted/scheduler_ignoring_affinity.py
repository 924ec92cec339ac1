"""A scheduler without the filter for affinity between pods."""

from __future__ import annotations

from windtunnel.model.scheduler.decision import Profile
from windtunnel.model.scheduler.filters import default_filters
from windtunnel.model.scheduler.scheduler import Scheduler


class SchedulerIgnoringAffinity(Scheduler):
    """Puts pods next to those that they cannot bear."""

    def make_profile(self) -> Profile:
        """Every filter but one."""
        return Profile([each for each in default_filters() if each.name != "InterPodAffinity"])
