"""The plugins agree with what was recorded."""

from __future__ import annotations

import json
from pathlib import Path

from windtunnel.conformance.exceptions import EXCEPTIONS
from windtunnel.conformance.tables import scheduler

_DATA = Path(scheduler.__file__).parents[1] / "data" / "conformance" / "scheduler.json"


def test_every_recorded_case_of_a_plugin_that_there_is_agrees() -> None:
    """Verdicts, scores, tolerations and node selectors are those of the real scheduler."""
    cases = json.loads(_DATA.read_text(encoding="utf-8"))["cases"]
    known = EXCEPTIONS["conformance/scheduler"]
    modelled = [case for case in cases if not scheduler.needs(case) and case["name"] not in known]
    differences = {
        case["name"]: difference
        for case in modelled
        if (difference := scheduler.run(case)) is not None
    }
    assert {} == differences
    assert len(modelled) >= 0.98 * len(cases)


def test_only_plugins_that_there_are_not_are_asked_for() -> None:
    """What a case needs follows from its plugin, and from nothing else."""
    cases = json.loads(_DATA.read_text(encoding="utf-8"))["cases"]
    needs = sorted({need for case in cases for need in scheduler.needs(case)})
    assert all(need.startswith("plugin ") for need in needs)
