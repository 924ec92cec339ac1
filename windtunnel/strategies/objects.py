"""Hypothesis strategies for what people put into a cluster: labels, selectors, pods, controllers, services.

What can be drawn stands in the tables of alternatives.py; each pick there is a draw here.
"""

from __future__ import annotations

from hypothesis import strategies as st

from windtunnel.model.cluster.action import Pick
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json
from windtunnel.strategies import alternatives


def _picking(draw: st.DrawFn) -> Pick:
    return lambda below: draw(st.integers(0, below - 1))


def cluster_shapes(max_nodes: int = 4) -> st.SearchStrategy[ClusterShape]:
    """Clusters of one to a few nodes."""
    return st.builds(ClusterShape, nodes=st.integers(1, max_nodes))


@st.composite
def labels(draw: st.DrawFn) -> dict[str, str]:
    """The labels of a pod: an app, and perhaps a tier."""
    return alternatives.labels(_picking(draw))


@st.composite
def label_selectors(draw: st.DrawFn, matching: dict[str, str]) -> Json:
    """A structured selector that matches the given labels, written in one of several ways."""
    return alternatives.label_selector(_picking(draw), matching)


@st.composite
def probes(draw: st.DrawFn) -> Json:
    """A probe by exec, HTTP or TCP with quick thresholds."""
    return alternatives.probe(_picking(draw))


@st.composite
def pod_specs(draw: st.DrawFn) -> Json:
    """One container, with some requests, and sometimes probes, hooks or a short grace period."""
    return alternatives.pod_spec(_picking(draw))


@st.composite
def pods(draw: st.DrawFn, name: str) -> Json:
    """A bare pod, which may be one that is meant to end."""
    return alternatives.pod(_picking(draw), name)


@st.composite
def replication_controllers(draw: st.DrawFn, name: str) -> Json:
    """A replication controller with a selector that its template satisfies."""
    return alternatives.replication_controller(_picking(draw), name)


@st.composite
def replica_sets(draw: st.DrawFn, name: str) -> Json:
    """A replica set with a structured selector that its template satisfies."""
    return alternatives.replica_set(_picking(draw), name)


@st.composite
def services(draw: st.DrawFn, name: str) -> Json:
    """A service: selecting, headless, or without a selector."""
    return alternatives.service(_picking(draw), name)


@st.composite
def workloads(draw: st.DrawFn) -> tuple[Json, ...]:
    """A small set of controllers, services and perhaps a bare pod, in the order in which they are created."""
    return alternatives.workload_objects(_picking(draw))
