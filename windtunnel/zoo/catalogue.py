"""What is planted, which promise must catch it, and a short scenario that shows it.

Each scenario holds on the healthy model; with the defect in its role the named promise breaks. Both are tests.
"""

from __future__ import annotations

from windtunnel.zoo.defect import PlantedDefect
from windtunnel.zoo.of_controllers import CONTROLLERS
from windtunnel.zoo.of_dying_nodes import DYING_NODES
from windtunnel.zoo.of_known_bugs import KNOWN_BUGS
from windtunnel.zoo.of_leaders import LEADERS
from windtunnel.zoo.of_nodes import NODES
from windtunnel.zoo.of_servers import SERVERS
from windtunnel.zoo.of_services import SERVICES

__all__ = ["PLANTED", "PlantedDefect"]

PLANTED: tuple[PlantedDefect, ...] = (
    *SERVERS,
    *CONTROLLERS,
    *SERVICES,
    *NODES,
    *DYING_NODES,
    *LEADERS,
    *KNOWN_BUGS,
)
