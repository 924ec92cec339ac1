"""Fixtures of the controllers' tests."""

from __future__ import annotations

import pytest

from tests.controllers.control_plane import ControlPlane


@pytest.fixture
def control_plane() -> ControlPlane:
    """A control plane without nodes, with all built-in controllers."""
    return ControlPlane()
