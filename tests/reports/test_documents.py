"""The report as JSON, JUnit XML, Markdown and HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest

from tests.conftest import Golden
from tests.reports import example_reports
from windtunnel.model.input_error import InputError
from windtunnel.reports.html import render_html
from windtunnel.reports.json_report import render_json
from windtunnel.reports.junit import render_junit
from windtunnel.reports.markdown import append_summary, render_markdown
from windtunnel.reports.report import Report

REPORTS = {
    "held": example_reports.held,
    "violated": example_reports.violated,
    "nothing_proved": example_reports.nothing_proved,
}


@pytest.fixture(params=sorted(REPORTS))
def named_report(request: pytest.FixtureRequest) -> tuple[str, Report]:
    """Each ordinary report with its name."""
    return request.param, REPORTS[request.param]()


def test_json_changes_only_on_purpose(named_report: tuple[str, Report], golden: Golden) -> None:
    """Programs can rely on the keys of the JSON document."""
    name, report = named_report
    golden(f"{name}.json", render_json(report))


def test_junit_changes_only_on_purpose(named_report: tuple[str, Report], golden: Golden) -> None:
    """Test services can rely on the JUnit document."""
    name, report = named_report
    golden(f"{name}.junit.xml", render_junit(report))


def test_markdown_changes_only_on_purpose(named_report: tuple[str, Report], golden: Golden) -> None:
    """The Markdown of a pull request changes only on purpose."""
    name, report = named_report
    golden(f"{name}.md", render_markdown(report))


def test_json_has_every_key_that_the_design_promises() -> None:
    """No promised key of the JSON document is missing."""
    document = orjson.loads(render_json(example_reports.violated()))
    wanted = {
        "verdict", "version", "explorer", "seed", "scenarios", "actions", "events", "seconds", "digest",
        "invariants", "failures", "coverage",
    }  # fmt: skip
    assert set() == wanted - set(document)
    invariant, failure = document["invariants"][0], document["failures"][0]
    wanted = {"id", "kind", "applicable", "verdict", "checked", "violations"}
    assert set() == wanted - set(invariant)
    assert set() == {"file", "invariant", "seed", "actions", "faults", "message"} - set(failure)


def test_hostile_names_survive_json_unchanged() -> None:
    """JSON escapes; what a program reads is what the name was."""
    document = orjson.loads(render_json(example_reports.hostile()))
    assert example_reports.HOSTILE == document["failures"][0]["invariant"]


def test_junit_is_well_formed_whatever_names_hold() -> None:
    """A control character that XML cannot hold never makes the document unreadable."""
    root = ElementTree.fromstring(render_junit(example_reports.hostile()))
    (case,) = root.iter("testcase")
    assert "<script>alert('x')</script>[31m|`*[red]&" == case.get("name")


def test_markdown_shows_hostile_names_as_text() -> None:
    """A name can neither open a tag, nor add a column, nor close a code block."""
    text = render_markdown(example_reports.hostile())
    outside = re.sub(r"(`{3,})text\n.*?\n\1\n", "", text, flags=re.DOTALL)
    assert "<script" not in outside
    rows = [line for line in outside.splitlines() if line.startswith("| ")]
    assert {7} == {len(re.findall(r"(?<!\\)\|", row)) for row in rows}


def test_the_summary_of_a_ci_job_is_appended(tmp_path: Path) -> None:
    """What other steps wrote into GITHUB_STEP_SUMMARY stays."""
    path = tmp_path / "summary.md"
    path.write_text("before\n", encoding="utf-8")
    append_summary(example_reports.held(), str(path))
    assert path.read_text(encoding="utf-8").startswith("before\n## windtunnel: held\n")


def test_a_summary_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A wrong GITHUB_STEP_SUMMARY is reported as a wrong input, not as a crash."""
    with pytest.raises(InputError, match="GITHUB_STEP_SUMMARY"):
        append_summary(example_reports.held(), str(tmp_path))


class Outline(HTMLParser):
    """Collects the tags of a page with their classes, and every place that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.loads: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        values = dict(attrs)
        self.lines.append(
            "  " * len(self._open) + tag + (f".{values['class']}" if values.get("class") else "")
        )
        self.loads += [
            f"{tag} {n}" for n in values if n in ("src", "href", "srcset") or n.startswith("on")
        ]
        if tag not in ("meta", "br", "line", "path", "rect", "circle") or tag in ("rect", "circle"):
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag without content."""
        self.handle_starttag(tag, attrs)
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Leave a tag."""
        while self._open and self._open.pop() != tag:
            pass


def outline(page: str) -> Outline:
    """The outline of a page."""
    parser = Outline()
    parser.feed(page)
    return parser


def test_the_structure_of_the_page_changes_only_on_purpose(
    named_report: tuple[str, Report], golden: Golden
) -> None:
    """The HTML page keeps its parts."""
    name, report = named_report
    golden(f"{name}.html.txt", "\n".join(outline(render_html(report)).lines) + "\n")


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    """The page needs no network, and no name can make it run a script."""
    for report in (example_reports.violated(), example_reports.hostile()):
        page = render_html(report)
        found = outline(page)
        assert [] == found.loads
        assert "script" not in [line.strip() for line in found.lines]
        assert "http" not in page.replace("http-equiv", "")
        assert "\x1b" not in page
        assert "\x00" not in page


def test_the_page_shows_hostile_names_as_text() -> None:
    """Markup in a name is shown, not obeyed."""
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in render_html(
        example_reports.hostile()
    )


def test_the_page_says_what_the_violation_is_about() -> None:
    """Promise, expectation, finding, causes, actions and the command are all in the page."""
    page = render_html(example_reports.violated())
    for text in ("it deleted the pod", "step 311 at 1.204 s", "scale target=rc/frontend replicas=5",
                 "windtunnel replay .windtunnel/foreign-pods"):  # fmt: skip
        assert text in page
