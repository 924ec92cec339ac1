"""Batches that double: a controller that cannot create pods finds out with one request, not with five hundred."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

INITIAL_BATCH = 1
RunBatch = Callable[[int], Awaitable[list[Exception | None]]]
"""Makes so many attempts at once and tells for each what it ended with."""


async def slow_start_batch(
    count: int, initial_batch: int, run_batch: RunBatch
) -> tuple[int, Exception | None]:
    """How many of count attempts succeeded, and the first error; stops after a batch with a failure. O(count)."""
    remaining = count
    successes = 0
    batch = min(remaining, initial_batch)
    while batch > 0:
        outcomes = await run_batch(batch)
        errors = [error for error in outcomes if error is not None]
        successes += batch - len(errors)
        if errors:
            return successes, errors[0]
        remaining -= batch
        batch = min(2 * batch, remaining)
    return successes, None
