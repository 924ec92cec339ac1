"""The lines of the page: each part of Kubernetes that the model has, its module, and the tags of the cases behind it.

What can be found in the code is found there: controllers by their roles, plug-ins of the scheduler and of admission,
kinds. A line that has no cases of its own is at work underneath all others.
"""

from __future__ import annotations

from pkgutil import iter_modules

from attrs import frozen

from windtunnel.conformance.needs import has_role
from windtunnel.fidelity.docstrings import exists, text_of
from windtunnel.fidelity.kubernetes import (
    ADMISSION_PLUGINS,
    CONTROLLERS,
    OTHER_COMPONENTS,
    SCHEDULER_PLUGINS,
)
from windtunnel.model import roles
from windtunnel.model.apiserver import admission
from windtunnel.model.scheduler.filters import FILTERS
from windtunnel.model.scheduler.scores import SCORES

_API = "windtunnel.model.api"
_SERVER = "windtunnel.model.apiserver"
_CLIENT = "windtunnel.model.client"
_KUBELET = "windtunnel.model.kubelet"
_SCHEDULER = "windtunnel.model.scheduler"


@frozen
class Line:
    """One part of Kubernetes: its name there, the modules that are it here, and the tags of its cases."""

    name: str
    modules: tuple[str, ...]
    tags: tuple[str, ...] = ()

    @property
    def summaries(self) -> tuple[str, ...]:
        """What its modules say they do."""
        return tuple(dict.fromkeys(text_of(module).summary for module in self.modules))


@frozen
class Section:
    """Lines under a heading."""

    heading: str
    lines: tuple[Line, ...]


REQUESTS = Section(
    "kube-apiserver: requests",
    (
        Line("create", (f"{_SERVER}.creation",), ("verb:create",)),
        Line("get, list", (f"{_SERVER}.listing",), ("verb:get", "verb:list")),
        Line("watch", (f"{_SERVER}.watching", f"{_SERVER}.watch_cache"), ("verb:watch",)),
        Line("update", (f"{_SERVER}.updates",), ("verb:update",)),
        Line("patch: JSON", (f"{_API}.patch.json_patch",), ("verb:patch/json",)),
        Line("patch: merge", (f"{_API}.patch.merge_patch",), ("verb:patch/merge",)),
        Line(
            "patch: strategic merge", (f"{_API}.patch.strategic_merge",), ("verb:patch/strategic",)
        ),
        Line("patch: any other content type", (f"{_API}.patch",), ("verb:patch/",)),
        Line(
            "delete, deletecollection",
            (f"{_SERVER}.deletion", f"{_SERVER}.deletion_rules"),
            ("verb:delete", "verb:deletecollection"),
        ),
        Line(
            "status, scale, finalize",
            (f"{_SERVER}.subresources",),
            ("subresource:status", "subresource:scale", "subresource:finalize"),
        ),
        Line("binding", (f"{_SERVER}.binding",), ("subresource:binding",)),
        Line("eviction", (f"{_SERVER}.eviction",), ("subresource:eviction",)),
        Line(
            "cluster IPs and node ports",
            (f"{_SERVER}.service_allocator", f"{_SERVER}.node_ports"),
            ("area:services",),
        ),
        Line("the REST API itself, discovery", (f"{_SERVER}.rest", f"{_SERVER}.discovery"), ("area:api",)),
    ),
)  # fmt: skip

RULES = Section(
    "kube-apiserver: the rules that all kinds share",
    (
        Line("label selectors", (f"{_API}.selectors.labels",), ("part:label-selectors",)),
        Line("field selectors", (f"{_API}.selectors.fields",), ("part:field-selectors",)),
        Line("names", (f"{_API}.names",), ("part:names",)),
        Line("quantities", (f"{_API}.quantity",), ("part:quantities",)),
        Line("image names", (f"{_API}.images",), ("part:image-names",)),
        Line("metadata", (f"{_API}.metadata",)),
        Line("schemas: pruning, defaults, strict decoding", (f"{_API}.schema", f"{_API}.decoder")),
    ),
)

SCHEDULER = (
    Line("scheduling cycle", (f"{_SCHEDULER}.scheduler",), ("role:scheduler",)),
    Line("one attempt: filter, score, select", (f"{_SCHEDULER}.decision",)),
    Line("queue", (f"{_SCHEDULER}.queue",)),
    Line("cache and snapshot", (f"{_SCHEDULER}.cache", f"{_SCHEDULER}.snapshot")),
    Line("preemption", (f"{_SCHEDULER}.preemption", f"{_SCHEDULER}.preemptor")),
    Line("binding", (f"{_SCHEDULER}.binding",)),
    Line("taints and tolerations", (f"{_SCHEDULER}.taints",), ("part:tolerations",)),
    Line("node selectors", (f"{_SCHEDULER}.node_selection",), ("part:node-selectors",)),
)

KUBELET = Section(
    "kubelet and container runtime",
    (
        Line("kubelet", (f"{_KUBELET}.kubelet",)),
        Line("pod workers", (f"{_KUBELET}.pod_worker", f"{_KUBELET}.pod_plan")),
        Line("admission on the node", (f"{_KUBELET}.admission",)),
        Line("pod phase, restart policy", (f"{_KUBELET}.phase",), ("part:pod-phase",)),
        Line("pod conditions", (f"{_KUBELET}.conditions",), ("part:pod-conditions",)),
        Line(
            "container statuses",
            (f"{_KUBELET}.status", f"{_KUBELET}.status_manager"),
            ("part:pod-status",),
        ),
        Line(
            "startup, liveness and readiness probes",
            (f"{_KUBELET}.prober", f"{_KUBELET}.probe_manager"),
            ("part:probes",),
        ),
        Line("CrashLoopBackOff", (f"{_KUBELET}.back_off",), ("part:back-off",)),
        Line("images", (f"{_KUBELET}.images",), ("part:images",)),
        Line("Node, Lease and heartbeats", (f"{_KUBELET}.node_agent",)),
        Line("the node and its container runtime", (f"{_KUBELET}.machine",)),
    ),
)

PROXY = (Line("choice of endpoints", ("windtunnel.model.proxy.categorize",), ("role:kube-proxy",)),)

UNDERNEATH = Section(
    "etcd, client-go, and what lies underneath",
    (
        Line("etcd", ("windtunnel.model.store.store", "windtunnel.model.store.server")),
        Line("client", (f"{_CLIENT}.client",)),
        Line("reflector", (f"{_CLIENT}.reflector",)),
        Line("informer", (f"{_CLIENT}.informer",)),
        Line("work queue", (f"{_CLIENT}.workqueue",)),
        Line("processes", ("windtunnel.model.sim.process",)),
        Line("network", ("windtunnel.model.sim.network",)),
    ),
)


def sections() -> tuple[Section, ...]:
    """All lines but those of kinds, in the order of the page."""
    return (
        REQUESTS,
        RULES,
        Section("kube-apiserver: admission", admission_lines()),
        Section("kube-controller-manager", controller_lines()),
        Section("kube-scheduler", (*SCHEDULER, *plugin_lines())),
        KUBELET,
        Section("kube-proxy", PROXY),
        UNDERNEATH,
    )


def controller_lines() -> tuple[Line, ...]:
    """Controllers of kube-controller-manager that a role plays, those of one role together."""
    names: dict[str, list[str]] = {}
    for name, role in CONTROLLERS.items():
        if has_role(role):
            names.setdefault(role, []).append(name)
    return tuple(
        Line(", ".join(found), (roles.BUILT_IN[role].partition(":")[0],), (f"role:{role}",))
        for role, found in names.items()
    )


def plugin_lines() -> tuple[Line, ...]:
    """Plug-ins of the scheduler, those that filter and score once."""
    modules: dict[str, dict[str, None]] = {}
    for plugins in (FILTERS, SCORES):
        for name, made in plugins.items():
            modules.setdefault(name, {})[made.__module__] = None
    return tuple(Line(name, tuple(found), (f"plugin:{name}",)) for name, found in modules.items())


def admission_lines() -> tuple[Line, ...]:
    """Admission plug-ins that have a module, in the order of kube-apiserver, then any others by name."""
    package = admission.__name__
    lines = [
        Line(name, (f"{package}.{module}",), (f"admission:{name}",))
        for name, module in ADMISSION_PLUGINS.items()
        if exists(f"{package}.{module}")
    ]
    known = {*ADMISSION_PLUGINS.values(), "plugin"}
    for found in iter_modules(admission.__path__):
        if found.name not in known:
            summary = text_of(f"{package}.{found.name}").summary
            lines.append(Line(summary.partition(":")[0], (f"{package}.{found.name}",)))
    return tuple(lines)


def absent_controllers() -> tuple[str, ...]:
    """Controllers of kube-controller-manager that the model has not."""
    return tuple(name for name, role in CONTROLLERS.items() if not has_role(role))


def absent_scheduler_plugins() -> tuple[str, ...]:
    """Plug-ins of the default profile that the model has not."""
    return tuple(
        name
        for name, module in SCHEDULER_PLUGINS.items()
        if name not in FILTERS and name not in SCORES and not (module and exists(module))
    )


def absent_admission_plugins() -> tuple[str, ...]:
    """Admission plug-ins that are on by default and that the model has not."""
    package = admission.__name__
    return tuple(
        name for name, module in ADMISSION_PLUGINS.items() if not exists(f"{package}.{module}")
    )


def absent_components() -> tuple[str, ...]:
    """Whole components that the model has not."""
    return tuple(words for words, role in OTHER_COMPONENTS.items() if not has_role(role))
