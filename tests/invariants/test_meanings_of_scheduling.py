"""The independent definitions of who fits where, against the scheduler's own filters on drawn clusters."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from windtunnel.invariants.meaning.neighbours import Place, why_not_beside
from windtunnel.invariants.meaning.nodes import patience_seconds
from windtunnel.model.controllers.taint_eviction.decision import seconds_to_stay, used_tolerations
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node, Taint
from windtunnel.model.objects.pod import Pod, Toleration
from windtunnel.model.objects.views import build_view
from windtunnel.model.scheduler.decision import Profile
from windtunnel.model.scheduler.filters import FILTERS
from windtunnel.model.scheduler.framework import Rejection
from windtunnel.model.scheduler.node_info import PodInfo, node_info
from windtunnel.model.scheduler.nominator import Nominator
from windtunnel.model.scheduler.snapshot import Snapshot

ABOUT_NEIGHBOURS = ("NodeAffinity", "NodePorts", "InterPodAffinity", "PodTopologySpread")
KEYS = st.sampled_from(("zone", "rack", "host"))
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"

labels = st.fixed_dictionaries({}, optional=dict.fromkeys(("app", "tier"), st.sampled_from("ab")))
selectors = st.one_of(
    st.none(),
    labels.map(lambda found: {"matchLabels": found}),
    st.builds(
        lambda key, value: {
            "matchExpressions": [{"key": key, "operator": "NotIn", "values": [value]}]
        },
        st.sampled_from(("app", "tier")),
        st.sampled_from("ab"),
    ),
)
terms = st.lists(
    st.builds(
        lambda selector, key, more: {"labelSelector": selector, "topologyKey": key, **more},
        selectors,
        KEYS,
        st.sampled_from(({}, {}, {"namespaces": ["other"]}, {"namespaceSelector": {}})),
    ),
    max_size=2,
)
node_terms = st.lists(
    st.builds(
        lambda key, operator, value: {
            "matchExpressions": [
                {"key": key, "operator": operator}
                | ({"values": [value]} if operator in ("In", "NotIn") else {})
            ]
        },
        KEYS,
        st.sampled_from(("In", "NotIn", "Exists", "DoesNotExist")),
        st.sampled_from("12"),
    ),
    max_size=2,
)
constraints = st.lists(
    st.builds(
        lambda key, skew, selector, more: {
            "topologyKey": key,
            "maxSkew": skew,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": selector,
            **more,
        },
        KEYS,
        st.integers(1, 2),
        selectors,
        st.fixed_dictionaries(
            {},
            optional={
                "minDomains": st.integers(1, 3),
                "nodeAffinityPolicy": st.sampled_from(("Honor", "Ignore")),
                "matchLabelKeys": st.just(["tier"]),
            },
        ),
    ),
    max_size=2,
)


def _pod(number: int, parts: tuple[Any, ...]) -> Pod:
    own, near, far, nodes, spread, port, namespace, deleting = parts
    affinity: Json = {"podAffinity": {REQUIRED: near}, "podAntiAffinity": {REQUIRED: far}}
    if nodes:
        affinity["nodeAffinity"] = {REQUIRED: {"nodeSelectorTerms": nodes}}
    metadata: Json = {
        "name": f"pod-{number}",
        "namespace": namespace,
        "uid": f"uid-{number}",
        "labels": own,
    }
    if deleting:
        metadata["deletionTimestamp"] = "2024-01-01T00:00:00Z"
    ports = [{"containerPort": 80, "hostPort": port}] if port else []
    spec = {
        "containers": [{"name": "main", "ports": ports}],
        "affinity": affinity,
        "topologySpreadConstraints": spread,
    }
    view = build_view("pods", {"metadata": metadata, "spec": spec})
    assert isinstance(view, Pod)
    return view


pods = st.tuples(
    labels, terms, terms, node_terms, constraints, st.sampled_from((0, 0, 8080)),
    st.sampled_from(("default", "default", "other")), st.booleans(),
)  # fmt: skip
node_labels = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("zone", "rack", "host"), st.sampled_from("12"))
)
clusters = st.lists(st.tuples(node_labels, st.lists(pods, max_size=2)), min_size=1, max_size=3)


def _node(number: int, own: Json) -> Node:
    view = build_view("nodes", {"metadata": {"name": f"node-{number}", "labels": own}})
    assert isinstance(view, Node)
    return view


PLAIN_POD: tuple[Any, ...] = ({}, [], [], [], [], 0, "default", False)
SPREADS_ALL = {
    "topologyKey": "zone",
    "maxSkew": 1,
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {},
    "minDomains": 2,
}


@settings(max_examples=300, deadline=None)
@given(clusters, pods)
@example([({"zone": "1"}, [PLAIN_POD])], ({}, [], [], [], [SPREADS_ALL], 0, "default", False))
def test_both_definitions_of_what_fits_beside_what_agree(
    cluster: list[tuple[Json, list[Any]]], asked: tuple[Any, ...]
) -> None:
    """The promise's definition lets a node through exactly where the scheduler's filters do."""
    places = [
        Place(_node(n, own), [_pod(10 * n + i, parts) for i, parts in enumerate(there)])
        for n, (own, there) in enumerate(cluster, 1)
    ]
    infos = [node_info(p.node.name, p.node, tuple(p.pods)) for p in places]
    snapshot = Snapshot(infos)
    profile = Profile([FILTERS[name]() for name in ABOUT_NEIGHBOURS])
    pod = _pod(0, asked)
    info = PodInfo(pod)
    prepared = profile.prepare(info, snapshot)
    for place, there in zip(places, infos, strict=True):
        if isinstance(prepared, Rejection):
            fits = False
        else:
            fits = profile.rejection(prepared, info, there, Nominator()) is None
        assert fits == (why_not_beside(pod, place.node, places, {}) == "")


taints = st.lists(
    st.builds(
        lambda key, value: Taint(key, value, "NoExecute"),
        st.sampled_from("ab"),
        st.sampled_from(("", "x")),
    ),
    max_size=3,
)
tolerations = st.lists(
    st.builds(
        Toleration,
        st.sampled_from(("", "a", "b")),
        st.sampled_from(("", "Equal", "Exists")),
        st.sampled_from(("", "x")),
        st.sampled_from(("", "NoExecute", "NoSchedule")),
        st.sampled_from((None, -1, 0, 5, 60)),
    ).filter(lambda each: bool(each.key) or each.operator == "Exists"),
    max_size=3,
)
"""As the API lets them pass: only Exists goes without a key."""


@given(taints, tolerations)
def test_both_definitions_of_how_long_a_pod_may_stay_agree(
    there: list[Taint], accepted: list[Toleration]
) -> None:
    """Not at all, for some seconds, or for ever."""
    used = used_tolerations(there, accepted)
    expected = 0 if used is None else seconds_to_stay(used)
    assert expected == patience_seconds(there, accepted)
