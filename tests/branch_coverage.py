"""How many branches of each package the tests take, from the JSON report of coverage; the last step of `make coverage`.

A package that takes fewer than nine in ten ends it with status 1. The files that lack the most are listed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGES = ("model", "invariants", "strategies", "reports")
WANTED_PERCENT = 90
SHOWN = 10


def main(path: str) -> int:
    """Print the table; the exit status. O(files)."""
    files: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))["files"]
    status = 0
    print(f"{'package':<12}{'lines':>20}{'branches':>20}")
    for package in PACKAGES:
        summaries = list(_summaries(files, package))
        lines = _share(summaries, "covered_lines", "num_statements")
        branches = _share(summaries, "covered_branches", "num_branches")
        print(f"{package:<12}{_shown(lines):>20}{_shown(branches):>20}")
        if branches[0] * 100 < branches[1] * WANTED_PERCENT:
            print(f"{package} takes fewer than {WANTED_PERCENT} % of its branches")
            status = 1
    missing = sorted((-_missing(files[name]["summary"]), name) for name in files)
    print("\nbranches not taken")
    for count, name in missing[:SHOWN]:
        print(f"{-count:>6}  {name}")
    return status


def _summaries(files: dict[str, Any], package: str) -> Iterator[Any]:
    inside = f"windtunnel/{package}/"
    return (found["summary"] for name, found in files.items() if inside in Path(name).as_posix())


def _share(summaries: list[Any], part: str, whole: str) -> tuple[int, int]:
    return sum(each[part] for each in summaries), sum(each[whole] for each in summaries)


def _shown(share: tuple[int, int]) -> str:
    part, whole = share
    return f"{part:,}/{whole:,} {100 * part / whole if whole else 100:.1f} %"


def _missing(summary: Any) -> int:
    return int(summary["num_branches"]) - int(summary["covered_branches"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
