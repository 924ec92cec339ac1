"""Who runs under a name, and which nodes the scheduler chooses, on facts made by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.invariants.bench import USER, Bench, pod
from windtunnel.invariants.promises.choices import ChosenNodesAreKnown
from windtunnel.invariants.promises.identities import OnePodPerName
from windtunnel.model.facts import CacheChanged, CacheReplaced, Physical, SchedulerDecided
from windtunnel.model.objects.record import StoreKey
from windtunnel.model.outcome import Verdict

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
KUBELET = "system:node:node-1"


class Machines(Bench):
    """Two machines; a test says what runs on them."""

    def __init__(self) -> None:
        super().__init__(OnePodPerName)
        self.running: dict[str, list[str]] = {}
        machine = SimpleNamespace(running_containers=lambda uid: self.running.get(uid, []))
        self.machines = dict.fromkeys(("node-1", "node-2"), machine)

    def start(self, uid: str, node: str) -> None:
        """A container of a pod starts on a node."""
        self.running[uid] = ["main"]
        self.emit(Physical, node, "container-started", uid, "main", "attempt 0")

    def recreate(self, by: str) -> None:
        """The pod on node-1 is removed by somebody, and made anew for node-2."""
        self.put("pods", "default", "a", pod(uid="first", node="node-1"))
        self.start("first", "node-1")
        self.delete("pods", "default", "a", by=by)
        self.put("pods", "default", "a", pod(uid="second", node="node-2"))


def test_a_pod_that_comes_back_beside_its_successor_is_caught() -> None:
    """The kubelet confirmed that the first one was over, and runs it again."""
    bench = Machines()
    bench.recreate(KUBELET)
    bench.running.clear()
    bench.start("second", "node-2")
    assert HELD == bench.verdict(OnePodPerName)
    bench.start("first", "node-1")
    (found,) = bench.monitor.findings()
    assert "only the pod of uid second runs, on node-2" == found.expected


@pytest.mark.parametrize(("by", "verdict"), [(KUBELET, VIOLATED), (USER, HELD)])
def test_what_was_removed_without_its_kubelets_word_may_still_run(
    by: str, verdict: Verdict
) -> None:
    """After a deletion by force Kubernetes promises nothing; after the kubelet's own, it does."""
    bench = Machines()
    bench.recreate(by)
    bench.start("second", "node-2")
    assert verdict == bench.verdict(OnePodPerName)


def test_other_names_do_not_matter() -> None:
    """Two pods run beside each other."""
    bench = Machines()
    bench.put("pods", "default", "a", pod(uid="a"))
    bench.put("pods", "default", "b", pod(uid="b"))
    bench.start("a", "node-1")
    bench.start("b", "node-1")
    assert not bench.result(OnePodPerName).applicable


def choose(bench: Bench, node: str) -> None:
    """The scheduler chooses a node."""
    record = bench.put("pods", "default", "a", {**pod(node="")})
    bench.emit(SchedulerDecided, "scheduler-0", record.view, node, None)


@pytest.mark.parametrize("how", ["watch", "list"])
def test_a_node_that_is_gone_from_the_cache_is_not_chosen(how: str) -> None:
    """Whether the watch told of its deletion or a list lacked it; in the first second the handlers may be behind."""
    bench = Bench(ChosenNodesAreKnown)
    one, two = bench.put("nodes", "", "node-1", {}), bench.put("nodes", "", "node-2", {})
    bench.emit(CacheReplaced, "scheduler-0", 1, "nodes", 3, (one, two))
    choose(bench, "node-2")
    if how == "watch":
        bench.emit(CacheChanged, "scheduler-0", 1, "nodes", two, None)
    else:
        bench.emit(CacheReplaced, "scheduler-0", 1, "nodes", 4, (one,))
    choose(bench, "node-2")
    assert HELD == bench.verdict(ChosenNodesAreKnown)
    bench.advance(5_000)
    choose(bench, "node-1")
    assert HELD == bench.verdict(ChosenNodesAreKnown)
    choose(bench, "node-2")
    (found,) = bench.monitor.findings()
    assert "node-2, which it was told 5 s ago is gone" == found.found


def test_a_node_that_came_back_is_chosen() -> None:
    """The cache shows it again."""
    bench = Bench(ChosenNodesAreKnown)
    node = bench.put("nodes", "", "node-1", {})
    bench.emit(CacheReplaced, "scheduler-0", 1, "nodes", 3, (node,))
    bench.emit(CacheChanged, "scheduler-0", 1, "nodes", node, None)
    bench.advance(5_000)
    bench.emit(CacheChanged, "scheduler-0", 1, "nodes", None, node)
    choose(bench, "node-1")
    assert HELD == bench.verdict(ChosenNodesAreKnown)
    assert StoreKey("nodes", "", "node-1") == node.key
