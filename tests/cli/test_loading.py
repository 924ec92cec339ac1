"""Code of one's own: what is loaded, and what is said where that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from windtunnel.cli.loading import load_own_code
from windtunnel.model.input_error import InputError

OWN = str(Path(__file__).parent / "own_code.py")


def refusal(
    load: tuple[str, ...] = (), swap: tuple[str, ...] = (), controller: tuple[str, ...] = ()
) -> str:
    """The sentence with which options are refused."""
    with pytest.raises(InputError) as caught:
        load_own_code(load, swap, controller)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_promises_faults_classes_and_controllers_are_loaded() -> None:
    """Everything that can be added in one file with one decorator is taken from it."""
    own = load_own_code(
        (f"{OWN}:my_promise", f"{OWN}:Hiccup"),
        (f"replication={OWN}:Renamed",),
        (f"{OWN}:Watcher",),
    )
    assert ["my-promise"] == [promise.id for promise in own.promises]
    assert ["hiccup"] == [fault.action_name for fault in own.faults]
    assert [("replication", "Renamed")] == [(role, cls.__name__) for role, cls in own.swaps]
    assert ["Watcher"] == [cls.__name__ for cls in own.controllers]
    assert [f"{OWN}:my_promise", f"{OWN}:Hiccup"] == [r.name for r in own.extension_references]


def test_a_file_is_loaded_once() -> None:
    """Two names of one file come from one module, so that its classes are the same ones."""
    first = load_own_code((f"{OWN}:Hiccup",), (), ())
    second = load_own_code((f"{OWN}:Hiccup",), (), ())
    assert first.faults[0] is second.faults[0]


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("own_code", "names no code; write FILE.py:NAME"),
        ("own_code.py:", "names no code; write FILE.py:NAME"),
        (":my_promise", "names no code; write FILE.py:NAME"),
        ("none.py:x", "there is no such file"),
        ("pyproject.toml:x", "must end in .py"),
        (f"{OWN}:my_promis", "did you mean my_promise?"),
        (f"{OWN}:NUMBER", "this is a int"),
        (f"{OWN}:Watcher", "this is the class Watcher"),
    ],
)
def test_a_wrong_load_is_one_sentence(spec: str, sentence: str) -> None:
    """What --load cannot take is refused with what it takes."""
    assert sentence in refusal(load=(spec,))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = (\n", "broken.py: line 1: '(' was never closed"),
        ("\nx = 1 / 0\n", "broken.py: line 2: it cannot be imported: ZeroDivisionError"),
        ("import sys\nsys.exit(5)\n", "it cannot be imported: SystemExit: 5"),
        ("import no_such_module\n", "No module named 'no_such_module'"),
    ],
)
def test_a_file_that_cannot_be_imported_is_one_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    """A mistake in one's own file is shown with its line."""
    path = tmp_path / "broken.py"
    path.write_text(text, encoding="utf-8")
    assert sentence in refusal(load=(f"{path}:x",))


def test_a_file_may_import_its_neighbours(tmp_path: Path) -> None:
    """A file is imported as Python would run it, beside its neighbours."""
    (tmp_path / "neighbour_of_mine.py").write_text("from windtunnel import always\n", "utf-8")
    text = 'from neighbour_of_mine import always\n@always()\ndef x(fact, world):\n    """Fine."""\n'
    (tmp_path / "mine.py").write_text(text, "utf-8")
    own = load_own_code(("mine.py:x",), (), (), folder=tmp_path)
    assert ["x"] == [promise.id for promise in own.promises]


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (f"{OWN}:Renamed", "write ROLE=FILE.py:NAME"),
        (f"replicatoin={OWN}:Renamed", "did you mean replication?"),
        (f"replication={OWN}:NUMBER", "is no class"),
        (f"replication={OWN}:Watcher", "has no method start, which the role replication needs"),
    ],
)
def test_a_wrong_swap_is_one_sentence(spec: str, sentence: str) -> None:
    """What --swap cannot take is refused with what it takes."""
    assert sentence in refusal(swap=(spec,))


def test_a_role_is_swapped_once() -> None:
    """Two classes for one role are refused instead of one being ignored."""
    spec = f"replication={OWN}:Renamed"
    assert "names a role twice" in refusal(swap=(spec, spec))


@pytest.mark.parametrize("name", ["my_promise", "Renamed"])
def test_a_wrong_controller_is_one_sentence(name: str) -> None:
    """What is no controller is refused with what makes one."""
    assert "@controller" in refusal(controller=(f"{OWN}:{name}",))
