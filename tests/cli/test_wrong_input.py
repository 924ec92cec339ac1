"""Wrong input: one clear sentence on standard error, exit status 2, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import windtunnel, windtunnel_process
from windtunnel.cli.list import WHAT, Lines

OWN = str(Path(__file__).parent / "own_code.py")
FILES = {
    "broken.yaml": "a: [1\n",
    "list.yaml": "- 1\n- 2\n",
    "empty.yaml": "",
    "no_kind.yaml": "apiVersion: v1\n",
    "hostile.yaml": "!!python/object/apply:os.system ['true']\n",
    "bad_field.yaml": (
        "apiVersion: v1\nkind: ReplicationController\nmetadata: {name: web}\n"
        "spec: {replicas: -1, selector: {a: b}, template: {metadata: {labels: {a: c}}}}\n"
    ),
    "damaged.scenario.json": '{"format": "windtunnel-sc',
    "other.scenario.json": '{"format": "something"}',
}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "none.yaml"], "none.yaml: cannot be read"),
        (["run", "broken.yaml"], "broken.yaml: line 2"),
        (["run", "list.yaml"], "list.yaml: document 1: not an object but a list"),
        (["run", "empty.yaml"], "empty.yaml: no object in it"),
        (["run", "no_kind.yaml"], "has no kind"),
        (["run", "hostile.yaml"], "is not allowed in a manifest"),
        (["run", "bad_field.yaml"], "bad_field.yaml: document 1"),
        (["run", "binary.yaml"], "binary.yaml: not UTF-8 text"),
        (["run", "--nodes", "x"], "'x' is not a valid"),
        (["run", "--nodes", "-1"], "-1 is not in the range"),
        (["run", "--scenarios", "0"], "0 is not in the range"),
        (["run", "--scenarios", "5", "--budget", "5"], "give one of them"),
        (["run", "--explorer", "sworm"], "did you mean swarm?"),
        (["run", "--faults", "partitoin"], "did you mean partition?"),
        (["run", "--invariant", "bound-onec"], "did you mean bound-once?"),
        (["run", "--load", "none.py:x"], "there is no such file"),
        (["run", "--swap", f"replication={OWN}:NUMBER"], "is no class"),
        (["run", "--controller", f"{OWN}:Renamed"], "@controller"),
        (["run", "--out", "broken.yaml"], "--out: broken.yaml: cannot be made"),
        (["run", "--no-such-option"], "No such option"),
        (["replay", "none.scenario.json"], "does not exist"),
        (["replay", "damaged.scenario.json"], "its JSON is damaged at line 1"),
        (["replay", "other.scenario.json"], "not a scenario file"),
        (["replay"], "Missing argument"),
        (["list", "colours"], "'colours' is not one of"),
        (["fly"], "No such command 'fly'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_input_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """Whoever makes a mistake is told where and what, in one sentence, and nothing else."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    done = windtunnel(*arguments, folder=tmp_path)
    assert sentence in done.stderr
    assert 2 == done.returncode
    assert "" == done.stdout
    assert 1 == len(done.stderr.splitlines())


def test_wrong_settings_are_one_sentence(tmp_path: Path) -> None:
    """A mistake in windtunnel.toml ends a run before it begins."""
    (tmp_path / "windtunnel.toml").write_text("[kubelet]\nmax_pod = 3\n", "utf-8")
    done = windtunnel("run", folder=tmp_path)
    assert (2, "") == (done.returncode, done.stdout)
    assert "did you mean max_pods?" in done.stderr


def test_a_failure_of_the_harness_is_one_sentence_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of the harness shows no traceback on the terminal, and keeps it in a file."""

    def broken() -> Lines:
        raise KeyError("a bug")

    monkeypatch.setitem(WHAT, "roles", broken)
    done = windtunnel("list", "roles", folder=tmp_path)
    assert (4, "") == (done.returncode, done.stdout)
    assert "the harness itself failed: KeyError: 'a bug'; the traceback is in" in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert "a bug" in (tmp_path / ".windtunnel" / "traceback-1.txt").read_text("utf-8")
    done = windtunnel("list", "roles", folder=tmp_path, WINDTUNNEL_TRACEBACK="1")
    assert "Traceback (most recent call last)" in done.stderr


def test_the_command_ends_its_process_with_the_exit_status(tmp_path: Path) -> None:
    """What a shell sees is the exit status, and nothing but the sentence."""
    done = windtunnel_process("run", "none.yaml", folder=tmp_path)
    assert (2, "") == (done.returncode, done.stdout)
    assert "windtunnel: none.yaml: cannot be read: No such file or directory\n" == done.stderr
