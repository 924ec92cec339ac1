"""One scenario, one digest: in this process, in others, under any hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.determinism.one_scenario import run, run_with_two
from windtunnel.model.outcome import Verdict
from windtunnel.strategies.running import Run

ROOT = Path(__file__).parents[2]


def in_a_new_process(hash_seed: str, steps: Path) -> str:
    """The digest as another process computes it; its trace goes to the file."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "tests.determinism.one_scenario", str(steps)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def first_difference(one: Path, other: Path) -> str:
    """The first step in which two traces differ, in words; '' where they are equal."""
    lines, others = one.read_text().splitlines(), other.read_text().splitlines()
    for number, (line, another) in enumerate(zip(lines, others, strict=False), 1):
        if line != another:
            return f"step {number}: {line} <> {another}"
    return (
        "" if len(lines) == len(others) else f"one has {len(lines)} steps, the other {len(others)}"
    )


@pytest.mark.parametrize("run", [run, run_with_two])
def test_a_scenario_with_every_sort_of_action_holds_and_repeats_in_one_process(
    run: Callable[[], Run],
) -> None:
    """Running it twice gives the same digest, every action applies, and nothing is broken."""
    first, second = run(), run()
    outcome, again = first.finish(), second.finish()
    assert outcome.digest == again.digest
    assert () == outcome.not_applied
    assert () == outcome.findings
    assert Verdict.VIOLATED is not outcome.verdict


def test_three_hash_seeds_and_processes_give_one_digest(tmp_path: Path) -> None:
    """PYTHONHASHSEED and the process do not matter; a difference is named by its first step."""
    files = [tmp_path / f"{seed}.steps" for seed in ("0", "1", "4242")]
    answers = [in_a_new_process(file.stem, file) for file in files]
    assert ["", ""] == [first_difference(files[0], other) for other in files[1:]]
    assert 1 == len(set(answers))
