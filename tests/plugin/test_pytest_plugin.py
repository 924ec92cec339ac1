"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.reports.code_hash import file_hash
from windtunnel.reports.scenario_file import CodeReference, SavedScenario, save

ROOT = Path(__file__).parent.parent.parent
OWN = Path(__file__).parent.parent / "cli" / "own_code.py"
PROMISE = f"{OWN}:nothing_is_forbidden"


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plugin in a folder, as an installed windtunnel would be found."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "windtunnel.pytest_plugin", "-p", "no:cacheprovider",
         *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # the same with and without windtunnel installed
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )  # fmt: skip


def write_scenario(folder: Path, name: str = "fine", **more: Any) -> Path:
    """Save a scenario with one ConfigMap."""
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
    }
    scenario = Scenario(shape=ClusterShape(1), objects=(config,))
    path = folder / f"{name}.scenario.json"
    save(SavedScenario(scenario, version="0.1.0", **more), path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is a project of its own."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    return tmp_path


def test_the_plugin_imports_nothing_of_the_harness() -> None:
    """Whoever has windtunnel installed and does not use it pays nothing in each pytest run."""
    code = (
        "import sys, windtunnel.pytest_plugin as plugin\n"
        "print(sorted(name for name in sys.modules if name.startswith(('windtunnel', 'hypothesis'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "['windtunnel', 'windtunnel.pytest_plugin']\n" == done.stdout


def test_a_suite_without_scenarios_does_not_import_the_harness(folder: Path) -> None:
    """Collecting and running ordinary tests leaves the harness alone."""
    (folder / "test_plain.py").write_text(
        "import sys\n"
        "def test_plain():\n"
        "    assert not [m for m in sys.modules if m.startswith('windtunnel.') and 'plugin' not in m]\n",
        "utf-8",
    )
    done = run_pytest(folder)
    assert 0 == done.returncode, done.stdout


def test_a_scenario_that_holds_passes(folder: Path) -> None:
    """A saved scenario is a test, and the summary says how the promises fared."""
    write_scenario(folder)
    done = run_pytest(folder, "-v")
    assert 0 == done.returncode, done.stdout
    assert "fine.scenario.json::holds PASSED" in done.stdout
    assert "held      revision-order, checked" in done.stdout


def test_a_violated_scenario_fails_with_its_report(folder: Path) -> None:
    """A regression shows promise, expectation and finding, and no traceback of the plugin."""
    reference = CodeReference(PROMISE, file_hash(OWN))
    write_scenario(folder, "forbidden", extensions=(reference,))
    (folder / "windtunnel.toml").write_text(f'load = ["{PROMISE}"]\n', "utf-8")
    done = run_pytest(folder)
    assert 1 == done.returncode, done.stdout
    for text in ("VIOLATED nothing-is-forbidden", "No ConfigMap is called forbidden.",
                 "repeat  windtunnel replay"):  # fmt: skip
        assert text in done.stdout
    assert "pytest_plugin.py" not in done.stdout


def test_a_scenario_that_needs_own_code_says_so(folder: Path) -> None:
    """A scenario file never loads code; the settings of the project name it."""
    write_scenario(folder, extensions=(CodeReference("mine.py:promise", "0"),))
    done = run_pytest(folder)
    assert 1 == done.returncode, done.stdout
    assert "give --load mine.py:promise" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_damaged_scenario_fails_with_a_sentence(folder: Path) -> None:
    """A file that cannot be read is a failed test, and the others still run."""
    write_scenario(folder)
    (folder / "damaged.scenario.json").write_text("{", "utf-8")
    done = run_pytest(folder)
    assert 1 == done.returncode, done.stdout
    assert "damaged.scenario.json: not a scenario file" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_the_report_of_a_session_is_written(folder: Path) -> None:
    """--windtunnel-report puts every form of the report into a folder."""
    write_scenario(folder, "fine")
    write_scenario(folder, "good")
    done = run_pytest(folder, "--windtunnel-report", "out")
    assert 0 == done.returncode, done.stdout
    names = sorted(path.name for path in (folder / "out").iterdir())
    assert ["junit.xml", "report.html", "report.json", "report.md"] == names
    assert '"scenarios": 2' in (folder / "out" / "report.json").read_text("utf-8")


@pytest.mark.parametrize(("profile", "examples"), [("dev", 20), ("ci", 100), ("nightly", 2000)])
def test_profiles_are_loaded(folder: Path, profile: str, examples: int) -> None:
    """--windtunnel-profile sets how much Hypothesis tries."""
    (folder / "test_profile.py").write_text(
        "from hypothesis import Phase, settings\n"
        "def test_profile():\n"
        f"    assert {examples} == settings.default.max_examples\n"
        f"    assert {profile == 'dev'} == (Phase.explain in settings.default.phases)\n",
        "utf-8",
    )
    done = run_pytest(folder, "--windtunnel-profile", profile)
    assert 0 == done.returncode, done.stdout


def test_scenarios_can_be_run_in_parallel(folder: Path) -> None:
    """The plugin works under pytest-xdist."""
    write_scenario(folder, "fine")
    write_scenario(folder, "good")
    done = run_pytest(folder, "-p", "xdist.plugin", "-n", "2")
    assert 0 == done.returncode, done.stdout
    assert "2 passed" in done.stdout
