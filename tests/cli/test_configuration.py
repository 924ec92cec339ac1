"""Settings of a project: where they are found, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from windtunnel.cli.configuration import Configuration, read_configuration
from windtunnel.model.input_error import InputError

TEXT = """
latency_ms = 2
load = ["mine.py:promise"]
controllers = ["site.py:Websites"]
[kubelet]
max_pods = 20
[swap]
replication = "broken.py:Broken"
[switched_off]
bound-pods-run = "our nodes have no images"
"""


def test_a_folder_without_settings_has_the_defaults(tmp_path: Path) -> None:
    """Nothing has to be written to begin."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n', "utf-8")
    assert Configuration() == read_configuration(tmp_path)
    assert () == Configuration().differing()


def test_both_files_say_the_same(tmp_path: Path) -> None:
    """[tool.windtunnel] of pyproject.toml and windtunnel.toml hold the same settings."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "windtunnel.toml").write_text(TEXT, "utf-8")
    (tmp_path / "b" / "pyproject.toml").write_text(_as_tool(TEXT), "utf-8")
    one, other = read_configuration(tmp_path / "a"), read_configuration(tmp_path / "b")
    assert one.differing() == other.differing()
    expected = (
        ("kubelet.max_pods", "20"),
        ("latency_ms", "2"),
        ("switched_off.bound-pods-run", "our nodes have no images"),
        ("load", "mine.py:promise"),
        ("controllers", "site.py:Websites"),
        ("swap", "replication=broken.py:Broken"),
    )
    assert expected == one.differing()


def _as_tool(text: str) -> str:
    lines = [
        f"[tool.windtunnel.{line[1:]}" if line.startswith("[") else line
        for line in text.splitlines()
    ]
    return "\n".join(["[tool.windtunnel]", *lines])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = ", "mend the TOML"),
        ("colour = 1", "'colour' is no setting"),
        ("[kubelet]\nmax_pods = 'x'", "kubelet.max_pods is 'x'"),
        ("load = 'a.py:b'", "load must be a list of texts"),
        ("[switched_off]\nx = 1", "switched_off.x must be a text"),
        ("[switched_off]\nx = ''", "switched_off.x must be a text"),
        ("switched_off = ['x']", "switched_off must be a table"),
        ("swap = ['x']", "swap must be a table"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """A mistake in the settings names the file and the setting."""
    (tmp_path / "windtunnel.toml").write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read_configuration(tmp_path)
    assert sentence in str(caught.value)
    assert "windtunnel.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_in_two_places_are_refused(tmp_path: Path) -> None:
    """Nobody has to guess which file wins."""
    (tmp_path / "windtunnel.toml").write_text("latency_ms = 2\n", "utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.windtunnel]\nlatency_ms = 3\n", "utf-8")
    with pytest.raises(InputError, match="keep one of them"):
        read_configuration(tmp_path)
