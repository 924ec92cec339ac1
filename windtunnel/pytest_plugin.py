"""The pytest plugin: saved scenarios (`*.scenario.json`) are tests that pass when the scenario holds.

Options: --windtunnel-report DIR writes the report of all of them, --windtunnel-profile ci|dev|nightly loads one of
three Hypothesis profiles, for state machines in a suite. Code of one's own that a scenario needs is named in the
settings (`[tool.windtunnel]` of pytest's root folder). The harness is imported only when a scenario runs.

Not modelled: the summary and the report where pytest-xdist spreads the tests over processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from windtunnel.cli.replaying import Replay
    from windtunnel.model.outcome import RunOutcome

PROFILES: dict[str, dict[str, Any]] = {
    "dev": {"max_examples": 20, "stateful_step_count": 30},
    "ci": {"max_examples": 100, "stateful_step_count": 50, "derandomize": True, "explain": False},
    "nightly": {"max_examples": 2_000, "stateful_step_count": 100, "explain": False},
}
_OUTCOMES = pytest.StashKey[list["RunOutcome"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's options."""
    group = parser.getgroup("windtunnel", "control planes in the wind tunnel")
    group.addoption(
        "--windtunnel-report",
        metavar="DIR",
        default=None,
        help="write the report of all saved scenarios into this folder",
    )
    group.addoption(
        "--windtunnel-profile",
        choices=tuple(PROFILES),
        default=None,
        help="Hypothesis settings for state machines: few examples, the same ones each time, or many",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Load the Hypothesis profile that was asked for."""
    name = config.getoption("--windtunnel-profile", default=None)
    if name is not None:
        _load_profile(name)


def _load_profile(name: str) -> None:
    from hypothesis import HealthCheck, Phase, settings

    values = dict(PROFILES[name])
    explain = values.pop("explain", True)
    settings.register_profile(
        f"windtunnel-{name}",
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[phase for phase in Phase if explain or phase is not Phase.explain],
        **values,
    )
    settings.load_profile(f"windtunnel-{name}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect saved scenarios."""
    if file_path.name.endswith(".scenario.json"):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """A saved scenario as a collector of one test."""

    def collect(self) -> Iterator[pytest.Item]:
        """The one test: it is read when it runs, so that a damaged file is a failure with a sentence."""
        yield ScenarioItem.from_parent(self, name="holds")


class ScenarioBroken(Exception):
    """A scenario that does not hold, or proves nothing; the message is what a terminal would show."""


class ScenarioItem(pytest.Item):
    """A test that passes when the scenario holds."""

    def runtest(self) -> None:
        """Run the scenario."""
        import windtunnel
        from windtunnel.cli.proof import HELD, exit_status
        from windtunnel.cli.replaying import replay
        from windtunnel.reports.report import Report
        from windtunnel.reports.text import render_text

        outcome = replay(self._prepared())
        self.config.stash.setdefault(_OUTCOMES, []).append(outcome)
        for notice in outcome.notices:
            self.add_report_section("call", "windtunnel", notice)
        if exit_status(outcome) != HELD:
            raise ScenarioBroken(render_text(Report(outcome, windtunnel.__version__)))

    def _prepared(self) -> Replay:
        from windtunnel.cli.configuration import read_configuration
        from windtunnel.cli.loading import load_own_code
        from windtunnel.cli.replaying import prepare

        configuration = read_configuration(self.config.rootpath)
        own = load_own_code(
            configuration.load,
            configuration.swaps,
            configuration.controllers,
            folder=self.config.rootpath,
        )
        return prepare(self.path, own, configuration)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """One sentence, or the report: what is wrong with a scenario is not in this plugin's code."""
        from windtunnel.model.input_error import InputError

        if isinstance(excinfo.value, ScenarioBroken | InputError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the test is, for the terminal."""
        return self.path, None, f"scenario {self.path.name}"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """How the promises fared over all saved scenarios, and where the report is."""
    outcomes = config.stash.get(_OUTCOMES, [])
    if not outcomes:
        return
    import windtunnel
    from windtunnel.cli.saving import write_reports
    from windtunnel.cli.summing import merged
    from windtunnel.reports.report import Report, counted, standing

    whole = merged(outcomes)
    terminalreporter.section("windtunnel")
    for result in whole.promises:
        if result.checked or result.violations:
            times = counted(result.checked, "time")
            terminalreporter.line(f"{standing(result):9} {result.id}, checked {times}")
    folder = config.getoption("--windtunnel-report")
    if folder is not None:
        report = Report(whole, windtunnel.__version__, command="pytest")
        written = write_reports(report, Path(folder))
        terminalreporter.line(f"report: {written[0]}")
