"""A progress bar while a search runs, on a terminal only; elsewhere silence."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class SearchProgress:
    """Shows how many scenarios ran and how many failed. A context manager; update() is cheap."""

    def __init__(self, console: Console, scenarios: int | None) -> None:
        self._enabled = console.is_terminal
        self._failures = 0
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

    def update(self, scenarios: int) -> None:
        """Say how many scenarios ran so far. O(1)."""
        if self._enabled:
            self._bar.update(self._task, completed=scenarios)

    def failed(self) -> None:
        """Say that one more scenario broke a promise."""
        self._failures += 1
        if self._enabled:
            words = f"scenarios ({self._failures} failed)"
            self._bar.update(self._task, description=words)

    def __enter__(self) -> SearchProgress:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()
