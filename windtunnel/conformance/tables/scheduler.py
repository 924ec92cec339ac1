"""Conformance area `scheduler`: verdicts and scores of the plugins, tolerations, node selectors.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does not; `needs` says
what a case needs that the model does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.api.selectors.labels import SelectorError
from windtunnel.model.objects.building import build
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node, Taint
from windtunnel.model.objects.pod import Pod, Toleration
from windtunnel.model.objects.views import build_view
from windtunnel.model.scheduler.filters import FILTERS
from windtunnel.model.scheduler.filters.node_resources_fit import (
    NodeResourcesFit,
    insufficient_resources,
)
from windtunnel.model.scheduler.framework import (
    MAX_NODE_SCORE,
    SKIP,
    UNRESOLVABLE,
    UNSCHEDULABLE,
    Rejection,
    Score,
)
from windtunnel.model.scheduler.listers import CLAIMS, NAMESPACES, VOLUMES, Listers, listers_of
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo, node_info
from windtunnel.model.scheduler.node_selection import parse_node_selector
from windtunnel.model.scheduler.scores import SCORES
from windtunnel.model.scheduler.scores.balanced_allocation import NodeResourcesBalancedAllocation
from windtunnel.model.scheduler.scores.inter_pod_affinity import InterPodAffinity
from windtunnel.model.scheduler.scores.node_resources_fit import NodeResourcesFit as FitScore
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.taints import tolerates

_NOTHING_TO_SAY: dict[str, Any] = {
    "NodeAffinity": (),
    "NodeResourcesBalancedAllocation": None,
    "ImageLocality": (1, ()),
    "InterPodAffinity": {},
}
"""States in which a plugin has nothing to say about any node."""
_PLUGINS = {"filter": FILTERS, "score": SCORES, "normalizedScores": SCORES}


def _pod(json: Json, uid: str) -> Pod:
    metadata = {**(json.get("metadata") or {}), "uid": uid}
    view = build_view("pods", {**json, "metadata": metadata})
    assert isinstance(view, Pod)
    return view


def _node(json: Json) -> Node:
    view = build_view("nodes", json)
    assert isinstance(view, Node)
    return view


def _listers(given: Json) -> Listers:
    namespaces = [
        {"metadata": {"name": each["name"], "labels": each["labels"] or {}}}
        for each in given.get("namespaces") or ()
    ]
    objects = {
        NAMESPACES: namespaces,
        CLAIMS: given.get("persistentVolumeClaims") or (),
        VOLUMES: given.get("persistentVolumes") or (),
    }
    return listers_of(
        {name: [build_view(name, json) for json in some] for name, some in objects.items()}
    )


def _snapshot(given: Json) -> Snapshot:
    nodes = given["nodes"] if "nodes" in given else [given["node"]]
    infos = []
    for json in nodes:
        name = json["metadata"]["name"]
        pods = tuple(
            _pod(each["pod"], f"existing-{number}")
            for number, each in enumerate(given.get("existingPods") or ())
            if each["node"] == name
        )
        infos.append(node_info(name, _node(json), pods))
    return Snapshot(infos, _listers(given))


def _filter(given: Json) -> Json:
    plugin, pod, snapshot = given["plugin"], PodInfo(_pod(given["pod"], "new")), _snapshot(given)
    ignored = given.get("ignoredResources") or ()
    groups = given.get("ignoredResourceGroups") or ()
    is_fit = plugin == "NodeResourcesFit"
    filter_ = NodeResourcesFit(ignored, groups) if is_fit else FILTERS[plugin]()
    name = given["node"] if isinstance(given["node"], str) else given["node"]["metadata"]["name"]
    node = snapshot.get(name)
    assert node is not None
    state = filter_.prepare(pod, snapshot)
    if isinstance(state, Rejection):
        rejection: Rejection | None = state
    else:
        rejection = None if state is SKIP else filter_.filter(state, pod, node)
    code = "Success" if rejection is None else rejection.code
    if is_fit and code == UNRESOLVABLE:
        # Recorded before a request beyond the node's capacity counted as beyond help, as the transcripts have it.
        code = UNSCHEDULABLE
    found: Json = {"fits": rejection is None, "code": code}
    if is_fit:
        lacking = insufficient_resources(pod, node, ignored, groups)
        found["insufficient"] = sorted(each.resource for each in lacking)
    return found


def _score_plugin(given: Json) -> Score:
    plugin = given["plugin"]
    weights = {each["Name"]: each["Weight"] for each in given.get("resources") or ()}
    if plugin == "NodeResourcesFit":
        return FitScore(given["strategy"], weights)
    if plugin == "NodeResourcesBalancedAllocation":
        return NodeResourcesBalancedAllocation(tuple(weights))
    if plugin == "InterPodAffinity":
        ignores = bool(given["ignorePreferredTermsOfExistingPods"])
        return InterPodAffinity(given["hardPodAffinityWeight"], ignores_others=ignores)
    return SCORES[plugin]()


def _raw_scores(plugin: Score, given: Json, names: list[str]) -> list[int]:
    pod, snapshot = PodInfo(_pod(given["pod"], "new")), _snapshot(given)
    nodes: list[NodeInfo] = [snapshot.nodes[name] for name in names]
    state = plugin.prepare(pod, nodes, snapshot)
    if state is SKIP:
        # A plugin that does not care about the pod was still asked when this was recorded.
        state = _NOTHING_TO_SAY[plugin.name]
    if isinstance(plugin, NodeResourcesBalancedAllocation):
        # Recorded when the balance with the pod was the score; since 1.36 the change of the balance is.
        return [int((1 - plugin.deviations(pod, node)[1]) * MAX_NODE_SCORE) for node in nodes]
    return [plugin.score(state, pod, node) for node in nodes]


def _score(given: Json) -> Json:
    plugin = _score_plugin(given)
    raw = _raw_scores(plugin, given, [given["node"]])
    return {"score": plugin.normalise(raw)[0]}


def _normalised_scores(given: Json) -> Json:
    plugin = _score_plugin(given)
    names = sorted(node["metadata"]["name"] for node in given["nodes"])
    raw = _raw_scores(plugin, given, names)
    return {
        "rawScores": dict(zip(names, raw, strict=True)),
        "scores": dict(zip(names, plugin.normalise(raw), strict=True)),
    }


def _toleration(given: Json) -> Json:
    return {
        "tolerates": tolerates(build(Toleration, given["toleration"]), build(Taint, given["taint"]))
    }


def _node_selector(given: Json) -> Json:
    selector = parse_node_selector(given["nodeSelectorTerms"] or ())
    matches: dict[str, bool | str] = {}
    for json in given["nodes"]:
        try:
            matches[json["metadata"]["name"]] = selector.matches(_node(json))
        except SelectorError:
            matches[json["metadata"]["name"]] = "error"
    if selector.errors:
        return {"valid": False, "lenientMatches": matches}
    return {"valid": True, "matches": matches}


_KINDS: dict[str, Callable[[Json], Json]] = {
    "filter": _filter,
    "score": _score,
    "normalizedScores": _normalised_scores,
    "toleration": _toleration,
    "nodeSelector": _node_selector,
}


def needs(case: Json) -> tuple[str, ...]:
    """What the case needs that the model does not have. O(1)."""
    given: dict[str, Any] = case["given"]
    plugins = _PLUGINS.get(given["kind"])
    if plugins is not None and given["plugin"] not in plugins:
        return (f"plugin {given['plugin']}",)
    return ()


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given = case["given"]
    found = _KINDS[given["kind"]](given)
    for key, expected in case["expect"].items():
        if key in ("rawScores", "scores"):
            found[key] = {name: found[key][name] for name in expected}
        if found.get(key) != expected:
            return f"{key} should be {expected!r} and is {found.get(key)!r}."
    return None
