"""What the kubelet decides by functions agrees with what was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from windtunnel.conformance.tables import images, podphase, probes

_DATA = Path(probes.__file__).parents[1] / "data" / "conformance"


@pytest.mark.parametrize(
    ("area", "table"), [("probes", probes), ("podphase", podphase), ("images", images)]
)
def test_every_recorded_case_agrees(area: str, table: Any) -> None:
    """Probe workers, phases and image pulls behave as the real kubelet's."""
    cases = json.loads((_DATA / f"{area}.json").read_text(encoding="utf-8"))["cases"]
    differences = {
        case["name"]: difference
        for case in cases
        if not table.needs(case) and (difference := table.run(case)) is not None
    }
    assert {} == differences
