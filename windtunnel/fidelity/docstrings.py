"""What the model's modules say about themselves, read from their source without importing them.

A docstring begins with a sentence of what the module is and does, and ends, where it simplifies, with a paragraph
"Not modelled: …". Both are taken as they are, so that the code stays the one place where they are written.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

import windtunnel.model

MODEL = "windtunnel.model"
NOT_MODELLED = "Not modelled:"
CORRECTION = "Correction"
_ROOT = Path(windtunnel.model.__file__).parent


@frozen
class ModuleText:
    """One module: its dotted name, its first sentence, and what it says it does not do ('' for nothing)."""

    name: str
    summary: str
    not_modelled: str
    corrects: bool


@lru_cache
def module_texts() -> tuple[ModuleText, ...]:
    """All modules of the model that have a docstring, by name. Reads their source once: O(size of the source)."""
    found = []
    for path in sorted(_ROOT.rglob("*.py")):
        parts = path.relative_to(_ROOT).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        if text:
            found.append(_module_text(".".join((MODEL, *parts)), text))
    return tuple(sorted(found, key=lambda each: each.name))


@lru_cache
def text_of(module: str) -> ModuleText:
    """What a module says, or the one below it that says anything where a package keeps silent. Raises KeyError."""
    found = next((each for each in module_texts() if each.name == module), None)
    if found is None:
        found = next((each for each in module_texts() if each.name.startswith(module + ".")), None)
    if found is None:
        raise KeyError(f"{module} says nothing: see windtunnel/fidelity/components.py")
    return found


def exists(module: str) -> bool:
    """Whether there is a module of that name. O(1)."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _module_text(name: str, docstring: str) -> ModuleText:
    paragraphs = docstring.split("\n\n")
    lacks = [each for each in paragraphs if each.startswith(NOT_MODELLED)]
    return ModuleText(
        name,
        _joined(paragraphs[0]),
        " ".join(_joined(each.removeprefix(NOT_MODELLED)) for each in lacks),
        any(each.startswith(CORRECTION) for each in paragraphs),
    )


def _joined(text: str) -> str:
    return " ".join(text.split())
