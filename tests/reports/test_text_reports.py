"""The report on a terminal."""

from __future__ import annotations

from tests.conftest import Golden
from tests.reports import example_reports
from windtunnel.reports.text import render_text


def test_a_held_run_looks_as_people_know_it(golden: Golden) -> None:
    """The text of a run that held changes only on purpose."""
    golden("held.txt", render_text(example_reports.held()))


def test_a_violated_run_looks_as_people_know_it(golden: Golden) -> None:
    """The text of a violation changes only on purpose."""
    golden("violated.txt", render_text(example_reports.violated()))


def test_a_run_that_proved_nothing_looks_as_people_know_it(golden: Golden) -> None:
    """The text of a run that proved nothing changes only on purpose."""
    golden("nothing_proved.txt", render_text(example_reports.nothing_proved()))


def test_the_first_line_names_version_seed_and_differing_options() -> None:
    """Whoever sees an output can repeat it from its first line."""
    first = render_text(example_reports.held()).splitlines()[0]
    assert "windtunnel 0.1.0 · seed 0 · nodes=5 faults=node-crash,partition" == first


def test_a_violation_is_small_enough_to_read() -> None:
    """However long its story, a violation takes at most 40 lines."""
    lines = render_text(example_reports.long_winded()).splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("VIOLATED"))
    end = next(n for n, line in enumerate(lines) if line.startswith("  repeat"))
    assert end - begin + 1 <= 40


def test_the_command_to_repeat_a_violation_is_one_line_that_a_shell_takes() -> None:
    """The command can be copied and pasted."""
    lines = render_text(example_reports.violated()).splitlines()
    expected = (
        "  repeat  windtunnel replay .windtunnel/foreign-pods-are-left-alone-01234567.scenario.json "
        "--swap 'replication=broken rc.py:Broken'"
    )
    assert [expected] == [line for line in lines if line.startswith("  repeat")]


def test_names_cannot_steer_the_terminal() -> None:
    """No control character of a name reaches the terminal, and nobody's markup is obeyed."""
    text = render_text(example_reports.hostile())
    assert [] == [c for c in text if ord(c) < 32 and c != "\n"]
    assert "[red]" in text
