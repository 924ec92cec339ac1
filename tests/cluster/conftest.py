"""The cluster that actions are tried on."""

from __future__ import annotations

import pytest

from windtunnel.examples import guestbook
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run


@pytest.fixture
def cluster() -> Cluster:
    """The guestbook, settled."""
    plan = RunPlan(objects=guestbook(), promises=())
    run = Run(plan, Scenario(plan.shape, plan.objects))
    run.begin()
    run.cluster.settle()
    return run.cluster
