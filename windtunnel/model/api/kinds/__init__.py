"""The kinds of objects: one module or package each, all listed in `BUILT_IN`.

A new kind is one file that defines `KIND`, and one line here; it takes the place of a plain kind of
the same name.
"""

from __future__ import annotations

from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds.config_map import KIND as CONFIG_MAP
from windtunnel.model.api.kinds.controller_revision import KIND as CONTROLLER_REVISION
from windtunnel.model.api.kinds.cron_job import KIND as CRON_JOB
from windtunnel.model.api.kinds.daemon_set import KIND as DAEMON_SET
from windtunnel.model.api.kinds.deployment import KIND as DEPLOYMENT
from windtunnel.model.api.kinds.endpoint_slice import KIND as ENDPOINT_SLICE
from windtunnel.model.api.kinds.endpoints import KIND as ENDPOINTS
from windtunnel.model.api.kinds.event import KIND as EVENT
from windtunnel.model.api.kinds.horizontal_pod_autoscaler.strategy import (
    KIND as HORIZONTAL_POD_AUTOSCALER,
)
from windtunnel.model.api.kinds.ingress import KIND as INGRESS
from windtunnel.model.api.kinds.job.strategy import KIND as JOB
from windtunnel.model.api.kinds.lease import KIND as LEASE
from windtunnel.model.api.kinds.limit_range import KIND as LIMIT_RANGE
from windtunnel.model.api.kinds.namespace import KIND as NAMESPACE
from windtunnel.model.api.kinds.node import KIND as NODE
from windtunnel.model.api.kinds.persistent_volume import KIND as PERSISTENT_VOLUME
from windtunnel.model.api.kinds.persistent_volume_claim import KIND as PERSISTENT_VOLUME_CLAIM
from windtunnel.model.api.kinds.plain import WELL_KNOWN
from windtunnel.model.api.kinds.pod.strategy import KIND as POD
from windtunnel.model.api.kinds.pod_disruption_budget import KIND as POD_DISRUPTION_BUDGET
from windtunnel.model.api.kinds.pod_template import KIND as POD_TEMPLATE
from windtunnel.model.api.kinds.priority_class import KIND as PRIORITY_CLASS
from windtunnel.model.api.kinds.registry import KindRegistry
from windtunnel.model.api.kinds.replica_set import KIND as REPLICA_SET
from windtunnel.model.api.kinds.replication_controller import KIND as REPLICATION_CONTROLLER
from windtunnel.model.api.kinds.resource_quota import KIND as RESOURCE_QUOTA
from windtunnel.model.api.kinds.secret import KIND as SECRET
from windtunnel.model.api.kinds.service.strategy import KIND as SERVICE
from windtunnel.model.api.kinds.service_account import KIND as SERVICE_ACCOUNT
from windtunnel.model.api.kinds.stateful_set import KIND as STATEFUL_SET
from windtunnel.model.api.kinds.storage_class import KIND as STORAGE_CLASS

BUILT_IN: tuple[Kind, ...] = (
    *WELL_KNOWN,
    CONFIG_MAP,
    CONTROLLER_REVISION,
    CRON_JOB,
    DAEMON_SET,
    DEPLOYMENT,
    ENDPOINTS,
    ENDPOINT_SLICE,
    EVENT,
    HORIZONTAL_POD_AUTOSCALER,
    INGRESS,
    JOB,
    LEASE,
    LIMIT_RANGE,
    NAMESPACE,
    NODE,
    PERSISTENT_VOLUME,
    PERSISTENT_VOLUME_CLAIM,
    POD,
    POD_DISRUPTION_BUDGET,
    POD_TEMPLATE,
    PRIORITY_CLASS,
    REPLICATION_CONTROLLER,
    REPLICA_SET,
    RESOURCE_QUOTA,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    STORAGE_CLASS,
)

__all__ = ["BUILT_IN", "KindRegistry"]
