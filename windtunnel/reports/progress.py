"""A progress bar while a search runs, on a terminal only; elsewhere silence."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class SearchProgress:
    """Shows how many scenarios ran and how many failed, once the first has. A context manager; update() is cheap."""

    def __init__(self, console: Console, scenarios: int | None) -> None:
        self._enabled = console.is_terminal
        self._bar = Progress(
            TextColumn("[progress.description]{task.description}", markup=True),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not self._enabled,
        )
        self._task = self._bar.add_task("scenarios", total=scenarios)

    def update(self, scenarios: int, failures: int) -> None:
        """Say how many scenarios ran so far, and how many of them broke a promise. O(1)."""
        if not self._enabled:
            return
        self._bar.start()
        words = f"scenarios ({failures} failed)" if failures else "scenarios"
        self._bar.update(self._task, completed=scenarios, description=words)

    def __enter__(self) -> SearchProgress:
        # It starts with the first update: its thread would be in the way of workers that are forked before.
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()
