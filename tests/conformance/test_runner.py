"""The conformance runner: it counts honestly, and it notices what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from windtunnel.conformance import golden
from windtunnel.conformance.exceptions import EXCEPTIONS
from windtunnel.conformance.runner import DATA, ConformanceInputError, run_area, run_conformance
from windtunnel.model.objects.json import Json

AREAS = sorted(
    [f"golden/{path.name}" for path in (DATA / "golden").iterdir() if path.is_dir()]
    + [f"conformance/{path.stem}" for path in (DATA / "conformance").glob("*.json")]
)


def path_of(area: str) -> Path:
    """Where the data of an area is."""
    return DATA / area if area.startswith("golden/") else DATA / f"{area}.json"


@pytest.mark.parametrize("area", AREAS)
def test_every_case_that_is_modelled_is_answered_as_recorded(area: str) -> None:
    """The model does what the real thing did, but for listed exceptions."""
    outcome = run_conformance([path_of(area)]).areas[0]
    assert area == outcome.area
    assert [] == [failure for failure in outcome.failures if not failure.reason]
    assert outcome.total == outcome.passed + len(outcome.failures)


@pytest.mark.parametrize("area", sorted(EXCEPTIONS))
def test_every_exception_is_a_case_that_really_fails(area: str) -> None:
    """No exception outlives its cause."""
    failures = run_conformance([path_of(area)]).areas[0].failures
    assert sorted(EXCEPTIONS[area]) == sorted(f.case for f in failures if f.reason)


def transcript(name: str) -> Json:
    """A golden transcript that comes with the package."""
    found: Json = json.loads((DATA / "golden" / f"{name}.json").read_text())
    return found


@pytest.mark.parametrize(
    ("name", "step", "planted"),
    [
        ("api/binding", 3, {"response": {"status": 201}}),
        (
            "api/configmap-create-get",
            1,
            {"response": {"status": 200, "body": {"data": {"x": "2"}}}},
        ),
        ("listwatch/watch-rv-order", 5, {"events": []}),
        ("rc/create-makes-pods", 1, {"expect": {"count": 17}}),
    ],
)
def test_a_wrong_recording_is_noticed(name: str, step: int, planted: Json) -> None:
    """The runner is trusted because it catches what was planted."""
    case = transcript(name)
    case["steps"][step] = {**case["steps"][step], **planted}
    difference = golden.run(case)
    assert difference is not None
    assert f"step {step + 1}" in difference


def test_a_case_that_breaks_the_runner_is_a_failure() -> None:
    """An exception in a case is counted, and the other cases still run."""
    broken: Json = {"name": "broken", "steps": [{"watch_read": "nobody"}], "setup": {}}
    good = transcript("api/binding")
    outcome = run_area("golden/api", [("broken", broken), ("good", good)])
    assert (1, 2) == (outcome.passed, outcome.total)
    assert "KeyError" in outcome.failures[0].difference


def test_needs_are_worked_out_from_the_case() -> None:
    """A transcript that needs a kind or a controller that is not there is not run, and not counted."""
    case: Json = {
        "steps": [{"request": {"method": "GET", "path": "/apis/batch/v1/namespaces/x/jobs"}}],
        "controllers": ["job"],
    }
    outcome = run_area("golden/job", [("jobs", case)])
    assert (0, {"controller job": 1}) == (outcome.total, outcome.not_modelled)
    assert {"table unheard": 1} == run_area("conformance/unheard", [("a", {})]).not_modelled


@pytest.mark.parametrize("content", ["{", "[]", '{"name": "neither"}'])
def test_a_file_that_is_no_conformance_data_is_named(tmp_path: Path, content: str) -> None:
    """The message says which file is wrong."""
    file = tmp_path / "odd.json"
    file.write_text(content)
    with pytest.raises(ConformanceInputError, match=r"odd\.json"):
        run_conformance([tmp_path])


def test_the_document_has_the_promised_keys() -> None:
    """--json prints area, passed, total, not_modelled and failures for each area."""
    document: Any = run_conformance([path_of("conformance/services")]).to_json()
    area = document["areas"][0]
    assert ["area", "passed", "total", "not_modelled", "failures"] == list(area)
    assert {"case", "difference"} <= set(area["failures"][0])
