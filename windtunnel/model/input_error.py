"""The one error for what people hand us: manifests, scenario files, settings, options, files of Python."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(Exception):
    """What somebody handed us is wrong; the message is one sentence that names the place and what to do."""


def unknown_name(name: str, known: Iterable[str], what: str) -> str:
    """One sentence about a name that is not known, with the closest one or all that are. O(known)."""
    names = list(known)
    close = get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(names) or 'none'}"
    return f"{name!r} is no {what}; {hint}"
