"""`windtunnel list` and the help."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import windtunnel


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("invariants", "bound-once "),
        ("faults", "partition "),
        ("operations", "scale "),
        ("kinds", "Pod "),
        ("roles", "replication "),
    ],
)
def test_everything_that_there_is_is_listed(tmp_path: Path, what: str, line: str) -> None:
    """Names for options need not be guessed."""
    done = windtunnel("list", what, folder=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert [line] == [line for found in done.stdout.splitlines() if found.startswith(line)][:1]


def test_help_names_every_command(tmp_path: Path) -> None:
    """Each command can be found from the help."""
    done = windtunnel("--help", folder=tmp_path)
    assert 0 == done.returncode
    for command in ("run", "replay", "conform", "list"):
        assert f"  {command} " in done.stdout


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    """The version on the command line, in the package and in its metadata are one."""
    import tomllib

    root = Path(__file__).parent.parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    done = windtunnel("--version", folder=tmp_path)
    assert f"windtunnel {project['version']}\n" == done.stdout
