"""What is kept up by each write against the same from scratch."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.invariants.bench import Bench, pod, service
from windtunnel.invariants.indexes import Indexes
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import StoreKey

VALUES = st.sampled_from(("x", "y"))
LABELS = st.fixed_dictionaries({}, optional={"app": VALUES, "tier": VALUES})
NAMES = st.sampled_from(("a", "b", "c"))
WRITES = st.one_of(
    st.tuples(
        st.just("pod"),
        NAMES,
        LABELS,
        st.sampled_from(("", "rc-1", "rc-2")),
        st.sampled_from(("", "node-1", "node-2")),
    ),
    st.tuples(st.just("service"), NAMES.map("svc-{}".format), st.none() | LABELS),
    st.tuples(st.just("delete"), st.just("pods"), NAMES),
    st.tuples(st.just("delete"), st.just("services"), NAMES.map("svc-{}".format)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WRITES, max_size=25))
def test_indexes_kept_up_equal_indexes_built_from_scratch(writes: list[tuple]) -> None:  # type: ignore[type-arg]
    """After every write, whatever was written, an index has exactly what a full scan finds."""
    bench = Bench()
    for what, *arguments in writes:
        if what == "pod":
            name, labels, owner, node = arguments
            bench.put("pods", "default", name, pod(labels, owner, node=node))
        elif what == "service":
            bench.put("services", "default", arguments[0], service(arguments[1]))
        elif bench.store.get(StoreKey(arguments[0], "default", arguments[1])) is not None:
            bench.delete(arguments[0], "default", arguments[1])
        kept = bench.monitor.world.indexes
        records = [
            r for resource in bench.store.resources() for r in bench.store.range(resource)[0]
        ]
        assert Indexes.build(records).content() == kept.content()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, LABELS), max_size=8), LABELS.filter(bool))
def test_pods_with_labels_are_those_that_a_scan_finds(
    pods: list[tuple[str, dict[str, str]]], wanted: dict[str, str]
) -> None:
    """The intersection over the rarest label loses and invents nothing."""
    bench = Bench()
    for name, labels in pods:
        bench.put("pods", "default", name, pod(labels))
    scanned = []
    for record in bench.store.range("pods")[0]:
        assert isinstance(record.view, Pod)
        if wanted.items() <= record.view.metadata.labels.items():
            scanned.append(record.key.name)
    found = [record.key.name for record in bench.monitor.world.pods_with("default", wanted)]
    assert scanned == sorted(found)
