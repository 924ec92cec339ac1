"""The conformance cases that come with windtunnel, run one by one, and how many of them stand behind what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from attrs import frozen

from windtunnel.conformance.runner import DATA, run_area
from windtunnel.fidelity.tags import Tags, tags_of
from windtunnel.model.objects.json import Json

TRANSCRIPTS = "golden/"


@frozen
class Case:
    """One case or transcript, and what it is about."""

    area: str
    name: str
    content: Json
    tags: Tags


@frozen
class CaseOutcome:
    """How one case went: need says what it lacks to be run at all, '' where it was run."""

    area: str
    name: str
    tags: Tags
    passed: bool
    need: str

    @property
    def is_transcript(self) -> bool:
        """Whether it is a transcript of a whole control plane, not a case of a table."""
        return self.area.startswith(TRANSCRIPTS)


@frozen
class Tally:
    """So many of so many passed, and so many more could not be run."""

    passed: int
    run: int
    left_out: int

    def __str__(self) -> str:
        if not self.run:
            return f"none of {self.left_out} can be run" if self.left_out else "—"
        more = f", {self.left_out:,} more cannot be run" if self.left_out else ""
        return f"{self.passed:,} of {self.run:,}{more}"


@lru_cache
def cases() -> tuple[Case, ...]:
    """All cases, by area and name of the file. O(size of the data), once."""
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    for path in sorted((DATA / "golden").rglob("*.json")):
        transcript = _read(path)
        area = f"{TRANSCRIPTS}{transcript['area']}"
        yield Case(area, str(transcript["name"]), transcript, tags_of(area, transcript))
    for path in sorted((DATA / "conformance").glob("*.json")):
        table = _read(path)
        area = f"conformance/{table['area']}"
        for case in table["cases"]:
            yield Case(area, str(case["name"]), case, tags_of(area, case))


def _read(path: Path) -> Json:
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


@lru_cache
def outcomes() -> tuple[CaseOutcome, ...]:
    """Run all cases. O(cases): some seconds, once."""
    return tuple(_outcome(case) for case in cases())


def _outcome(case: Case) -> CaseOutcome:
    found = run_area(case.area, [(case.name, case.content)])
    need = next(iter(found.not_modelled), "")
    return CaseOutcome(case.area, case.name, case.tags, found.passed == 1, need)


def tally(found: Iterable[CaseOutcome]) -> Tally:
    """Count outcomes. O(outcomes)."""
    seen = tuple(found)
    run = [each for each in seen if not each.need]
    return Tally(sum(each.passed for each in run), len(run), len(seen) - len(run))


def behind(tags: Iterable[str]) -> tuple[CaseOutcome, ...]:
    """The outcomes of all cases with any of these tags. O(cases)."""
    wanted = frozenset(tags)
    return tuple(each for each in outcomes() if not wanted.isdisjoint(each.tags))
