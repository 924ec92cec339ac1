"""One node, fresh for each test."""

from __future__ import annotations

import pytest

from tests.kubelet.small_cluster import SmallCluster


@pytest.fixture
def cluster() -> SmallCluster:
    """A cluster with one node."""
    return SmallCluster()
