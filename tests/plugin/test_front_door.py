"""`import windtunnel`: the names that people use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import windtunnel

ROOT = Path(__file__).parent.parent.parent


def test_importing_the_package_imports_nothing_else() -> None:
    """The front door is lazy."""
    code = "import sys, windtunnel; print([m for m in sys.modules if m.startswith('windtunnel.')])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "[]\n" == done.stdout


@pytest.mark.parametrize("name", windtunnel.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each name that the front door shows can be taken through it."""
    assert getattr(windtunnel, name) is not None
    assert name in dir(windtunnel)


def test_type_checkers_see_every_public_name() -> None:
    """What is lazy at run time is declared for type checkers."""
    text = (ROOT / "windtunnel" / "__init__.py").read_text("utf-8")
    names = [name for name in windtunnel.__all__ if name != "__version__"]
    assert [] == [name for name in names if f"import {name} as {name}\n" not in text]


def test_another_name_is_one_sentence() -> None:
    """A name that is not there says which are."""
    with pytest.raises(AttributeError, match="windtunnel has no Contexts; it has Action, "):
        _ = windtunnel.Contexts
