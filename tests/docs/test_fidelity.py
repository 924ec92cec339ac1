"""docs/fidelity.md says what is so: it is what the command generates, and nothing is missing from it."""

from __future__ import annotations

import difflib
from itertools import islice
from pathlib import Path

import pytest

from windtunnel.cli.list import WHAT
from windtunnel.cli.main import invoke
from windtunnel.fidelity.components import sections
from windtunnel.fidelity.docstrings import NOT_MODELLED, exists, module_texts
from windtunnel.fidelity.evidence import cases, outcomes, tally
from windtunnel.fidelity.kubernetes import CONTROLLERS
from windtunnel.fidelity.page import COMMAND, PAGE, render
from windtunnel.fidelity.tags import parsed, tags_of
from windtunnel.model.controllers.manager import BUILT_IN_CONTROLLERS
from windtunnel.model.corrections import CORRECTIONS

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_command_generates() -> None:
    """Nobody reads numbers or simplifications that are no longer true."""
    expected, found = render(), (ROOT / PAGE).read_text(encoding="utf-8")
    if expected != found:
        changes = difflib.unified_diff(
            found.splitlines(), expected.splitlines(), PAGE, "generated", lineterm="", n=0
        )
        few = "\n".join(islice(changes, 30))
        pytest.fail(f"{PAGE} is out of date: run `{COMMAND}`, and commit it.\n{few}", pytrace=False)


def test_the_command_prints_the_page_and_writes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`windtunnel fidelity` makes the very same text on the terminal and in a file; a folder is no file."""
    assert 0 == invoke(["fidelity"])
    assert render() == capsys.readouterr().out
    path = tmp_path / "new" / "page.md"
    assert 0 == invoke(["fidelity", "--out", str(path)])
    assert render() == path.read_text(encoding="utf-8")
    assert 2 == invoke(["fidelity", "--out", str(tmp_path)])
    assert "cannot be written" in capsys.readouterr().err


def test_the_page_knows_nothing_of_the_machine() -> None:
    """Two machines generate one page."""
    assert str(ROOT) not in render()
    assert str(Path.home()) not in render()


def test_every_recording_that_is_run_stands_behind_a_line() -> None:
    """What counts in the total counts for something: fidelity/tags.py and fidelity/components.py say for what."""
    known = {tag for section in sections() for line in section.lines for tag in line.tags}
    run = [each for each in outcomes() if not each.need]
    assert [] == [(each.area, each.name) for each in run if known.isdisjoint(each.tags)]
    assert len(run) == tally(outcomes()).run > 2_000
    assert len(cases()) == len(outcomes())


def test_every_simplification_is_on_the_page() -> None:
    """What a docstring admits is published: a paragraph of its own that begins with the words."""
    for text in module_texts():
        source = ROOT.joinpath(*text.name.split("."))
        path = source / "__init__.py" if source.is_dir() else source.with_suffix(".py")
        assert (f"\n{NOT_MODELLED}" in path.read_text(encoding="utf-8")) == bool(text.not_modelled)
        assert text.not_modelled.replace("|", "\\|").replace("<", "&lt;") in render()


def test_every_controller_is_known_by_its_name_in_kubernetes() -> None:
    """A controller that is added shows on the page; name it in fidelity/kubernetes.py."""
    assert [] == [each for each in BUILT_IN_CONTROLLERS if each not in CONTROLLERS.values()]


def test_every_correction_is_listed_and_has_its_module() -> None:
    """A docstring that speaks of a correction has an entry in model/corrections.py, and entries name real modules."""
    places = [each.where for each in CORRECTIONS]
    assert [] == [each for each in places if not exists(each)]
    claimed = [text.name for text in module_texts() if text.corrects]
    assert [] == [each for each in claimed if each not in places]
    assert len(CORRECTIONS) == len({each.id for each in CORRECTIONS})


def test_corrections_are_listed_on_the_command_line() -> None:
    """`windtunnel list corrections` names each with its issues and its module."""
    lines = dict(WHAT["corrections"]())
    assert [each.id for each in CORRECTIONS] == list(lines)
    for each in CORRECTIONS:
        words = lines[each.id]
        assert all(f"kubernetes#{number}" in words for number in each.issues)
        assert each.where in words and each.here in words


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/api/v1/namespaces/a/pods/p/binding?x=1", ("pods", "p", "binding")),
        ("/apis/apps/v1/namespaces/a/deployments", ("deployments", "", "")),
        ("/api/v1/namespaces/a", ("namespaces", "a", "")),
        ("/api/v1/namespaces/a/finalize", ("namespaces", "a", "finalize")),
        ("/version", ("", "", "")),
    ],
)
def test_paths_are_taken_apart(path: str, parts: tuple[str, str, str]) -> None:
    """A request counts for the resource and subresource that it is about."""
    assert parts == parsed(path)


def test_a_transcript_is_about_all_that_is_in_it() -> None:
    """Controllers, kinds, verbs and what admission leaves behind are all noticed."""
    pod = {"kind": "Pod", "spec": {"priorityClassName": "high"}}
    steps = [
        {"request": {"method": "POST", "path": "/api/v1/namespaces/a/pods", "body": pod}},
        {"request": {"method": "DELETE", "path": "/api/v1/namespaces/a/pods"}},
        {"request": {"method": "PUT", "path": "/api/v1/namespaces/a/pods/p/status"}},
        {"watch": {"id": "w", "path": "/api/v1/services"}},
        {"settle": True},
    ]
    expected = (
        "area:api",
        "role:pod-gc",
        "kind:Pod",
        "verb:create",
        "verb:deletecollection",
        "subresource:status",
        "kind:Service",
        "verb:watch",
        "admission:Priority",
    )
    assert expected == tags_of("golden/api", {"controllers": ["podgc"], "steps": steps})
