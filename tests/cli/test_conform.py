"""`windtunnel conform`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import windtunnel


def write(folder: Path, name: str, document: object) -> str:
    """Write a file of conformance data; its path."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")
    return str(path.parent)


def transcript(expected: int) -> dict[str, object]:
    """A transcript that asks for a namespace."""
    return {
        "name": "get-namespace",
        "area": "api",
        "controllers": [],
        "setup": {"namespaces": ["$ns"]},
        "steps": [
            {
                "request": {"method": "GET", "path": "/api/v1/namespaces/$ns"},
                "response": {"status": expected},
            }
        ],
    }


def test_an_area_is_a_line(tmp_path: Path) -> None:
    """What passed and what is not modelled is said for each area."""
    write(tmp_path, "a/one.json", transcript(200))
    write(tmp_path, "a/two.json", {**transcript(200), "controllers": ["statefulset"]})
    done = windtunnel("conform", "a", folder=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    area, total = done.stdout.splitlines()
    assert ["golden/api", "1", "of", "1", "passed;"] == area.split()[:5]
    assert "not modelled: 1 controller statefulset" in area
    assert "1 of 1 case passed, 1 not modelled" == total


def test_a_difference_exits_with_1_and_is_shown(tmp_path: Path) -> None:
    """A case that is answered otherwise is listed with the difference."""
    write(tmp_path, "a/one.json", transcript(404))
    done = windtunnel("conform", "a", folder=tmp_path)
    assert 1 == done.returncode
    assert "    get-namespace: step 1" in done.stdout


def test_json_is_one_document(tmp_path: Path) -> None:
    """The keys of the document are those that the design promises."""
    write(tmp_path, "a/one.json", transcript(404))
    done = windtunnel("conform", "a", "--json", folder=tmp_path)
    (area,) = json.loads(done.stdout)["areas"]
    assert {"area", "passed", "total", "not_modelled", "failures"} == set(area)
    (failure,) = area["failures"]
    assert {"case", "difference"} == set(failure)
    assert ("golden/api", 0, 1) == (area["area"], area["passed"], area["total"])


def test_data_that_needs_what_is_not_modelled_proves_nothing(tmp_path: Path) -> None:
    """No case that could be run is no pass."""
    write(tmp_path, "a/one.json", {**transcript(200), "controllers": ["statefulset"]})
    assert 3 == windtunnel("conform", "a", folder=tmp_path).returncode


@pytest.mark.parametrize(
    ("text", "sentence"), [("{", "a/x.json"), ("[]", "x.json: neither"), ('"x"', "x.json")]
)  # fmt: skip
def test_what_is_no_conformance_data_is_one_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    """A wrong file is wrong input."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.json").write_text(text, "utf-8")
    done = windtunnel("conform", "a", folder=tmp_path)
    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert sentence in done.stderr


def test_a_folder_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    """A wrong path is wrong input."""
    done = windtunnel("conform", "nowhere", folder=tmp_path)
    assert (2, "windtunnel: nowhere does not exist\n") == (done.returncode, done.stderr)
