"""Python's collector of reference cycles, told what is known about a run: hardly anything in it becomes garbage early.

A cluster keeps nearly every object that it makes until its scenario is over, and is then garbage as a whole. The
default thresholds would look through all of it again and again, for about a fifth of the time of a run.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (100_000, 20, 100)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect cycles rarely in here, and never look at what exists already. Call `collect` after each scenario."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def collect() -> None:
    """Free the clusters of the scenarios that are over. O(live objects)."""
    gc.collect()
