"""`windtunnel run` with the swarm and its workers: equal documents, interruptions, kills, and workers that die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ROOT, windtunnel
from tests.cli.killing import FORBIDDEN, OWN, kill_at_a_random_moment

FINE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fine}\n"
SWARM = ("--explorer", "swarm", "--nodes", "1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a manifest that is fine and one that is not."""
    (tmp_path / "fine.yaml").write_text(FINE, "utf-8")
    (tmp_path / "forbidden.yaml").write_text(FORBIDDEN, "utf-8")
    return tmp_path


def test_the_document_is_the_same_whatever_the_number_of_workers(folder: Path) -> None:
    """Equal seed and scenarios: one JSON document, and files of the same names and contents."""
    documents: list[dict[str, Any]] = []
    contents: list[dict[str, bytes]] = []
    for workers in (1, 2, 3):
        options = (
            "--scenarios",
            "3",
            "--max-failures",
            "9",
            "--load",
            OWN,
            "--json",
            "--seed",
            "3",
        )
        done = windtunnel(
            "run", "forbidden.yaml", *SWARM, *options, "--workers", str(workers), folder=folder
        )
        assert 1 == done.returncode, done.stderr
        document = json.loads(done.stdout)
        assert 0 < document.pop("seconds")
        documents.append(document)
        files = sorted((folder / ".windtunnel").glob("*.scenario.json"))
        contents.append({path.name: path.read_bytes() for path in files})
        for path in files:
            path.unlink()
    assert 3 == len(documents[0]["failures"])
    assert documents[0] == documents[1]
    assert documents[0] == documents[2]
    assert contents[0] == contents[1]
    assert contents[0] == contents[2]


def test_the_header_names_explorer_and_workers(folder: Path) -> None:
    """Every option that differs from its default is in the first line."""
    options = ("--scenarios", "2", "--workers", "2", "--invariant", "revision-order")
    done = windtunnel("run", "fine.yaml", *SWARM, *options, folder=folder)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "explorer=swarm workers=2" in done.stdout.splitlines()[0]


def test_workers_need_an_explorer_that_can_share(folder: Path) -> None:
    """Hypothesis draws one scenario after the other, and says so."""
    done = windtunnel(
        "run", "fine.yaml", "--workers", "2", "--explorer", "hypothesis", folder=folder
    )
    assert 2 == done.returncode
    expected = "windtunnel: --workers: hypothesis cannot share its work; add --explorer swarm\n"
    assert expected == done.stderr


def test_an_unknown_explorer_is_named_with_those_there_are(folder: Path) -> None:
    """One sentence, exit 2."""
    done = windtunnel("run", "fine.yaml", "--explorer", "swam", folder=folder)
    assert 2 == done.returncode
    assert "swarm" in done.stderr


def test_a_worker_that_dies_is_a_failure_of_the_harness(folder: Path) -> None:
    """Exit 4 and one sentence, and no hang."""
    deadly = ("--load", OWN.replace("nothing_is_forbidden", "a_deadly_check"))
    done = windtunnel("run", "fine.yaml", *SWARM, *deadly, "--workers", "2", folder=folder)
    assert 4 == done.returncode
    assert done.stderr.startswith("windtunnel: the harness itself failed: WorkerDied: worker ")
    assert "of 2 died (signal 9)" in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_an_error_in_ones_own_code_is_told_as_without_workers(folder: Path) -> None:
    """Own code that breaks in a worker is named with file and line."""
    swap = ("--swap", f"replication={OWN.rpartition(':')[0]}:Unbuildable")
    done = windtunnel("run", "fine.yaml", *SWARM, *swap, "--workers", "2", folder=folder)
    assert 2 == done.returncode
    assert "in __init__: your code raised RuntimeError: cannot be built" in done.stderr


def test_ctrl_c_ends_workers_and_not_the_report(folder: Path) -> None:
    """Whoever stops a long search of several workers sees what it came to so far, findings included."""
    command = [sys.executable, "-m", "windtunnel", "run", "forbidden.yaml", *SWARM, "--workers", "2",
               "--load", OWN, "--budget", "100", "--max-failures", "100000"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith("windtunnel 0.1.0 · seed 0 · ")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=6)
        os.killpg(process.pid, signal.SIGINT)
        rest, errors = process.stdout.read(), process.stderr.read()
    assert (1, "") == (process.returncode, errors), rest
    assert "VIOLATED nothing-is-forbidden" in rest
    assert "the search was interrupted after" in rest


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [0, 1, 2])
def test_nothing_is_lost_or_half_written_when_killed_at_any_moment(
    folder: Path, number: int
) -> None:
    """No finding already made is lost; `python -m tests.cli.killing 50` tries more moments."""
    assert kill_at_a_random_moment(folder, number)
