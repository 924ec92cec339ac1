"""Which node ports a service gets, as a pure function of the service and of what is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.api import errors
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kinds.service.fields import (
    needs_health_check_node_port,
    needs_node_ports,
    spec_of,
    with_spec,
)
from windtunnel.model.apiserver.address_range import Range
from windtunnel.model.objects.json import Json

ALREADY_ALLOCATED = "provided port is already allocated"


@frozen
class Chosen:
    """One node port for each port of the service, the port of the health check, and what cannot be had."""

    per_port: tuple[int, ...] = ()
    health_check: int = 0
    causes: tuple[Cause, ...] = ()

    @property
    def ports(self) -> list[int]:
        """All node ports, each once."""
        every = (*self.per_port, self.health_check)
        return [port for port in dict.fromkeys(every) if port]


def node_ports_of(service: Json) -> list[int]:
    """The node ports that a service has, each once."""
    spec = spec_of(service)
    ports = [port.get("nodePort", 0) for port in spec.get("ports") or ()]
    ports.append(spec.get("healthCheckNodePort", 0))
    return [port for port in dict.fromkeys(ports) if port]


class _Choice:
    """The ports of one service while they are chosen."""

    def __init__(
        self, numbers: Range, taken: Sequence[int], held: Sequence[int], seed: int
    ) -> None:
        self.numbers = numbers
        self.taken = dict.fromkeys(taken)
        self.held = dict.fromkeys(held)
        self.seed = seed
        self.causes: list[Cause] = []

    def take(self, port: int, field: str) -> int:
        """A wanted port; a cause where it cannot be had."""
        if port in self.held:
            return port
        problem = ""
        if not self.numbers.first <= port <= self.numbers.last:
            bounds = f"{self.numbers.first}-{self.numbers.last}"
            problem = (
                f"provided port is not in the valid range. The range of valid ports is {bounds}"
            )
        elif port in self.taken:
            problem = ALREADY_ALLOCATED
        if problem:
            self.causes.append(errors.invalid(field, port, problem))
        self.taken[port] = None
        return port

    def next(self) -> int:
        """A free port. Raises 500 if there is none."""
        for port in self.numbers.search(self.seed):
            if port not in self.taken:
                self.taken[port] = None
                return port
        raise errors.internal_error("failed to allocate a nodePort: range is full")

    def health_check(self, service: Json) -> int:
        """The port at which load balancers ask, if they do."""
        if not needs_health_check_node_port(service):
            return 0
        wanted = spec_of(service).get("healthCheckNodePort", 0)
        return self.take(wanted, "spec.healthCheckNodePort") if wanted else self.next()


def choose_for_create(
    service: Json, numbers: Range, taken: Sequence[int], held: Sequence[int], seed: int
) -> Chosen:
    """The node ports of a new service; ports of one number, for two protocols, share a node port. O(taken)."""
    choice = _Choice(numbers, taken, held, seed)
    ports = spec_of(service).get("ports") or ()
    chosen: list[int] = []
    if needs_node_ports(service):
        shared: dict[Any, int] = {}
        for index, port in enumerate(ports):
            field, number = f"spec.ports[{index}].nodePort", port.get("port")
            own = port.get("nodePort", 0)
            if number not in shared:
                wanted = next(
                    (p["nodePort"] for p in ports if p.get("port") == number and p.get("nodePort")),
                    0,
                )
                own = choice.take(wanted, field) if wanted else choice.next()
                shared[number] = own
            elif not own:
                own = shared[number]
            elif own != shared[number]:
                choice.take(own, field)
            chosen.append(own)
    return Chosen(tuple(chosen), choice.health_check(service), tuple(choice.causes[:1]))


def choose_for_update(
    service: Json, numbers: Range, taken: Sequence[int], held: Sequence[int], seed: int
) -> Chosen:
    """The node ports of a changed service, which keeps those it has. O(taken)."""
    choice = _Choice(numbers, taken, held, seed)
    chosen: list[int] = []
    if needs_node_ports(service):
        new: dict[int, None] = {}
        for index, port in enumerate(spec_of(service).get("ports") or ()):
            wanted = port.get("nodePort", 0)
            if wanted and wanted not in new:
                choice.take(wanted, f"spec.ports[{index}].nodePort")
                new[wanted] = None
            chosen.append(wanted or choice.next())
    return Chosen(tuple(chosen), choice.health_check(service), tuple(choice.causes[:1]))


def with_chosen(service: Json, chosen: Chosen) -> Json:
    """The service with its node ports."""
    changes: Json = {}
    if chosen.per_port:
        changes["ports"] = [
            {**port, "nodePort": node_port}
            for port, node_port in zip(
                spec_of(service).get("ports") or (), chosen.per_port, strict=True
            )
        ]
    if chosen.health_check:
        changes["healthCheckNodePort"] = chosen.health_check
    return with_spec(service, changes) if changes else service
