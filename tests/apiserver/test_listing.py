"""Lists and gets: which state they show, how they page, and which errors they give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.client.small_world import World, names
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver import continue_token


@pytest.fixture
def world() -> World:
    """A world with three config maps and one in another namespace, at revision 5."""
    made = World()
    for name in ("c", "a", "b"):
        made.put(name, labels={"t": "x", "n": name})
    made.put("z", namespace="ns2")
    made.run(10)
    return made


def refused(call: Callable[[], Any]) -> ApiError:
    """The error of a request."""
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value


def hold_cache(world: World) -> None:
    """Cut the store's events off from the API server, while its requests still reach the store and are answered."""
    cache = world.cache()
    cache.apply = lambda change: None
    cache.progress = lambda revision: None


def test_a_list_is_in_key_order_and_says_its_revision(world: World) -> None:
    """Items come by namespace and name, with the revision that a watch can go on from."""
    answer = world.ask("list", namespace="")
    assert ["a", "b", "c", "z"] == names(answer)
    assert (5, "", None) == (answer.revision, answer.continue_token, answer.remaining)


def test_a_plain_list_shows_every_write_that_was_acknowledged(world: World) -> None:
    """Without a resourceVersion a list is consistent, even where the cache lags for ever."""
    hold_cache(world)
    world.put("d")
    began_ms = world.loop.now_ms
    assert ["a", "b", "c", "d"] == names(world.ask("list"))
    assert 3_000 <= world.loop.now_ms - began_ms < 3_100


def test_a_plain_list_advances_over_writes_of_other_resources(world: World) -> None:
    """A quiet resource's list carries the store's present revision and does not wait for an event."""
    world.put("p", resource="pods")
    began_ms = world.loop.now_ms
    assert 6 == world.ask("list").revision
    assert world.loop.now_ms - began_ms < 10


def test_resource_version_zero_takes_the_cache_as_it_is_and_ignores_a_limit(world: World) -> None:
    """Any state will do, so a lagging cache answers at once."""
    hold_cache(world)
    world.put("d")
    for options in ({}, {"limit": 1}, {"resource_version_match": "NotOlderThan"}):
        answer = world.ask("list", resource_version="0", **options)
        assert (["a", "b", "c"], 5, "") == (names(answer), answer.revision, answer.continue_token)
    assert "a" == world.ask("get", "a", resource_version="0").key.name
    assert 404 == refused(lambda: world.ask("get", "d", resource_version="0")).code


@pytest.mark.parametrize("match", ["", "NotOlderThan"])
def test_a_list_not_older_than_a_revision_waits_for_it(world: World, match: str) -> None:
    """The cache answers with its present state once it has reached the revision."""
    answer = world.ask("list", resource_version="2", resource_version_match=match)
    assert (["a", "b", "c"], 5) == (names(answer), answer.revision)
    world.put("d")
    assert ["a", "b", "c", "d"] == names(
        world.ask("list", resource_version="6", resource_version_match=match)
    )


@pytest.mark.parametrize("verb", ["list", "get"])
def test_a_revision_that_is_not_reached_in_three_seconds_is_a_timeout(
    world: World, verb: str
) -> None:
    """504 Timeout with the cause ResourceVersionTooLarge and a delay of one second."""
    began_ms = world.loop.now_ms
    error = refused(lambda: world.ask(verb, "a" if verb == "get" else "", resource_version="99999"))
    assert (504, "Timeout", ["ResourceVersionTooLarge"], 1) == (
        error.code,
        error.reason,
        [cause.reason for cause in error.causes],
        error.retry_after_seconds,
    )
    assert "Timeout: Too large resource version: 99999, current: 5" == error.message
    assert 3_000 <= world.loop.now_ms - began_ms < 3_010


def test_an_exact_list_shows_the_state_of_its_revision(world: World) -> None:
    """match Exact is the store as it was, with limit or without; so is a limit at a revision without a match."""
    world.delete("a")
    assert ["c"] == names(world.ask("list", resource_version="2", resource_version_match="Exact"))
    answer = world.ask("list", resource_version="4", resource_version_match="Exact", limit=2)
    assert (["a", "b"], 4, 1) == (names(answer), answer.revision, answer.remaining)
    answer = world.ask("list", resource_version="3", limit=1)
    assert (["a"], 3, 1) == (names(answer), answer.revision, answer.remaining)
    assert (
        504
        == refused(
            lambda: world.ask("list", resource_version="99", resource_version_match="Exact")
        ).code
    )


def test_a_limit_with_not_older_than_pages_the_present_state(world: World) -> None:
    """The first page is as new as asked, and the next ones are of the same revision."""
    first = world.ask("list", resource_version="2", resource_version_match="NotOlderThan", limit=2)
    assert (["a", "b"], 5, 1) == (names(first), first.revision, first.remaining)
    world.delete("c")
    second = world.ask("list", limit=2, continue_token=first.continue_token)
    assert (["c"], 5, "") == (names(second), second.revision, second.continue_token)


def test_all_pages_show_the_state_of_the_first(world: World) -> None:
    """What is written between two pages is not seen; what is left is counted; the last page has no token."""
    first = world.ask("list", limit=1)
    assert (["a"], 2) == (names(first), first.remaining)
    world.put("a0")
    world.delete("c")
    second = world.ask("list", limit=1, continue_token=first.continue_token)
    assert (["b"], 1, first.revision) == (names(second), second.remaining, second.revision)
    third = world.ask("list", limit=5, continue_token=second.continue_token)
    assert (["c"], None, "", first.revision) == (
        names(third),
        third.remaining,
        third.continue_token,
        third.revision,
    )


def test_pages_across_namespaces_lose_nothing(world: World) -> None:
    """A token of a list over all namespaces goes on within the next namespace."""
    token, seen = "", []
    while True:
        page = world.ask("list", namespace="", limit=1, continue_token=token)
        seen += names(page)
        token = page.continue_token
        if not token:
            break
    assert ["a", "b", "c", "z"] == seen


def test_a_page_with_a_selector_does_not_count_what_is_left(world: World) -> None:
    """remainingItemCount is left out with selectors; the page is filled with what matches."""
    world.put("aa", labels={"t": "y"})
    page = world.ask("list", label_selector="t=x", limit=2)
    assert (["a", "b"], None, True) == (names(page), page.remaining, bool(page.continue_token))
    page = world.ask("list", label_selector="t=x", limit=2, continue_token=page.continue_token)
    assert (["c"], None, "") == (names(page), page.remaining, page.continue_token)


def test_an_expired_token_can_be_exchanged_for_an_inconsistent_one(world: World) -> None:
    """410 carries a token that goes on with what is there now, and its further pages are consistent again."""
    first = world.ask("list", limit=1)
    world.put("bb")
    world.put("bc")
    world.store.compact(world.store.revision)
    error = refused(lambda: world.ask("list", limit=1, continue_token=first.continue_token))
    assert (410, "Expired") == (error.code, error.reason)
    token = error.status()["metadata"]["continue"]
    second = world.ask("list", limit=1, continue_token=token)
    assert (["b"], world.store.revision, 3) == (names(second), second.revision, second.remaining)
    world.delete("bb")
    third = world.ask("list", limit=1, continue_token=second.continue_token)
    assert ["bb"] == names(third)


def test_a_compacted_revision_is_expired(world: World) -> None:
    """An exact list at a forgotten revision is 410."""
    world.store.compact(5)
    error = refused(lambda: world.ask("list", resource_version="3", resource_version_match="Exact"))
    assert (410, "Expired") == (error.code, error.reason)


@pytest.mark.parametrize(
    ("options", "code", "field", "message"),
    [
        (
            {"resource_version_match": "Exact"},
            422,
            "resourceVersionMatch",
            "resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            {"resource_version": "0", "resource_version_match": "Exact"},
            422,
            "resourceVersionMatch",
            'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ),
        (
            {"resource_version": "1", "resource_version_match": "Sometimes"},
            422,
            "resourceVersionMatch",
            'Unsupported value: "Sometimes": supported values: "Exact", "NotOlderThan", ""',
        ),
        (
            {"send_initial_events": True},
            422,
            "sendInitialEvents",
            "sendInitialEvents is forbidden for list",
        ),
        ({"resource_version": "x"}, 400, None, "invalid resource version"),
        ({"resource_version": "-1"}, 400, None, "invalid resource version"),
        ({"continue_token": "zzz"}, 400, None, "continue key is not valid"),
        (
            {"label_selector": "a b"},
            400,
            None,
            "unable to parse requirement: found 'b', expected: in, notin, =",
        ),
        (
            {"field_selector": "data.k=v"},
            400,
            None,
            '"data.k" is not a known field selector: only "metadata.name"',
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(
    world: World, options: dict[str, Any], code: int, field: str | None, message: str
) -> None:
    """Each bad option has the code, the field and the wording of the real server."""
    error = refused(lambda: world.ask("list", **options))
    assert code == error.code
    assert ([field] if field else []) == [cause.field for cause in error.causes]
    assert message in error.message


def test_a_token_and_a_revision_exclude_each_other(world: World) -> None:
    """A continue token has its revision in itself."""
    token = world.ask("list", limit=1).continue_token
    assert (
        400 == refused(lambda: world.ask("list", continue_token=token, resource_version="3")).code
    )
    match = {"resource_version": "3", "resource_version_match": "Exact"}
    assert 422 == refused(lambda: world.ask("list", continue_token=token, **match)).code
    assert ["b", "c"] == names(world.ask("list", continue_token=token, resource_version="0"))


def test_selectors_narrow_a_list_by_labels_and_fields(world: World) -> None:
    """Conditions on labels and fields are joined."""
    assert ["b"] == names(
        world.ask("list", label_selector="t=x,n!=a", field_selector="metadata.name!=c")
    )
    assert ["b"] == names(world.ask("list", field_selector="metadata.name=b"))
    assert [] == names(world.ask("list", field_selector="metadata.namespace=ns2"))
    assert ["z"] == names(world.ask("list", namespace="", field_selector="metadata.namespace=ns2"))
    assert ["b"] == names(world.ask("list", namespace="", field_selector="metadata.name=b"))


def test_a_get_reads_the_store_unless_a_revision_is_given(world: World) -> None:
    """Without a resourceVersion a get sees every write; with one the cache is enough."""
    hold_cache(world)
    world.put("d")
    assert "d" == world.ask("get", "d").key.name
    assert 2 == world.ask("get", "c", resource_version="2").revision
    missing = refused(lambda: world.ask("get", "nope"))
    assert (404, 'configmaps "nope" not found') == (missing.code, missing.message)
    assert 500 == refused(lambda: world.ask("get", "a", resource_version="x")).code


def test_a_server_that_has_not_listed_yet_asks_to_come_back(world: World) -> None:
    """429 with a delay, but for what the store can answer."""
    world.cache().ready = False
    for verb, options in (("list", {}), ("list", {"resource_version": "0"}), ("watch", {})):
        error = refused(lambda verb=verb, options=options: world.ask(verb, **options))  # type: ignore[misc]
        assert (429, 1) == (error.code, error.retry_after_seconds)
    assert ["a"] == names(world.ask("list", limit=1))
    assert "a" == world.ask("get", "a").key.name
    assert "a" == world.ask("get", "a", resource_version="0").key.name


def test_tokens_read_back_as_they_were_written() -> None:
    """A token keeps path and revision, and one that leads elsewhere is refused."""
    token = continue_token.encode("ns/a.b", "ns/", 7)
    assert ("ns/a.b", 7) == continue_token.decode(token, "ns/")
    for bad in (
        continue_token.encode("../x", "", 7),
        continue_token.encode("/x", "", 7),
        continue_token.encode("x", "", 0),
        "e30",
        "bnVsbA",
        "*",
        "ü",
    ):
        assert 400 == refused(lambda bad=bad: continue_token.decode(bad, "ns/")).code  # type: ignore[misc]
