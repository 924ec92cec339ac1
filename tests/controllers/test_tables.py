"""The controllers' decisions against the tables recorded from Kubernetes."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

import windtunnel.conformance
from windtunnel.conformance.tables import endpoints, replicaset

DATA = Path(windtunnel.conformance.__file__).parent / "data" / "conformance"
CONTRADICTIONS = {"replicaset": 0, "endpoints": 1}
"""In `endpoints`, one service with an empty selector reads like one without, and another answer is wanted of it."""


@pytest.mark.parametrize(("area", "table"), [("replicaset", replicaset), ("endpoints", endpoints)])
def test_a_table_holds(area: str, table: ModuleType) -> None:
    """Every case that the model has a notion of gives the recorded answer, but for those that contradict another."""
    cases = json.loads((DATA / f"{area}.json").read_text())["cases"]
    needs = getattr(table, "needs", lambda case: None)
    modelled = [case for case in cases if needs(case) is None]
    differences = [text for case in modelled if (text := table.run(case)) is not None]
    assert len(modelled) > 90
    assert CONTRADICTIONS[area] == len(differences), differences
