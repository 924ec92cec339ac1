"""AddressPool: the addresses of one node's pods, each with one sandbox at a time, and reused when it is gone.

What was freed last is given next, so that whoever still believes in the address of a pod that is gone meets another pod
there. A sandbox that replaces an earlier one of the same pod does not get that one's address back as long as there is
another. Or else addresses go in turn, and come back only when all have had theirs, as the host-local plug-in does it.

Not modelled: running out of addresses (two sandboxes then share one).
"""

from __future__ import annotations

from hashlib import blake2b

ADDRESSES = 250
_FIRST = 2
_NODES = 2_500
"""So many nodes have addresses of their own."""


def number_of(node: str) -> int:
    """The number that a node has its addresses from: the one its name ends with, else from its letters. O(1)."""
    digits = node[len(node.rstrip("0123456789")) :]
    if digits and int(digits) < _NODES:
        return int(digits)
    return int.from_bytes(blake2b(node.encode(), digest_size=4).digest(), "big") % _NODES


def node_prefix(cluster: str, number: int) -> str:
    """The first three numbers of a node's addresses, from the first two of its cluster's. O(1)."""
    block, number = divmod(number, ADDRESSES)
    if not block:
        return f"{cluster}.{number}"
    first, _, second = cluster.partition(".")
    return f"{first}.{int(second) + block}.{number}"


class AddressPool:
    """Owns which addresses of a node are in use; prefix is everything up to the last number."""

    def __init__(self, prefix: str, *, at_once: bool) -> None:
        self._prefix = prefix
        self._at_once = at_once
        self._given = 0
        self._used: dict[str, None] = {}
        self._freed: dict[str, None] = {}

    def take(self, avoid: str = "") -> str:
        """An address that nobody has, and not the one to avoid if there is another. O(1), O(n) when most are used."""
        address = self._freed_last(avoid) if self._at_once else ""
        address = address or self._next(avoid)
        self._freed.pop(address, None)
        self._used[address] = None
        return address

    def free(self, address: str) -> None:
        """Nobody has an address any more. O(1)."""
        if address in self._used:
            del self._used[address]
            self._freed[address] = None

    def _freed_last(self, avoid: str) -> str:
        return next((each for each in reversed(self._freed) if each != avoid), "")

    def _next(self, avoid: str) -> str:
        full = len(self._used) >= ADDRESSES
        while True:
            address = f"{self._prefix}.{_FIRST + self._given % ADDRESSES}"
            self._given += 1
            if full or (address not in self._used and (address != avoid or self._only(address))):
                return address

    def _only(self, address: str) -> bool:
        """Whether an address is the only one that is not in use."""
        return len(self._used) == ADDRESSES - 1 and address not in self._used
