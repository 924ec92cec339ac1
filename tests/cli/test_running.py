"""`windtunnel run` and `windtunnel replay` from end to end: what is printed, what is written, how it exits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ROOT, windtunnel, windtunnel_process

OWN = str(Path(__file__).parent / "own_code.py")
FINE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fine}\n"
FORBIDDEN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: forbidden}\n"
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
"""
QUICK = ("--scenarios", "2", "--nodes", "1")
LOAD = ("--load", f"{OWN}:nothing_is_forbidden")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a manifest that is fine, one that is not, and one that is not run."""
    (tmp_path / "fine.yaml").write_text(FINE, "utf-8")
    (tmp_path / "forbidden.yaml").write_text(FORBIDDEN, "utf-8")
    (tmp_path / "deployment.yaml").write_text(DEPLOYMENT, "utf-8")
    return tmp_path


def saved(folder: Path) -> Path:
    """The one scenario file in a folder."""
    (path,) = folder.glob("*.scenario.json")
    return path


def violate(folder: Path) -> Path:
    """Have a violation found, and return its file."""
    done = windtunnel("run", "forbidden.yaml", *QUICK, *LOAD, folder=folder)
    assert 1 == done.returncode, done.stderr
    return saved(folder / ".windtunnel")


def test_a_held_run_exits_with_0_and_writes_nothing(folder: Path) -> None:
    """A run that held says so, and leaves nothing behind."""
    done = windtunnel("run", "fine.yaml", *QUICK, "--invariant", "revision-order", folder=folder)
    assert (0, "") == (done.returncode, done.stderr)
    lines = done.stdout.splitlines()
    header = "windtunnel 0.1.0 · seed 0 · manifests=fine.yaml nodes=1 scenarios=2 invariant=revision-order"
    assert header == lines[0]
    assert lines[-1].startswith("held: 2 scenarios, ")
    assert not (folder / ".windtunnel").exists()


def test_a_manifest_can_come_from_standard_input(folder: Path) -> None:
    """`kubectl get … | windtunnel run -` works."""
    done = windtunnel(
        "run", "-", *QUICK, "--invariant", "revision-order", folder=folder, stdin=FINE
    )
    assert 0 == done.returncode, done.stderr


def test_json_is_one_document_and_nothing_else(folder: Path) -> None:
    """A program can read standard output as it is."""
    done = windtunnel(
        "run", "fine.yaml", *QUICK, "--json", "--invariant", "revision-*", folder=folder
    )
    document = json.loads(done.stdout)
    assert ("held", 0, 2) == (document["verdict"], document["seed"], document["scenarios"])
    assert ["revision-order"] == [each["id"] for each in document["invariants"]]
    assert done.stderr.startswith("windtunnel 0.1.0 · seed 0 · ")


def test_two_runs_are_equal_under_different_hash_seeds(folder: Path) -> None:
    """What a run finds depends on its options and the code, and on nothing else."""
    documents: list[dict[str, Any]] = []
    for seed in ("1", "2"):
        arguments = ("run", "forbidden.yaml", *QUICK, *LOAD, "--max-failures", "2", "--json")
        done = windtunnel_process(*arguments, folder=folder, PYTHONHASHSEED=seed)
        document = json.loads(done.stdout)
        document.pop("seconds")
        documents.append(document)
    assert documents[0] == documents[1]
    assert 2 == len(documents[0]["failures"])


def test_a_violation_exits_with_1_and_can_be_repeated(folder: Path) -> None:
    """The printed command repeats the violation, with the same digest."""
    done = windtunnel("run", "forbidden.yaml", *QUICK, *LOAD, "--seed", "5", folder=folder)
    assert 1 == done.returncode, done.stderr
    for text in ("VIOLATED nothing-is-forbidden", "No ConfigMap is called forbidden.",
                 "another name", "ConfigMap forbidden", "because"):  # fmt: skip
        assert text in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("  repeat  "))
    import shlex

    again = windtunnel(*shlex.split(line)[2:], folder=folder)
    assert 1 == again.returncode, again.stderr
    assert "windtunnel 0.1.0 · seed 5 · replay=.windtunnel/" in again.stdout.splitlines()[0]
    assert "note:" not in again.stdout
    for name in ("report.html", "report.json", "report.md", "junit.xml"):
        assert (folder / ".windtunnel" / name).stat().st_size


def test_out_says_where_everything_goes(folder: Path) -> None:
    """With --out, failures and reports are there and nowhere else."""
    done = windtunnel("run", "forbidden.yaml", *QUICK, *LOAD, "--out", "a/b", folder=folder)
    assert 1 == done.returncode, done.stderr
    assert saved(folder / "a" / "b").stat().st_size
    assert (folder / "a" / "b" / "report.html").stat().st_size
    assert not (folder / ".windtunnel").exists()


def test_a_scenario_names_code_and_never_loads_it(folder: Path) -> None:
    """A file from somewhere else cannot make windtunnel run its code."""
    path = violate(folder)
    done = windtunnel("replay", str(path), folder=folder)
    assert (2, "") == (done.returncode, done.stdout)
    assert f"give --load {OWN}:nothing_is_forbidden" in done.stderr


def test_a_scenario_that_holds_now_exits_with_0_and_says_so(folder: Path) -> None:
    """A violation that was repaired shows as such."""
    path = violate(folder)
    path.write_text(path.read_text("utf-8").replace('"forbidden"', '"fine"'), "utf-8")
    done = windtunnel("replay", str(path), *LOAD, folder=folder)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert (
        "note: the file says that nothing-is-forbidden is violated; here nothing is" in done.stdout
    )


def test_a_scenario_that_no_longer_applies_exits_with_3(folder: Path) -> None:
    """An action that does not apply is reported, not skipped in silence."""
    path = violate(folder)
    document = json.loads(path.read_text("utf-8"))
    document["objects"][-1]["metadata"]["name"] = "fine"
    document["actions"] = [
        {"action": "delete", "parameters": {"target": "pod/nobody", "propagation": ""}},
        {"action": "delete", "parameters": {"target": "what?", "propagation": ""}},
    ]
    path.write_text(json.dumps(document), "utf-8")
    done = windtunnel("replay", str(path), *LOAD, folder=folder)
    assert 3 == done.returncode, done.stdout + done.stderr
    assert "the scenario no longer applies: delete target=pod/nobody" in done.stdout
    assert "the scenario no longer applies: delete target=what?" in done.stdout


def test_an_object_that_the_api_refuses_is_wrong_input(folder: Path) -> None:
    """An edited scenario file is checked as a manifest is."""
    path = violate(folder)
    text = path.read_text("utf-8").replace('"name":"forbidden"', '"name":"For bidden"')
    path.write_text(text, "utf-8")
    done = windtunnel("replay", str(path), *LOAD, folder=folder)
    assert (2, "") == (done.returncode, done.stdout)
    assert "metadata.name" in done.stderr


def test_workloads_that_are_not_run_exit_with_3(folder: Path) -> None:
    """Deployments are kept and not run, and nobody takes that for a proof."""
    done = windtunnel(
        "run", "deployment.yaml", *QUICK, "--invariant", "revision-order", folder=folder
    )
    assert 3 == done.returncode, done.stdout + done.stderr
    assert "Deployment web made no pods" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--load", f"{OWN}:never_exercised", "--invariant", "never-*"), "never-exercised: never"),
        (("--invariant", "replica-count"), "--invariant replica-count was never exercised"),
        (("--load", f"{OWN}:a_broken_check", "--invariant", "a-broken-check"), "LookupError: my mistake"),
    ],
    ids=["never exercised", "not applicable", "broken check"],
)  # fmt: skip
def test_what_was_not_put_to_the_test_exits_with_3(
    folder: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """A promise that was named, or applied, and was not checked, is no pass."""
    done = windtunnel("run", "fine.yaml", *QUICK, *arguments, folder=folder)
    assert 3 == done.returncode, done.stdout + done.stderr
    assert sentence in done.stdout


def test_an_error_in_ones_own_code_is_one_sentence(folder: Path) -> None:
    """Own code that breaks is named with file and line, and is not taken for a bug of the harness."""
    swap = ("--swap", f"replication={OWN}:Unbuildable")
    done = windtunnel("run", "fine.yaml", *QUICK, *swap, folder=folder)
    assert 2 == done.returncode
    assert "in __init__: your code raised RuntimeError: cannot be built" in done.stderr


def test_settings_of_the_project_are_used(folder: Path) -> None:
    """windtunnel.toml adds code, switches promises off and changes timers, and the header says so."""
    (folder / "windtunnel.toml").write_text(
        f'load = ["{OWN}:nothing_is_forbidden"]\n[kubelet]\nmax_pods = 5\n'
        '[switched_off]\nnothing-is-forbidden = "we like it"\n',
        "utf-8",
    )
    arguments = ("run", "forbidden.yaml", *QUICK, "--invariant", "revision-order")
    done = windtunnel(*arguments, folder=folder)
    assert 0 == done.returncode, done.stdout + done.stderr
    for text in ("kubelet.max_pods=5", "switched_off.nothing-is-forbidden='we like it'"):
        assert text in done.stdout.splitlines()[0]


def test_the_summary_of_a_ci_job_is_written(folder: Path) -> None:
    """GITHUB_STEP_SUMMARY gets the Markdown report."""
    arguments = ("run", "fine.yaml", *QUICK, "--invariant", "revision-order")
    windtunnel(*arguments, folder=folder, GITHUB_STEP_SUMMARY=str(folder / "summary.md"))
    assert (folder / "summary.md").read_text("utf-8").startswith("## windtunnel: held\n")


def test_ctrl_c_ends_the_search_and_not_the_report(folder: Path) -> None:
    """Whoever stops a long search sees what it came to so far."""
    arguments = [sys.executable, "-m", "windtunnel", "run", "fine.yaml", "--budget", "60"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("windtunnel 0.1.0 · seed 0 · ")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=4)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert 3 == process.returncode, rest
    assert "nothing proved: the search was interrupted after" in rest


def test_ctrl_c_that_got_lost_ends_the_search_as_well(folder: Path) -> None:
    """A KeyboardInterrupt that is raised where Python drops it, as in a destructor, is not forgotten."""
    arguments = ("run", "fine.yaml", "--scenarios", "5000", "--load", f"{OWN}:deaf_to_ctrl_c")
    done = windtunnel(*arguments, folder=folder)
    assert 3 == done.returncode, done.stdout + done.stderr
    assert "nothing proved: the search was interrupted after 1 scenario" in done.stdout


def test_a_reader_that_has_seen_enough_is_no_failure(folder: Path) -> None:
    """`windtunnel run … | head -1` ends quietly."""
    arguments = [sys.executable, "-m", "windtunnel", "run", "fine.yaml", *QUICK, "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read().decode()
    assert process.returncode in (0, 3), errors
    assert "Traceback" not in errors
