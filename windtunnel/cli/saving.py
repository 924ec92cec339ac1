"""Failures become files the moment they are found; reports are written beside them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve, frozen

import windtunnel
from windtunnel.cli.loading import OwnCode
from windtunnel.model.input_error import InputError
from windtunnel.model.outcome import Failure
from windtunnel.model.settings import Settings
from windtunnel.reports.code_hash import own_hash
from windtunnel.reports.html import render_html
from windtunnel.reports.json_report import render_json
from windtunnel.reports.junit import render_junit
from windtunnel.reports.markdown import append_summary, render_markdown
from windtunnel.reports.report import Report, invariant_of
from windtunnel.reports.scenario_file import SUFFIX, SavedScenario, save, write_atomically

DEFAULT_FOLDER = ".windtunnel"


@frozen
class FailureSaver:
    """Writes failing scenarios of one search into a folder."""

    folder: Path
    own: OwnCode
    settings: Settings
    invariants: tuple[str, ...] = ()
    switched_off: tuple[str, ...] = ()

    def __call__(self, failure: Failure) -> Failure:
        """Save a failure, a smaller one over the file it was saved in before. Raises InputError."""
        outcome = failure.outcome
        name = f"{invariant_of(failure) or 'unknown'}-{outcome.digest[:8]}{SUFFIX}"
        path = Path(failure.file) if failure.file else self.folder / name
        saved = SavedScenario(
            scenario=outcome.scenario,
            settings=self.settings,
            violates=invariant_of(failure),
            digest=outcome.digest,
            seed=failure.seed,
            invariants=self.invariants,
            switched_off=self.switched_off,
            version=windtunnel.__version__,
            code=own_hash(),
            swaps=dict(self.own.swap_references),
            controllers=self.own.controller_references,
            extensions=self.own.extension_references,
        )
        save(saved, path)
        return evolve(failure, file=str(path))


def write_reports(report: Report, folder: Path) -> list[Path]:
    """Write the report in every form into a folder; the paths. Raises InputError."""
    texts = {
        "report.html": render_html(report),
        "report.json": render_json(report),
        "report.md": render_markdown(report),
        "junit.xml": render_junit(report),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_atomically(folder / name, text.encode("utf-8", "replace"))
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from None
    return [folder / name for name in texts]


def append_step_summary(report: Report) -> None:
    """Append the report to the summary of a CI job, where GITHUB_STEP_SUMMARY names one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if path:
        append_summary(report, path)


def check_folder(folder: Path) -> None:
    """Find out before a long run whether reports can be written. Raises InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out: {folder}: cannot be made: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise InputError(f"--out: {folder}: cannot be written")


def own_code_options(
    load: Sequence[str], swap: Sequence[str], controller: Sequence[str]
) -> tuple[str, ...]:
    """The options with which own code was given, to be given again at a replay."""
    found: list[str] = []
    for option, values in (("--load", load), ("--swap", swap), ("--controller", controller)):
        for value in values:
            found += [option, value]
    return tuple(found)
