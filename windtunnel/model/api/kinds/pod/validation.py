"""What is valid in a pod spec, in a pod that is created, and in the annotations that belong to pods.

The spec of a template is checked by the same function under another path; the result is remembered with the
spec, so pods of one template and status writes cost nothing.

Not modelled: rules about Windows, user namespaces, resource claims, sysctls and security profiles; warnings.
"""

from __future__ import annotations

from windtunnel.model.api.addresses import is_ip_address
from windtunnel.model.api.errors import (
    Cause,
    forbidden,
    invalid,
    not_supported,
    required,
)
from windtunnel.model.api.kinds.pod.container_validation import validate_containers, validate_ids
from windtunnel.model.api.kinds.pod.resource_validation import (
    validate_quantities,
    validate_resources,
)
from windtunnel.model.api.kinds.pod.scheduling_validation import (
    validate_affinity,
    validate_gates,
    validate_spread_constraints,
    validate_toleration,
)
from windtunnel.model.api.kinds.pod.volume_validation import validate_volumes
from windtunnel.model.api.metadata import validate_labels
from windtunnel.model.api.names import is_dns1123_label, is_dns1123_subdomain
from windtunnel.model.api.selectors.requirement import parse_integer
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

MIRROR_ANNOTATION = "kubernetes.io/config.mirror"
DELETION_COST_ANNOTATION = "controller.kubernetes.io/pod-deletion-cost"
RESTART_POLICIES = ("Always", "OnFailure", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
PREEMPTION_POLICIES = ("Never", "PreemptLowerPriority")
OPERATING_SYSTEMS = ("linux", "windows")
LONGEST_DEADLINE_SECONDS = 2**31 - 1
MAX_NAMESERVERS = 3
MAX_SEARCHES = 32
_NAMES = (
    ("serviceAccountName", is_dns1123_subdomain),
    ("nodeName", is_dns1123_subdomain),
    ("hostname", is_dns1123_label),
    ("subdomain", is_dns1123_label),
    ("priorityClassName", is_dns1123_subdomain),
    ("runtimeClassName", is_dns1123_subdomain),
)


def _validate_dns(spec: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    policy, config = spec.get("dnsPolicy", ""), spec.get("dnsConfig")
    if policy not in DNS_POLICIES:
        where = f"{path}.dnsPolicy"
        causes.append(not_supported(where, policy, DNS_POLICIES) if policy else required(where))
    servers = (config or {}).get("nameservers") or ()
    if policy == "None":
        if config is None:
            detail = "must provide `dnsConfig` when `dnsPolicy` is None"
            causes.append(required(f"{path}.dnsConfig", detail))
        elif not servers:
            detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            causes.append(required(f"{path}.dnsConfig.nameservers", detail))
    if config is None:
        return causes
    if len(servers) > MAX_NAMESERVERS:
        detail = f"must not have more than {MAX_NAMESERVERS} nameservers"
        causes.append(invalid(f"{path}.dnsConfig.nameservers", servers, detail))
    for index, server in enumerate(servers):
        for detail in is_ip_address(server):
            causes.append(invalid(f"{path}.dnsConfig.nameservers[{index}]", server, detail))
    searches = config.get("searches") or ()
    if len(searches) > MAX_SEARCHES:
        detail = f"must not have more than {MAX_SEARCHES} search paths"
        causes.append(invalid(f"{path}.dnsConfig.searches", searches, detail))
    for index, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            causes.append(required(f"{path}.dnsConfig.options[{index}]", "must not be empty"))
    return causes


def _validate_rarely_set(spec: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= LONGEST_DEADLINE_SECONDS:
        detail = f"must be between 1 and {LONGEST_DEADLINE_SECONDS}, inclusive"
        causes.append(invalid(f"{path}.activeDeadlineSeconds", deadline, detail))
    preemption = spec.get("preemptionPolicy")
    if preemption and preemption not in PREEMPTION_POLICIES:
        where = f"{path}.preemptionPolicy"
        causes.append(not_supported(where, preemption, PREEMPTION_POLICIES))
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        where, address = f"{path}.hostAliases[{index}]", alias.get("ip", "")
        causes += [invalid(f"{where}.ip", address, each) for each in is_ip_address(address)]
        for name in alias.get("hostnames") or ():
            causes += [invalid(f"{where}.hostnames", name, e) for e in is_dns1123_subdomain(name)]
    if spec.get("overhead"):
        causes += validate_quantities(spec["overhead"], f"{path}.overhead")
    if spec.get("resources"):
        causes += validate_resources(spec["resources"], f"{path}.resources")
    if "os" in spec:
        system = spec["os"].get("name", "")
        if not system:
            causes.append(required(f"{path}.os.name"))
        elif system not in OPERATING_SYSTEMS:
            causes.append(not_supported(f"{path}.os.name", system, OPERATING_SYSTEMS))
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        causes.append(invalid(f"{path}.shareProcessNamespace", True, detail))
    return causes


@remembered
def validate_pod_spec(spec: Json, path: str = "spec") -> tuple[Cause, ...]:
    """Return what is wrong with a (defaulted) pod spec at the path. O(fields), remembered."""
    get = spec.get
    causes: list[Cause] = []
    volumes = get("volumes")
    names: tuple[str, ...] = ()
    if volumes:
        causes += validate_volumes(volumes, f"{path}.volumes")
        names = tuple(volume.get("name", "") for volume in volumes)
    causes += validate_containers(spec, names, path)
    policy = get("restartPolicy", "")
    if policy not in RESTART_POLICIES:
        where = f"{path}.restartPolicy"
        causes.append(not_supported(where, policy, RESTART_POLICIES) if policy else required(where))
    causes += _validate_dns(spec, path)
    if get("securityContext"):
        keys = ("runAsUser", "runAsGroup", "fsGroup")
        causes += validate_ids(spec["securityContext"], keys, f"{path}.securityContext")
    if get("nodeSelector"):
        causes += validate_labels(spec["nodeSelector"], f"{path}.nodeSelector")
    for key, details_of in _NAMES:
        name = get(key)
        if name:
            for detail in details_of(name):
                causes.append(invalid(f"{path}.{key}", name, detail))
    if "affinity" in spec:
        causes += validate_affinity(spec["affinity"], f"{path}.affinity")
    for index, toleration in enumerate(get("tolerations") or ()):
        causes += validate_toleration(toleration, f"{path}.tolerations[{index}]")
    if "topologySpreadConstraints" in spec:
        where = f"{path}.topologySpreadConstraints"
        causes += validate_spread_constraints(spec["topologySpreadConstraints"], where)
    causes += validate_gates(spec, path)
    causes += _validate_rarely_set(spec, path)
    return tuple(causes)


def validate_pod_annotations(annotations: Json, spec: Json, path: str) -> list[Cause]:
    """Return what is wrong with the annotations that mean something on a pod. O(1)."""
    causes: list[Cause] = []
    mirror = annotations.get(MIRROR_ANNOTATION)
    if mirror is not None and not spec.get("nodeName"):
        detail = "must set spec.nodeName if mirror pod annotation exists"
        causes.append(invalid(f"{path}[{MIRROR_ANNOTATION}]", mirror, detail))
    cost = annotations.get(DELETION_COST_ANNOTATION)
    if cost is not None and not _is_integer(cost):
        where = f"{path}[{DELETION_COST_ANNOTATION}]"
        causes.append(invalid(where, cost, "must be a 32bit integer"))
    return causes


def _is_integer(text: str) -> bool:
    """Tell whether the text is a 32-bit integer written without plus sign and leading zeros."""
    number = parse_integer(text)
    if number is None or text[0] == "+" or (text[0] == "0" and text != "0"):
        return False
    return -(2**31) <= number < 2**31


def validate_new_pod(pod: Json) -> list[Cause]:
    """Return what is wrong with a pod to be created, outside of its metadata. O(fields), remembered."""
    spec = pod.get("spec") or {}
    annotations = (pod.get("metadata") or {}).get("annotations")
    causes: list[Cause] = []
    if annotations:
        causes += validate_pod_annotations(annotations, spec, "metadata.annotations")
    causes += validate_pod_spec(spec, "spec")
    if spec.get("ephemeralContainers"):
        causes.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.get("schedulingGates") and spec.get("nodeName"):
        detail = "cannot be set until all schedulingGates have been cleared"
        causes.append(forbidden("spec.nodeName", detail))
    return causes
