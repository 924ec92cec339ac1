"""What the EndpointSlices of a service say: a flat set of (ip, pod uid, ready, serving, terminating, port).

Every selected pod that has an address and is not over is there, one that is on its way out too: as terminating, and as
serving for as long as it is ready. Ready means serving and not terminating, or that the service publishes unready
addresses. A pod on a node that does not exist is left out, unless unready addresses are published. How endpoints are
spread over slices is not part of the meaning.

What mirrors hand-written Endpoints is a flat set of (ip, ready, port) in the same way; an address that is listed both
as ready and as not ready is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from windtunnel.invariants.meaning.endpoints import port_number
from windtunnel.model.objects.endpoint_slice import Endpoint as SliceEndpoint
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Endpoints, Service

Port = tuple[str, int, str]
"""Name, number and protocol; ("", 0, "") stands for no port."""

NO_PORT: Port = ("", 0, "")


@frozen(order=True)
class State:
    """One address of one pod in one state."""

    ip: str
    pod_uid: str
    ready: bool
    serving: bool
    terminating: bool

    def __str__(self) -> str:
        words = [word for word in ("ready", "serving", "terminating") if getattr(self, word)]
        return f"{self.ip} ({', '.join(words) or 'not ready'})"


SliceEntry = tuple[State, Port]
Mirrored = tuple[str, bool, Port]


def expected_entries(
    service: Service, pods: Iterable[Pod], exists: Callable[[str], bool]
) -> frozenset[SliceEntry]:
    """The entries of a service, given the pods that carry its labels; exists(node). O(pods x ports)."""
    return frozenset(each for pod in pods for each in _of_pod(service, pod, exists))


def states(endpoint_slice: EndpointSlice | None) -> frozenset[State]:
    """The addresses of a slice with their states. O(endpoints)."""
    if endpoint_slice is None:
        return frozenset()
    return frozenset(state for each in endpoint_slice.endpoints for state in _states(each))


def stored_entries(slices: Iterable[EndpointSlice]) -> frozenset[SliceEntry]:
    """What slices say, flat. O(endpoints x ports)."""
    return frozenset(
        (state, port)
        for each in slices
        for endpoint in each.endpoints
        for state in _states(endpoint)
        for port in _ports(each)
    )


def expected_mirror(endpoints: Endpoints) -> frozenset[Mirrored]:
    """What mirroring slices say about Endpoints. O(addresses x ports)."""
    ready: dict[tuple[str, str, tuple[Port, ...]], bool] = {}
    for subset in endpoints.subsets:
        ports = tuple(sorted((p.name, p.port, p.protocol) for p in subset.ports))
        for is_ready, group in ((True, subset.addresses), (False, subset.not_ready_addresses)):
            for address in group:
                uid = str((address.target_ref or {}).get("uid", ""))
                key = (address.ip, uid, ports)
                ready[key] = is_ready and ready.get(key, True)
    return frozenset(
        (ip, is_ready, port)
        for (ip, _, ports), is_ready in ready.items()
        for port in ports or (NO_PORT,)
    )


def stored_mirror(slices: Iterable[EndpointSlice]) -> frozenset[Mirrored]:
    """What slices say, as far as a mirror can. O(endpoints x ports)."""
    return frozenset(
        (ip, endpoint.ready, port)
        for each in slices
        for endpoint in each.endpoints
        for ip in endpoint.addresses
        for port in _ports(each)
    )


def _of_pod(service: Service, pod: Pod, exists: Callable[[str], bool]) -> Iterator[SliceEntry]:
    publishes = service.spec.publish_not_ready_addresses
    if pod.terminal or not (exists(pod.spec.node_name) or publishes):
        return
    numbers = [(port, port_number(port, pod)) for port in service.spec.ports]
    ports = [(port.name, number, port.protocol) for port, number in numbers if number]
    serving, leaving = pod.ready, pod.metadata.deleting
    ready = publishes or (serving and not leaving)
    for ip in _addresses(service, pod):
        state = State(ip, pod.uid, ready, serving, leaving)
        for port in ports or [NO_PORT]:
            yield state, port


def _addresses(service: Service, pod: Pod) -> list[str]:
    families = service.spec.ip_families or ("IPv4", "IPv6")
    found = dict.fromkeys(each.ip for each in pod.status.pod_ips if each.ip)
    return [ip for ip in found if ("IPv6" if ":" in ip else "IPv4") in families]


def _states(endpoint: SliceEndpoint) -> Iterator[State]:
    uid = str((endpoint.target_ref or {}).get("uid", ""))
    for ip in endpoint.addresses:
        yield State(ip, uid, endpoint.ready, endpoint.serving, endpoint.terminating)


def _ports(endpoint_slice: EndpointSlice) -> list[Port]:
    ports = [(port.name, port.port or 0, port.protocol) for port in endpoint_slice.ports]
    return ports or [NO_PORT]
