"""The page that compares the explorers says what was measured."""

from __future__ import annotations

from benchmarks.explorers import Job, Result, measure, page


def test_the_page_sums_up_what_was_found_and_when() -> None:
    """A row for each search; a dash where nothing was found; who was sooner."""
    results = [
        Result(Job("one", "hypothesis", 1, 9.0), "a-promise", 7, 3.0),
        Result(Job("one", "swarm", 1, 9.0), "another", 2, 1.0),
        Result(Job("two", "hypothesis", 1, 9.0), "", 20, 9.0),
        Result(Job("two", "swarm", 1, 9.0), "another", 9, 4.0),
    ]
    lines = page(results, 9.0).splitlines()
    for line in (
        "| found | 1 | 2 |",
        "| found sooner than by the other | 0 | 2 |",
        "| CPU seconds in all | 12 | 5 |",
        "| one | 7 | 3.0 | 2 | 1.0 | a-promise, another |",
        "| two | - | - | 9 | 4.0 | another |",
    ):
        assert line in lines


def test_a_search_for_a_planted_defect_ends_with_the_promise_that_broke() -> None:
    """The very first scenario of either explorer shows this one."""
    for explorer in ("hypothesis", "swarm"):
        found = measure(Job("store-with-old-stamps", explorer, 1, 60.0))
        assert found.promise
        assert 1 <= found.scenarios <= 3
