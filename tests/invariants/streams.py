"""Watches for the bench: a client that opens one, and events that reach it."""

from __future__ import annotations

from tests.invariants.bench import Bench
from windtunnel.model.apiserver.request import Options, Request
from windtunnel.model.facts import WatchDelivered
from windtunnel.model.objects.record import Record
from windtunnel.model.sim.network import Network, Stream


def open_watch(bench: Bench, revision: int, **options: object) -> int:
    """A client opens a watch of pods and gets its stream."""
    chosen = Options(resource_version=str(revision), **options)  # type: ignore[arg-type]
    network = Network(bench.loop, bench.facts, lambda point, n: 0)  # type: ignore[arg-type]
    stream = Stream(network, None, None, "watch pods")  # type: ignore[arg-type]
    stream.number = bench.calls = bench.calls + 1
    bench.answer("reader", Request("watch", "pods", "", options=chosen), stream)
    return stream.number


def deliver(
    bench: Bench, watch: int, event_type: str, record: Record | None, revision: int = 0
) -> None:
    """An event reaches the client."""
    at = revision or (record.revision if record is not None else 0)
    bench.emit(WatchDelivered, "reader", 1, watch, "pods", event_type, record, at)
