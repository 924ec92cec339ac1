"""The ranges that cluster IPs and node ports come from: what is in them, and where a search for a free one begins.

The low end of a range is left to addresses that people choose themselves, as long as there is room elsewhere. A search
begins at a place that a digest gives for the service and its how-many-th asking, so that one service more or less does
not move the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network

from attrs import frozen


@frozen
class Range:
    """Numbers from first to last; the lowest `static` of them are chosen by hand."""

    first: int
    last: int
    static: int

    def search(self, seed: int) -> Iterator[int]:
        """All numbers: the dynamic ones from the seed's place around, then the static ones. O(1) each."""
        begin = self.first + self.static
        size = self.last - begin + 1
        for step in range(size):
            yield begin + (seed + step) % size
        yield from range(self.first, begin)


@frozen
class AddressRange:
    """The service CIDR. Its first usable address belongs to the API server's own service."""

    network: IPv4Network
    numbers: Range

    def problem(self, address: str) -> str:
        """Why an address cannot come from this range; '' if it can."""
        parsed = ip_address(address)
        if parsed.version == 4 and self.numbers.first - 1 <= int(parsed) <= self.numbers.last:
            return "provided IP is already allocated" if int(parsed) < self.numbers.first else ""
        return (
            f"the provided IP ({address}) is not in the valid range. "
            f"The range of valid IPs is {self.network}"
        )

    def search(self, seed: int) -> Iterator[str]:
        """All addresses, in the order in which a search tries them."""
        for number in self.numbers.search(seed):
            yield str(IPv4Address(number))


@lru_cache(maxsize=16)
def address_range(cidr: str) -> AddressRange:
    """The range of a CIDR: between network and broadcast address, without the first usable one."""
    network = IPv4Network(ip_network(cidr))
    size = network.num_addresses
    static = 0 if size < 16 else min(max(16, size // 16), 256)
    first = int(network.network_address) + 2
    last = int(network.broadcast_address) - 1
    return AddressRange(network, Range(first, last, max(static - 1, 0)))


@lru_cache(maxsize=16)
def port_range(low: int, high: int) -> Range:
    """The range of node ports."""
    size = high - low + 1
    return Range(low, high, 0 if size < 16 else min(max(16, size // 32), 128))
