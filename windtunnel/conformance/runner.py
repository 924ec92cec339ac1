"""Runs conformance data: golden transcripts and tables, an area each.

A directory given holds `AREA.json` files with cases (tables), folders of transcripts, or transcripts; what a file is
shows in its content. A table is run by the module of its area, `windtunnel.conformance.tables.AREA`. A case that needs
what the model does not have is counted as not modelled, under the first thing it needs, and is no part of the total.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from attrs import Factory, define, frozen

from windtunnel.conformance import golden
from windtunnel.conformance.exceptions import EXCEPTIONS
from windtunnel.model.objects.json import Json

DATA = Path(__file__).parent / "data"
TABLES = "windtunnel.conformance.tables"
AREA_NEEDS = {
    "deployment": "controller deployment",
    "statefulset": "controller statefulset",
    "hpa": "controller horizontal-pod-autoscaler",
    "pvbinding": "controller persistentvolume-binder",
    "rbac": "authorization RBAC",
}
"""What the tables of an area need where there is no module for them."""


class ConformanceInputError(Exception):
    """What was given is no conformance data; the message names the file."""


@frozen
class CaseFailure:
    """A case that is answered otherwise; reason says why that is known, '' where it is not."""

    case: str
    difference: str
    reason: str = ""


@define
class AreaOutcome:
    """How the cases of one area went."""

    area: str
    passed: int = 0
    total: int = 0
    not_modelled: dict[str, int] = Factory(dict)
    failures: list[CaseFailure] = Factory(list)

    def to_json(self) -> Json:
        """The area as `windtunnel conform --json` prints it."""
        failures = []
        for failure in self.failures:
            entry = {"case": failure.case, "difference": failure.difference}
            if failure.reason:
                entry["reason"] = failure.reason
            failures.append(entry)
        return {
            "area": self.area,
            "passed": self.passed,
            "total": self.total,
            "not_modelled": dict(self.not_modelled),
            "failures": failures,
        }


@frozen
class ConformanceOutcome:
    """All areas, in the order in which they were run."""

    areas: tuple[AreaOutcome, ...]

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(area.passed for area in self.areas)

    @property
    def total(self) -> int:
        """How many cases were run."""
        return sum(area.total for area in self.areas)

    def to_json(self) -> Json:
        """The document that `windtunnel conform --json` prints."""
        return {"areas": [area.to_json() for area in self.areas]}


def run_conformance(
    dirs: Sequence[Path] | None = None, on_area: Callable[[AreaOutcome], None] | None = None
) -> ConformanceOutcome:
    """Run all cases below the directories, or the data that comes with the package. O(cases).

    on_area is told of each area when it is done. Raises ConformanceInputError for broken files, and where no
    file is conformance data.
    """
    outcomes: list[AreaOutcome] = []
    given = [Path(each) for each in dirs] if dirs else [DATA / "golden", DATA / "conformance"]
    found: dict[str, list[tuple[str, Json]]] = {}
    others: list[str] = []
    for path in given:
        for file in _files(path):
            if not _read(file, found):
                others.append(file.name)
    if not found:
        seen = f"; {', '.join(others)}: neither 'cases' nor 'steps' in it" if others else ""
        raise ConformanceInputError(f"no conformance data in {', '.join(map(str, given))}{seen}")
    for area, cases in found.items():
        outcome = run_area(area, cases)
        outcomes.append(outcome)
        if on_area is not None:
            on_area(outcome)
    return ConformanceOutcome(tuple(outcomes))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ConformanceInputError(f"{path} does not exist")
    return sorted(path.rglob("*.json"))


def _read(file: Path, found: dict[str, list[tuple[str, Json]]]) -> bool:
    """Put the cases of a file under their area; False for a document of another sort."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConformanceInputError(f"{file}: {error}") from None
    if isinstance(document, dict) and "cases" in document:
        area = f"conformance/{document.get('area', file.stem)}"
        cases = [(str(case.get("name", "")), case) for case in document["cases"]]
        found.setdefault(area, []).extend(cases)
    elif isinstance(document, dict) and "steps" in document:
        area = f"golden/{document.get('area', file.parent.name)}"
        found.setdefault(area, []).append((str(document.get("name", file.stem)), document))
    else:
        return False
    return True


def run_area(area: str, cases: Iterable[tuple[str, Json]]) -> AreaOutcome:
    """Run the cases of one area."""
    outcome = AreaOutcome(area)
    module: Any = golden if area.startswith("golden/") else _table(area.partition("/")[2])
    needs = getattr(module, "needs", _no_needs)
    for name, case in cases:
        needed = _as_tuple(needs(case)) if module is not None else (_need_of_area(area),)
        if needed:
            outcome.not_modelled[needed[0]] = outcome.not_modelled.get(needed[0], 0) + 1
            continue
        outcome.total += 1
        difference = _run_case(module, case)
        if difference is None:
            outcome.passed += 1
        else:
            reason = EXCEPTIONS.get(area, {}).get(name, "")
            outcome.failures.append(CaseFailure(name, difference, reason))
    return outcome


def _run_case(module: Any, case: Json) -> str | None:
    try:
        difference: str | None = module.run(case)
    except Exception as error:  # noqa: BLE001 - a case that breaks the model is a failure, not the end of the run
        return f"{type(error).__name__}: {error}"
    return difference


def _as_tuple(needed: str | Iterable[str] | None) -> tuple[str, ...]:
    if isinstance(needed, str):
        return (needed,) if needed else ()
    return tuple(needed or ())


def _no_needs(case: Json) -> tuple[str, ...]:
    return ()


def _table(area: str) -> Any:
    name = f"{TABLES}.{area}"
    return import_module(name) if area.isidentifier() and find_spec(name) is not None else None


def _need_of_area(area: str) -> str:
    name = area.partition("/")[2]
    return AREA_NEEDS.get(name, f"table {name}")
