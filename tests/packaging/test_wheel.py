"""The wheel works where nothing else is: built, installed by itself, run from an empty folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(
        ROOT / "windtunnel", source / "windtunnel", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_has_the_package_its_data_and_nothing_else(wheel: Path) -> None:
    """No `model` or `tests` of ours lands in anybody's site-packages; what commands need at run time does."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {"windtunnel"} == {top for top in tops if not top.endswith(".dist-info")}
    for needed in (
        "windtunnel/py.typed",
        "windtunnel/examples/guestbook.yaml",
        "windtunnel/conformance/data/golden/rc/scale-up.json",
        "windtunnel/conformance/data/conformance/labels.json",
        "windtunnel/reports/templates/report.html.j2",
    ):
        assert needed in names


def test_the_commands_run_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """`run`, `conform` and `list` work from an unpacked wheel in an empty folder."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    empty = tmp_path / "empty"
    empty.mkdir()
    script = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import windtunnel; "
        f"assert windtunnel.__file__.startswith({str(site)!r}), windtunnel.__file__; "
        "from windtunnel.cli.main import invoke; sys.exit(invoke(sys.argv[1:]))"
    )
    for arguments, said in (
        (["list", "faults"], "node-crash"),
        (["conform"], "conformance/labels"),
        (["run", "--scenarios", "1"], "windtunnel"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=empty,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 3), done.stderr
        assert said in done.stdout
