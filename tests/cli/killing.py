"""A search that is killed at a random moment: `python -m tests.cli.killing 50` tries fifty.

Whatever had a name in the folder before the kill is there afterwards, is whole, and replays to its digest; workers
whose search is gone end by themselves.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time  # noqa: TID251 - a kill is at a moment of real time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cli.command import ROOT
from windtunnel.cli.configuration import Configuration
from windtunnel.cli.loading import load_own_code
from windtunnel.cli.replaying import prepare, replay
from windtunnel.model.outcome import Verdict
from windtunnel.strategies.generator import Generator

OWN = f"{Path(__file__).parent / 'own_code.py'}:nothing_is_forbidden"
FORBIDDEN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: forbidden}\n"
LONGEST_S = 1.5
PATIENCE_S = 60.0


def kill_at_a_random_moment(folder: Path, number: int) -> int:
    """Start a search that finds something all the time, kill it, and look; how many findings there were.

    Even numbers are killed with their workers, odd ones leave these behind. Raises AssertionError.
    """
    (folder / "forbidden.yaml").write_text(FORBIDDEN, encoding="utf-8")
    out = folder / "out"
    command = [sys.executable, "-m", "windtunnel", "run", "forbidden.yaml", "--load", OWN, "--explorer", "swarm",
               "--workers", "2", "--nodes", "1", "--scenarios", "100000", "--max-failures", "100000",
               "--out", str(out)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        _wait_for(lambda: any(out.glob("*.scenario.json")))
        end = time.monotonic() + Generator("kill", number).share() * LONGEST_S
        while time.monotonic() < end:
            time.sleep(0.005)
        seen = sorted(out.iterdir())
        if number % 2:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        errors = process.stderr.read().decode()
        process.wait(PATIENCE_S)
    _wait_for(lambda: not _living(process.pid))
    assert "" == errors
    return _look(out, seen)


def _look(out: Path, seen: list[Path]) -> int:
    there = sorted(out.iterdir())
    files = [path for path in there if path.name.endswith(".scenario.json")]
    lost = [path for path in seen if path.name.endswith(".scenario.json") and path not in files]
    assert [] == lost
    own = load_own_code((OWN,), (), ())
    for path in there:
        one = prepare(
            path, own, Configuration()
        )  # also of a file that had not got its own name yet
        assert "nothing-is-forbidden" == one.saved.violates
    for path in files[:2]:
        one = prepare(path, own, Configuration())
        outcome = replay(one)
        assert Verdict.VIOLATED is outcome.verdict
        assert one.saved.digest == outcome.digest
    return len(files)


def _wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end, "waited for too long"
        time.sleep(0.01)


def _living(group: int) -> list[int]:
    """The processes of a group that run, and not only wait to be reaped."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(process_group) == group and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


def main() -> None:
    """Try so many random moments."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    findings = 0
    for number in range(times):
        with TemporaryDirectory() as folder:
            findings += kill_at_a_random_moment(Path(folder), number)
        print(f"{number + 1} of {times}: {findings} findings so far, none lost", flush=True)


if __name__ == "__main__":
    main()
