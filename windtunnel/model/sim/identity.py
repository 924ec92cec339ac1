"""UIDs and generated names that stay put.

A UID or a name suffix is a digest of (salt, what it is for, the how-many-th it is), so removing one action from a
scenario does not rename the rest of the world. Suffixes use the alphabet of Kubernetes, which has no vowels and none of
the digits that look like letters.
"""

from __future__ import annotations

from hashlib import blake2b

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


class Identity:
    """Makes the identities of one run from its salt."""

    def __init__(self, salt: str = "") -> None:
        self._salt = salt
        self._counts: dict[tuple[str, ...], int] = {}

    def uid(self, *parts: str) -> str:
        """A UID in RFC 4122's form for the next object of this name. O(1)."""
        text = self._digest(("uid", *parts), 16).hex()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"

    def suffix(self, *parts: str, length: int = 5) -> str:
        """A name suffix for the next object under this prefix. O(1)."""
        number = int.from_bytes(self._digest(("suffix", *parts), 8), "big")
        letters = []
        for _ in range(length):
            number, letter = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[letter])
        return "".join(letters)

    def _digest(self, parts: tuple[str, ...], size: int) -> bytes:
        nth = self._counts.get(parts, 0) + 1
        self._counts[parts] = nth
        text = "\x00".join((self._salt, *parts, str(nth)))
        return blake2b(text.encode(), digest_size=size).digest()
