"""A scheduler without the filter for taints."""

from __future__ import annotations

from windtunnel.model.scheduler.decision import Profile
from windtunnel.model.scheduler.filters import default_filters
from windtunnel.model.scheduler.scheduler import Scheduler


class SchedulerIgnoringTaints(Scheduler):
    """Puts pods on nodes that refuse them."""

    def make_profile(self) -> Profile:
        """Every filter but one."""
        return Profile([each for each in default_filters() if each.name != "TaintToleration"])
