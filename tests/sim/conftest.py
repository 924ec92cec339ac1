"""Fixtures of the machine tests."""

from __future__ import annotations

import pytest

from tests.sim.machine_room import Room


@pytest.fixture
def room() -> Room:
    """A fresh room."""
    return Room()
