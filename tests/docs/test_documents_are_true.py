"""The documents show the very files that are run, and name only what exists."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from windtunnel.cli.configuration import read_configuration
from windtunnel.cli.loading import OwnCode
from windtunnel.cli.planning import choose_promises

ROOT = Path(__file__).parents[2]
SHOWN = re.compile(r"<!-- file: (\S+) -->\n\n```python\n(.*?)```", re.DOTALL)
EXAMPLES = ("own_invariant.py", "own_fault.py", "own_kind.py", "own_controller.py")


def shown_files() -> dict[str, str]:
    """The files that CONTRIBUTING.md shows, as it shows them."""
    return dict(SHOWN.findall((ROOT / "CONTRIBUTING.md").read_text()))


@pytest.mark.parametrize("name", EXAMPLES)
def test_contributing_shows_the_example_as_it_is(name: str) -> None:
    """What the document shows is the file, to the letter."""
    assert (ROOT / "examples" / name).read_text() == shown_files()[f"examples/{name}"]


@pytest.mark.parametrize(
    "document", ["ARCHITECTURE.md", "CONTRIBUTING.md", "tests/README.md", "README.md"]
)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    """A path of the repository is there."""
    text = (ROOT / document).read_text()
    paths = re.findall(r"\b((?:windtunnel|tests|examples|benchmarks|\.ci)/[\w./-]*[\w/])", text)
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert [] == missing
    assert paths


def test_the_settings_that_the_readme_shows_are_settings(tmp_path: Path) -> None:
    """They are read as they stand there."""
    (shown,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "windtunnel.toml").write_text(shown)
    found = read_configuration(tmp_path)
    assert (20, 2) == (found.settings.kubelet.max_pods, found.settings.latency_ms)
    assert ("replication=mine.py:MyManager",) == found.swaps
    assert choose_promises(OwnCode(), (), found.switched_off)


def run(tmp_path: Path, *arguments: str) -> str:
    """Run windtunnel in an empty folder on files of the repository; it must not say that the input is wrong."""
    command = [sys.executable, "-m", "windtunnel", "run", "--scenarios", "3", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 3), done.stdout + done.stderr
    return done.stdout


def written(tmp_path: Path, name: str) -> str:
    """The very file that the document shows, written where the test can run it."""
    file = tmp_path / name
    file.write_text(shown_files()[f"examples/{name}"])
    return str(file)


def test_an_invariant_of_ones_own_runs_as_shown(tmp_path: Path) -> None:
    """It is checked and listed with the others."""
    file = written(tmp_path, "own_invariant.py")
    assert "ready-pods-have-an-address" in run(
        tmp_path, "--load", f"{file}:ready_pods_have_an_address"
    )


def test_a_fault_of_ones_own_runs_as_shown(tmp_path: Path) -> None:
    """It is applied by the search."""
    file = written(tmp_path, "own_fault.py")
    found = run(tmp_path, "--load", f"{file}:ForceDelete", "--faults", "force-delete", "--json")
    assert json.loads(found)["coverage"]["force-delete"] > 0


def test_a_kind_and_a_controller_of_ones_own_run_as_shown(tmp_path: Path) -> None:
    """The Website is validated, its controller makes pods, and every promise about pods is exercised."""
    kind, controller = written(tmp_path, "own_kind.py"), written(tmp_path, "own_controller.py")
    manifest = str(ROOT / "examples" / "website.yaml")
    found = json.loads(
        run(
            tmp_path,
            manifest,
            "--load",
            f"{kind}:Website",
            "--controller",
            f"{controller}:Websites",
            "--json",
        )
    )
    checked = {promise["id"]: promise["checked"] for promise in found["invariants"]}
    assert checked["bound-once"] > 0


def test_an_invalid_object_of_ones_own_kind_is_refused(tmp_path: Path) -> None:
    """The kind's own validation speaks when a manifest is loaded."""
    kind = written(tmp_path, "own_kind.py")
    manifest = tmp_path / "bad.yaml"
    manifest.write_text(
        (ROOT / "examples" / "website.yaml").read_text().replace("replicas: 2", "replicas: -2")
    )
    command = [
        sys.executable,
        "-m",
        "windtunnel",
        "run",
        str(manifest),
        "--load",
        f"{kind}:Website",
    ]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 2 == done.returncode
    assert "spec.replicas: Invalid value: -2: must not be negative" in done.stdout + done.stderr
