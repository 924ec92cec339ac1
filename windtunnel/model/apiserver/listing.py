"""Reading: get, list and watch with the resourceVersion semantics of Kubernetes.

Each function answers one decoded Request, from the resource's WatchCache or from the store:

    get     without resourceVersion: the store. 0: the cache, however old. N: the cache, once it has reached N.
    list    without: the cache, once it has all that was written before now (the store, should that take too long).
            0: the cache, however old, and any limit is ignored. N: the cache, once it has reached N.
            N with match Exact, or N with a limit and no match: the store as it was at N.
            With a limit or a continue token: the store, every page as of the revision of the first.
    watch   sendInitialEvents, or without it resourceVersion '' or 0: what is there, once the cache is as new as asked
            ('': as of now), then changes; a bookmark, where allowed, marks the end of the first part.
            N: what changes after N; silent for as long as N is not reached.

A revision that the cache does not reach in three seconds is 504; what is compacted, or older than the window, is 410.

Not modelled: pages served from snapshots of the cache; tables; partial metadata.
"""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver import continue_token
from windtunnel.model.apiserver.list_options import (
    EXACT,
    check_list_options,
    check_watch_options,
    parse_revision,
    unreadable_revision,
)
from windtunnel.model.apiserver.request import ListAnswer, Options, Request
from windtunnel.model.apiserver.selection import Selection, read_selection
from windtunnel.model.apiserver.watch_cache import WatchCache
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.sim.network import Stream
from windtunnel.model.sim.process import Process
from windtunnel.model.store.errors import Compacted, FutureRevision
from windtunnel.model.store.paths import path_of
from windtunnel.model.store.requests import Get, Range, RangeAnswer

_JITTER_STEPS = 16


async def get_object(cache: WatchCache, request: Request) -> Record:
    """One object. Raises 404, 429, 500, 504; NetworkError of the store passes through. O(log n), one hop without
    resourceVersion."""
    text = request.options.resource_version
    try:
        revision = parse_revision(text)
    except ValueError:
        raise unreadable_revision(text) from None
    namespace = request.namespace if cache.kind.namespaced else ""
    if not text or (revision == 0 and not cache.ready):
        get = Get(StoreKey(cache.kind.resource, namespace, request.name))
        record: Record | None = await cache.process.call(cache.environment.store, get, str(get))
    else:
        await cache.wait_until(revision)
        record = cache.peek(namespace, request.name)
    if record is None:
        raise errors.not_found_error(cache.kind, request.name)
    return record


async def list_objects(cache: WatchCache, request: Request) -> ListAnswer:
    """A list, or a page of one, in key order. O(objects of the namespace).

    Raises 400, 410, 422, 429, 504; NetworkError of the store passes through.
    """
    options = request.options
    selection = read_selection(cache.selectors, cache.kind, request)
    check_list_options(options)
    if options.continue_token:
        return await _next_page(cache, selection, options)
    text, match, limit = options.resource_version, options.resource_version_match, options.limit
    try:
        revision = parse_revision(text)
    except ValueError as error:
        raise errors.bad_request(f"invalid resource version: {error}") from None
    if match == EXACT or (limit > 0 and (not text or (revision and not match))):
        return await _page(cache, selection, revision, limit)
    if not text:
        return await _consistent_list(cache, selection)
    await cache.wait_until(revision)
    return _cached_list(cache, selection, limit if revision else 0)


async def open_watch(cache: WatchCache, request: Request, client: Process) -> Stream:
    """Open a stream of WatchEvent from the cache's process to a client. O(objects) or O(changes since).

    Raises 400, 422, 429, 500 before there is a stream; a later error (410, 504) is an ERROR event and the end of the
    stream. NetworkError of the store passes through.
    """
    options = request.options
    selection = read_selection(cache.selectors, cache.kind, request)
    check_watch_options(options)
    text = options.resource_version
    try:
        revision = parse_revision(text)
    except ValueError:
        raise unreadable_revision(text) from None
    cache.check_ready()
    initial = options.send_initial_events
    if initial is None:
        initial = revision == 0
    if not text:
        revision = await cache.current_revision()
    elif revision == 0:
        revision = cache.revision
    if initial:
        try:
            await cache.wait_until(revision)
        except ApiError as error:
            return cache.refuse(cache.new_stream(client), error)
    cache.check_ready()
    return cache.open(
        client,
        selection,
        revision=None if initial else revision,
        bookmarks=options.allow_watch_bookmarks,
        timeout_ms=watch_timeout_ms(cache, options),
    )


def watch_timeout_ms(cache: WatchCache, options: Options) -> int:
    """How long a watch may last: as asked, else the server's minimum and up to as much again."""
    if options.timeout_seconds:
        return options.timeout_seconds * 1000
    least_ms = cache.environment.settings.apiserver.min_request_timeout_seconds * 1000
    extra = cache.environment.choices(f"watch timeout {cache.kind.resource}", _JITTER_STEPS)
    return least_ms + least_ms * extra // _JITTER_STEPS


async def _consistent_list(cache: WatchCache, selection: Selection) -> ListAnswer:
    cache.check_ready()
    try:
        await cache.catch_up()
    except ApiError as error:
        if not errors.is_too_large_resource_version(error):
            raise
        return await _page(cache, selection, 0, 0)
    return _cached_list(cache, selection, 0)


def _cached_list(cache: WatchCache, selection: Selection, limit: int) -> ListAnswer:
    records = cache.select(selection)
    more = bool(limit) and len(records) > limit
    if not more:
        return ListAnswer(tuple(records), cache.revision)
    page = tuple(records[:limit])
    remaining = None if selection.filters or selection.name else len(records) - limit
    return ListAnswer(
        page, cache.revision, _token_after(cache, selection, page, cache.revision), remaining
    )


async def _next_page(cache: WatchCache, selection: Selection, options: Options) -> ListAnswer:
    if options.resource_version not in ("", "0"):
        raise errors.bad_request("specifying resource version is not allowed when using continue")
    prefix = cache.prefix(selection.namespace)
    start_after, revision = continue_token.decode(options.continue_token, prefix)
    latest = revision == continue_token.LATEST
    try:
        return await _page(cache, selection, 0 if latest else revision, options.limit, start_after)
    except ApiError as error:
        if not errors.is_gone(error):
            raise
        raise continue_token.ContinueExpired(start_after, prefix) from None


async def _page(
    cache: WatchCache,
    selection: Selection,
    revision: int,
    limit: int,
    start_after: str | None = None,
) -> ListAnswer:
    """Objects from the store as of a revision (0: now), at most limit of them."""
    filters = selection.filters or bool(selection.name)
    request = Range(
        cache.kind.resource, selection.namespace, revision, 0 if filters else limit, start_after
    )
    try:
        answer: RangeAnswer = await cache.process.call(
            cache.environment.store, request, str(request)
        )
    except Compacted:
        raise errors.gone("The resourceVersion for the provided list is too old.") from None
    except FutureRevision as error:
        raise errors.too_large_resource_version(error.asked, error.current) from None
    if not filters:
        if not answer.more:
            return ListAnswer(answer.records, answer.revision)
        token = _token_after(cache, selection, answer.records, answer.revision)
        return ListAnswer(answer.records, answer.revision, token, answer.remaining)
    found: list[Record] = []
    for position, record in enumerate(answer.records):
        if not selection.selects(record, cache.kind):
            continue
        found.append(record)
        if len(found) == limit and position + 1 < len(answer.records):
            token = _token_after(cache, selection, tuple(found), answer.revision)
            return ListAnswer(tuple(found), answer.revision, token)
    return ListAnswer(tuple(found), answer.revision)


def _token_after(
    cache: WatchCache, selection: Selection, page: tuple[Record, ...], revision: int
) -> str:
    return continue_token.encode(path_of(page[-1].key), cache.prefix(selection.namespace), revision)
