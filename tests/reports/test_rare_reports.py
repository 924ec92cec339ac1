"""Reports of failures of which little is known, progress on a terminal, and rarer mistakes in files."""

from __future__ import annotations

from io import StringIO
from typing import Any

import orjson
import pytest
from attrs import evolve
from rich.console import Console

from tests.reports import example_reports
from tests.reports.test_scenario_files import document, refusal
from windtunnel.model.input_error import InputError
from windtunnel.model.outcome import Verdict
from windtunnel.reports.junit import render_junit
from windtunnel.reports.markdown import render_markdown
from windtunnel.reports.progress import SearchProgress
from windtunnel.reports.report import Report, header
from windtunnel.reports.scenario_reader import MAX_ACTIONS
from windtunnel.reports.settings_codec import decode_settings
from windtunnel.reports.text import render_text


def with_failure(**changes: Any) -> Report:
    """A violated report whose failure, or the outcome of it, is different."""
    report = example_reports.violated()
    failure = report.outcome.failures[0]
    of_failure = {key: value for key, value in changes.items() if key == "file"}
    of_outcome = {key: value for key, value in changes.items() if key != "file"}
    changed = evolve(failure, outcome=evolve(failure.outcome, **of_outcome), **of_failure)
    return evolve(report, outcome=evolve(report.outcome, failures=(changed,)))


def test_a_failure_that_was_not_saved_has_no_command_to_repeat() -> None:
    """And everything else is told."""
    report = with_failure(file="")
    for text in (render_text(report), render_markdown(report), render_junit(report)):
        assert "windtunnel replay" not in text
        assert "frontend-x7f2k" in text


def test_a_failure_without_a_finding_is_told_by_what_was_done() -> None:
    """As of a check that broke: there is no object to name."""
    report = with_failure(findings=())
    assert "scale target=rc/frontend replicas=5" in render_text(report)
    assert "frontend-x7f2k" not in render_markdown(report)
    assert "frontend-x7f2k" not in render_junit(report)


def test_a_finding_without_causes_is_told_without_them() -> None:
    """A promise about the beginning has nothing before it."""
    finding = evolve(example_reports.FINDING, causes=())
    report = with_failure(findings=(finding,))
    for text in (render_text(report), render_markdown(report)):
        assert "frontend-x7f2k" in text
        assert "step 311" not in text


def test_a_case_tells_the_stories_of_its_own_promise() -> None:
    """Not those of another one that was broken too."""
    report = example_reports.violated()
    broken = evolve(example_reports.REPLICAS, verdict=Verdict.VIOLATED, violations=1)
    outcome = evolve(report.outcome, promises=(broken, *report.outcome.promises[1:]))
    document_text = render_junit(evolve(report, outcome=outcome))
    _, _, rest = document_text.partition('name="replica-count"')
    case, _, others = rest.partition("</testcase>")
    assert "frontend-x7f2k" not in case
    assert "frontend-x7f2k" in others


def test_a_run_with_defaults_and_without_a_digest_says_less() -> None:
    """The header is version and seed alone."""
    assert "windtunnel 0.1.0 · seed 3" == header("0.1.0", 3, ())
    report = example_reports.held()
    text = render_text(evolve(report, outcome=evolve(report.outcome, digest="")))
    assert "digest" not in text


def test_progress_is_shown_on_a_terminal_and_nowhere_else() -> None:
    """With how many failed; a file gets nothing."""
    for terminal in (True, False):
        stream = StringIO()
        console = Console(file=stream, force_terminal=terminal, width=100)
        with SearchProgress(console, 10) as progress:
            progress.update(3, 0)
            progress.update(4, 1)
        shown = stream.getvalue()
        assert terminal == ("4/10" in shown) == ("(1 failed)" in shown)
        assert terminal or "" == shown


# -- what is read ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"invariants": ["a", 3]}, "invariants[1]"),
        ({"actions": [None]}, "null"),
        ({"actions": [{}] * (MAX_ACTIONS + 1)}, f"actions has more than {MAX_ACTIONS} entries"),
    ],
)
def test_a_rarer_mistake_in_a_file_is_named_too(changes: dict[str, Any], sentence: str) -> None:
    """One sentence with the place."""
    assert sentence in refusal(document(**changes))


def test_the_file_of_a_scenario_is_plain_json() -> None:
    """So a program may write one."""
    assert isinstance(orjson.loads(orjson.dumps(document())), dict)


@pytest.mark.parametrize(("prefix", "fine"), [("10.250", True), ("10.300", False), ("10", False)])
def test_the_addresses_of_pods_begin_with_two_numbers(prefix: str, fine: bool) -> None:
    """Each of a byte."""
    data = {"kubelet": {"pod_cidr_prefix": prefix}}
    if fine:
        assert prefix == decode_settings(data, "here").kubelet.pod_cidr_prefix
        return
    with pytest.raises(InputError, match="pod_cidr_prefix"):
        decode_settings(data, "here")
