"""What every component is given beside its process: the cluster's settings, roles and names.

A component's constructor takes (process, environment), and makes its own parts through `environment.roles`, so that
`--swap ROLE=…` reaches every part, however deep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from windtunnel.model.api.kinds.in_use import KindsInUse
from windtunnel.model.apiserver.disturbances import Disturbances
from windtunnel.model.client.balancer import Balancer
from windtunnel.model.heartbeats import Heartbeats
from windtunnel.model.store.troubles import StoreTroubles

if TYPE_CHECKING:
    from windtunnel.model.api.kinds import KindRegistry
    from windtunnel.model.roles import Roles
    from windtunnel.model.settings import Settings
    from windtunnel.model.sim.choices import Choices
    from windtunnel.model.sim.identity import Identity
    from windtunnel.model.sim.process import Process


@frozen
class Environment:
    """Shared by all processes of one cluster."""

    kinds: KindRegistry
    roles: Roles
    settings: Settings
    identity: Identity
    choices: Choices
    store: str = "store"
    apiservers: tuple[str, ...] = ("apiserver-0",)
    balancer: Balancer = field(factory=Balancer)
    elected: tuple[str, ...] = ()
    """The processes that work only while they lead; each shares its lease with those of its kind."""
    in_use: KindsInUse = field(factory=KindsInUse)
    disturbances: Disturbances = field(factory=Disturbances)
    store_troubles: StoreTroubles = field(factory=StoreTroubles)
    heartbeats: Heartbeats = field(factory=Heartbeats)
    leaders: dict[str, tuple[Process, int]] = field(factory=dict)
    """The process and incarnation that last got each lease. Only "settled" asks for it, never what anybody decides."""
