"""What a search tells Python's collector of cycles."""

from __future__ import annotations

import gc

import pytest

from windtunnel.strategies.collecting import rare_collections


def test_the_collector_is_as_it_was_afterwards_even_after_an_error() -> None:
    """A search leaves no setting behind in the process of a test suite."""
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(KeyError), rare_collections():
        assert before != gc.get_threshold()
        raise KeyError
    assert (before, frozen) == (gc.get_threshold(), gc.get_freeze_count())
