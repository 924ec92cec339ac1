"""Which services have to look at their Endpoints again because a pod changed."""

from __future__ import annotations

from windtunnel.model.objects.pod import Pod


def endpoint_changed(old: Pod, new: Pod) -> bool:
    """Whether the pod's endpoint itself is different: readiness, address, node, being on its way out. O(addresses)."""
    return (
        old.metadata.deletion_timestamp != new.metadata.deletion_timestamp
        or old.ready != new.ready
        or old.terminal != new.terminal
        or old.status.pod_ip != new.status.pod_ip
        or old.status.pod_ips != new.status.pod_ips
        or old.spec.node_name != new.spec.node_name
        or old.metadata.uid != new.metadata.uid
    )


def membership_changed(old: Pod, new: Pod) -> bool:
    """Whether the pod may belong to other services now, or under another name. O(labels)."""
    return (
        old.metadata.labels != new.metadata.labels
        or old.spec.hostname != new.spec.hostname
        or old.spec.subdomain != new.spec.subdomain
    )
