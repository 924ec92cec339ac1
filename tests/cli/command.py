"""Running the command line: within this process, which is quick, or in one of its own, as a user does."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from attrs import frozen

from windtunnel.cli.main import invoke

ROOT = Path(__file__).parent.parent.parent


@frozen
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def _environment(more: dict[str, str]) -> dict[str, str]:
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "WINDTUNNEL_"))
    }
    return {**inherited, **more}


def windtunnel(*arguments: str, folder: Path, stdin: str = "", **environment: str) -> Done:
    """Run a command in a folder, within this process."""
    stdout, stderr = io.StringIO(), io.StringIO()
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    with (
        chdir(folder),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
        mock.patch.object(sys, "stdin", given),
        mock.patch.dict(os.environ, _environment(environment), clear=True),
    ):
        status = invoke(arguments)
    return Done(status, stdout.getvalue(), stderr.getvalue())


def windtunnel_process(*arguments: str, folder: Path, **environment: str) -> Done:
    """Run `python -m windtunnel` in a folder, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "windtunnel", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env=_environment({"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment}),
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
