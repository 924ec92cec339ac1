"""What a dead kubelet still says, on facts made by hand: it binds nobody, and is not the living one's word."""

from __future__ import annotations

from tests.invariants.bench import KUBELET, Bench, pod
from windtunnel.invariants.promises.kubelet import AddressComesWithSandbox, TerminalPhaseIsFinal
from windtunnel.invariants.promises.machines import OneSandboxEach, TheEndIsFinal
from windtunnel.model.facts import Physical, ProcessDown
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import Verdict

HELD = Verdict.HELD


def late(bench: Bench, raw: Json) -> None:
    """What a kubelet sent before it died is written after the next one has begun."""
    call = bench.begin("kubelet-node-1", "patch", "pods", "a", subresource="status")
    bench.emit(ProcessDown, "kubelet-node-1", 1)
    bench.up("kubelet-node-1", 2)
    bench.put("pods", "default", "a", raw, KUBELET, call=call)


def test_a_late_word_that_a_pod_is_over_binds_nobody() -> None:
    """The kubelet that lives may know better, and may start its containers."""
    bench = Bench(TerminalPhaseIsFinal, TheEndIsFinal)
    bench.up("kubelet-node-1")
    bench.put("pods", "default", "a", pod(), KUBELET)
    late(bench, pod(phase="Failed"))
    bench.emit(Physical, "node-1", "container-started", "uid-a", "main", "")
    bench.put("pods", "default", "a", pod(), KUBELET)
    assert HELD == bench.verdict(TerminalPhaseIsFinal)
    assert HELD == bench.verdict(TheEndIsFinal)


def test_a_late_address_is_not_taken_for_a_change() -> None:
    """What counts is when the living kubelet first said it."""
    bench = Bench(AddressComesWithSandbox)
    bench.up("kubelet-node-1")
    bench.put("pods", "default", "a", pod(ip="10.0.0.1"), KUBELET)
    late(bench, pod(ip="10.0.0.9"))
    bench.put("pods", "default", "a", pod(ip="10.0.0.1"), KUBELET)
    assert HELD == bench.verdict(AddressComesWithSandbox)


def test_what_happens_to_a_pod_that_is_gone_is_told_by_its_uid() -> None:
    """A message always names something."""
    bench = Bench(OneSandboxEach)
    bench.put("pods", "default", "other", pod())
    for node in ("node-1", "node-2"):
        bench.emit(Physical, node, "image-pulled", "uid-a", "", "")
        bench.emit(Physical, node, "sandbox-up", "uid-a", "", "10.0.0.1")
    assert "the pod of uid uid-a" == bench.monitor.findings()[0].subject
