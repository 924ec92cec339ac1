"""The kinds of objects: one module or package each, all listed in `BUILT_IN`.

A new kind is one file that defines `KIND`, and one line here; it takes the place of a plain kind of
the same name.
"""

from __future__ import annotations

from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds.config_map import KIND as CONFIG_MAP
from windtunnel.model.api.kinds.endpoints import KIND as ENDPOINTS
from windtunnel.model.api.kinds.event import KIND as EVENT
from windtunnel.model.api.kinds.lease import KIND as LEASE
from windtunnel.model.api.kinds.namespace import KIND as NAMESPACE
from windtunnel.model.api.kinds.node import KIND as NODE
from windtunnel.model.api.kinds.plain import WELL_KNOWN
from windtunnel.model.api.kinds.pod.strategy import KIND as POD
from windtunnel.model.api.kinds.pod_template import KIND as POD_TEMPLATE
from windtunnel.model.api.kinds.registry import KindRegistry
from windtunnel.model.api.kinds.replica_set import KIND as REPLICA_SET
from windtunnel.model.api.kinds.replication_controller import KIND as REPLICATION_CONTROLLER
from windtunnel.model.api.kinds.secret import KIND as SECRET
from windtunnel.model.api.kinds.service.strategy import KIND as SERVICE
from windtunnel.model.api.kinds.service_account import KIND as SERVICE_ACCOUNT

BUILT_IN: tuple[Kind, ...] = (
    *WELL_KNOWN,
    CONFIG_MAP,
    ENDPOINTS,
    EVENT,
    LEASE,
    NAMESPACE,
    NODE,
    POD,
    POD_TEMPLATE,
    REPLICA_SET,
    REPLICATION_CONTROLLER,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
)

__all__ = ["BUILT_IN", "KindRegistry"]
