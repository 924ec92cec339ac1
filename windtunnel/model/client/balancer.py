"""Which API server a process is connected to: the load balancer in front of several.

All requests and watches of a process go over one connection. The n-th client of the cluster begins at server n, modulo
their number, and one that was restarted a server further than the time before. When a request or a watch fails for
want of an answer, the connection is given up and the next one leads to the next server, alive or not.

Not modelled: health checks of the balancer itself; connections that are spread anew although none failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windtunnel.model.sim.process import Process


class Balancer:
    """Owns the connection of each client process. One for a cluster."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        self._connected: dict[str, tuple[int, int]] = {}

    def enlist(self, client: str) -> None:
        """Give a client its number, by the name of its process; whoever is not enlisted gets one when it asks. O(1)."""
        self._first.setdefault(client, len(self._first))

    def server(self, client: Process, servers: Sequence[str]) -> str:
        """The server that a client's next request goes to. O(1)."""
        return servers[self._position(client) % len(servers)]

    def failed(self, client: Process, server: str, servers: Sequence[str]) -> None:
        """A request or a watch of a client at a server went without an answer. O(1).

        Only the connection that it has now can fail: of many requests that fail with one connection the first counts.
        """
        position = self._position(client)
        if servers[position % len(servers)] == server:
            self._connected[client.name] = (client.incarnation, position + 1)

    def _position(self, client: Process) -> int:
        incarnation, position = self._connected.get(client.name, (0, 0))
        if incarnation != client.incarnation:
            self.enlist(client.name)
            position = self._first[client.name] + client.incarnation - 1
            self._connected[client.name] = (client.incarnation, position)
        return position
