"""The fields with which a pod says where it may run: affinity, tolerations, topology spread."""

from __future__ import annotations

from windtunnel.model.api.schema import (
    INTEGER,
    LABEL_SELECTOR,
    LONG,
    STRING,
    STRINGS,
    ListOf,
    Object,
)

_NODE_REQUIREMENT = Object(
    {"key": STRING, "operator": STRING, "values": STRINGS}, "NodeSelectorRequirement"
)
_NODE_TERM = Object(
    {"matchExpressions": ListOf(_NODE_REQUIREMENT), "matchFields": ListOf(_NODE_REQUIREMENT)},
    "NodeSelectorTerm",
)
NODE_SELECTOR = Object({"nodeSelectorTerms": ListOf(_NODE_TERM)}, "NodeSelector")
_NODE_AFFINITY = Object(
    {
        "requiredDuringSchedulingIgnoredDuringExecution": NODE_SELECTOR,
        "preferredDuringSchedulingIgnoredDuringExecution": ListOf(
            Object({"weight": INTEGER, "preference": _NODE_TERM}, "PreferredSchedulingTerm")
        ),
    },
    "NodeAffinity",
)
_POD_TERM = Object(
    {
        "labelSelector": LABEL_SELECTOR,
        "namespaces": STRINGS,
        "topologyKey": STRING,
        "namespaceSelector": LABEL_SELECTOR,
        "matchLabelKeys": STRINGS,
        "mismatchLabelKeys": STRINGS,
    },
    "PodAffinityTerm",
)
_POD_TERMS = {
    "requiredDuringSchedulingIgnoredDuringExecution": ListOf(_POD_TERM),
    "preferredDuringSchedulingIgnoredDuringExecution": ListOf(
        Object({"weight": INTEGER, "podAffinityTerm": _POD_TERM}, "WeightedPodAffinityTerm")
    ),
}
AFFINITY = Object(
    {
        "nodeAffinity": _NODE_AFFINITY,
        "podAffinity": Object(_POD_TERMS, "PodAffinity"),
        "podAntiAffinity": Object(_POD_TERMS, "PodAntiAffinity"),
    },
    "Affinity",
)
TOLERATION = Object(
    {
        "key": STRING,
        "operator": STRING,
        "value": STRING,
        "effect": STRING,
        "tolerationSeconds": LONG,
    },
    "Toleration",
)
TOPOLOGY_SPREAD_CONSTRAINT = Object(
    {
        "maxSkew": INTEGER,
        "topologyKey": STRING,
        "whenUnsatisfiable": STRING,
        "labelSelector": LABEL_SELECTOR,
        "minDomains": INTEGER,
        "nodeAffinityPolicy": STRING,
        "nodeTaintsPolicy": STRING,
        "matchLabelKeys": STRINGS,
    },
    "TopologySpreadConstraint",
)
