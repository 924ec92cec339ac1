"""Hashes of code, so that a saved scenario can tell whether it is replayed by the code that found it."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import windtunnel.model

PARTS = ("model", "invariants", "strategies")


def file_hash(path: Path) -> str:
    """The hash of a file's bytes. O(size). Raises OSError."""
    return blake2b(path.read_bytes(), digest_size=16).hexdigest()


def own_hash() -> str:
    """The hash of all of windtunnel's own code that decides what happens in a run. O(size of the code)."""
    package = Path(windtunnel.model.__file__ or "").parent.parent
    digest = blake2b(digest_size=16)
    for part in PARTS:
        for path in sorted((package / part).rglob("*.py")):
            digest.update(path.relative_to(package).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()
