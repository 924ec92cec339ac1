"""Which explorer finds planted defects sooner: `python -m benchmarks.explorers` (or `make explorers`).

Each defect of the zoo is swapped in and searched for by each explorer, from the starting objects that it is about and
with no other hint, until a promise is broken or the CPU seconds are used up. What is counted is the CPU time of one
process, without shrinking, so that a noisy machine and a busy second core make little difference.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

from attrs import frozen

from windtunnel.model.outcome import Failure
from windtunnel.strategies.explorers import EXPLORERS
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.search import Tally, search
from windtunnel.zoo.catalogue import PLANTED

SECONDS = 30.0
SEEDS = (1,)
ENDLESS = 1_000_000
NONE = "-"


class Found(BaseException):
    """Ends a search at its first finding; not an Exception, so that nobody on the way takes it for an error."""


@frozen
class Job:
    """One search: a defect by its id, an explorer, a seed, and how many CPU seconds it may take."""

    defect: str
    explorer: str
    seed: int
    seconds: float


@frozen
class Result:
    """What came of it: the promise that broke ('' for none), in which scenario from 1, and after what CPU time."""

    job: Job
    promise: str
    scenarios: int
    seconds: float


def measure(job: Job) -> Result:
    """Run one search. Costs up to job.seconds and one scenario."""
    defect = next(each for each in PLANTED if each.id == job.defect)
    plan = RunPlan(objects=defect.scenario.objects, swaps={defect.role: defect.cls})
    begin = time.process_time()
    broken: list[str] = []
    ran: list[int] = [0]

    def found(failure: Failure) -> Failure:
        broken.append(failure.outcome.findings[0].invariant)
        raise Found

    def count(tally: Tally) -> None:
        ran[0] = tally.scenarios

    try:
        search(
            plan,
            explorer=job.explorer,
            seed_number=job.seed,
            scenarios=ENDLESS,
            out_of_time=lambda: time.process_time() - begin >= job.seconds,
            on_failure=found,
            on_progress=count,
        )
    except Found:
        ran[0] += 1
    return Result(job, broken[0] if broken else "", ran[0], time.process_time() - begin)


def measured(
    defects: Sequence[str], seeds: Sequence[int], seconds: float, processes: int
) -> Iterator[Result]:
    """Every defect by every explorer with every seed, in that order, as they are done."""
    jobs = [
        Job(defect, explorer, seed, seconds)
        for defect in defects
        for seed in seeds
        for explorer in EXPLORERS
    ]
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(measure, jobs)


def page(results: Sequence[Result], seconds: float) -> str:
    """The results as a page of Markdown."""
    seeds = list(dict.fromkeys(result.job.seed for result in results))
    lines = [
        "# Which explorer finds planted defects sooner",
        "",
        "Made by `make explorers`. Each defect of the zoo is swapped in and searched for from the starting objects",
        "that it is about, on three nodes, with every operation and fault and no other hint, until a promise is",
        f"broken or {seconds:g} CPU seconds of one process are used up; shrinking is not counted. "
        f"Seeds: {', '.join(map(str, seeds))}. Python {platform.python_version()}.",
        "",
        "| | " + " | ".join(EXPLORERS) + " |",
        "|---|" + "---:|" * len(EXPLORERS),
        _row("searches", [str(len(_of(results, e))) for e in EXPLORERS]),
        _row("found", [str(len(_found(_of(results, e)))) for e in EXPLORERS]),
        _row("found sooner than by the other", [str(_sooner(results, e)) for e in EXPLORERS]),
        _row("CPU seconds in all", [f"{sum(r.seconds for r in _of(results, e)):,.0f}" for e in EXPLORERS]),
        _row("CPU seconds until found, median", [_median(_found(_of(results, e))) for e in EXPLORERS]),
        _row("scenarios a CPU second", [_rate(_of(results, e)) for e in EXPLORERS]),
        "",
        "Scenarios and CPU seconds until found; a dash is a defect that was not.",
        "",
        "| defect | " + " | ".join(f"{e}, scenarios | seconds" for e in EXPLORERS) + " | promise |",
        "|---|" + "---:|" * (2 * len(EXPLORERS)) + "---|",
    ]  # fmt: skip
    return "\n".join([*lines, *_rows(results)]) + "\n"


def _rows(results: Sequence[Result]) -> list[str]:
    groups: dict[tuple[str, int], dict[str, Result]] = {}
    for result in results:
        group = groups.setdefault((result.job.defect, result.job.seed), {})
        group[result.job.explorer] = result
    rows = []
    for (defect, _), group in groups.items():
        cells = []
        for explorer in EXPLORERS:
            result = group[explorer]
            known = bool(result.promise)
            cells += [str(result.scenarios), f"{result.seconds:.1f}"] if known else [NONE, NONE]
        promises = dict.fromkeys(r.promise for r in group.values() if r.promise)
        rows.append(_row(defect, [*cells, ", ".join(promises)]))
    return rows


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"


def _of(results: Sequence[Result], explorer: str) -> list[Result]:
    return [result for result in results if result.job.explorer == explorer]


def _found(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.promise]


def _sooner(results: Sequence[Result], explorer: str) -> int:
    """How many searches this explorer ended with a finding before any other did."""
    best: dict[tuple[str, int], Result] = {}
    for result in _found(results):
        known = best.get((result.job.defect, result.job.seed))
        if known is None or result.seconds < known.seconds:
            best[result.job.defect, result.job.seed] = result
    return sum(result.job.explorer == explorer for result in best.values())


def _median(results: Sequence[Result]) -> str:
    return f"{median(result.seconds for result in results):.1f}" if results else NONE


def _rate(results: Sequence[Result]) -> str:
    seconds = sum(result.seconds for result in results)
    return f"{sum(result.scenarios for result in results) / seconds:.1f}" if seconds else NONE


def main() -> None:
    """Measure, tell each result as it comes, and write the page."""
    parser = argparse.ArgumentParser(description="Compare the explorers on planted defects.")
    parser.add_argument("defects", nargs="*", help="ids of planted defects; all without any")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="CPU seconds a search")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--processes", type=int, default=1, help="searches at a time")
    parser.add_argument("--out", type=Path, help="where the page goes; else it is printed")
    given = parser.parse_args()
    known = [defect.id for defect in PLANTED]
    strange = [defect for defect in given.defects if defect not in known]
    if strange:
        parser.error(f"there is no planted defect {strange[0]}")
    results = []
    for result in measured(given.defects or known, given.seeds, given.seconds, given.processes):
        results.append(result)
        what = result.promise or "not found"
        print(f"{result.job.defect} {result.job.explorer} seed {result.job.seed}: {what}, "
              f"{result.scenarios} scenarios, {result.seconds:.1f} s", flush=True)  # fmt: skip
    text = page(results, given.seconds)
    if given.out is None:
        print(text)
    else:
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
